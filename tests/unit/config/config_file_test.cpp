#include <doctest/doctest.h>
#include <retrain/config_file.hpp>

using namespace retrain;

TEST_CASE("the shortest good file names a model, a target and a feature") {
  const auto loaded = parse_config("model: {name: m, target: y, features: {numeric: [x]}}", "conf/retrain.yaml");

  CHECK_MESSAGE(loaded.ok(), loaded.status().message());
  for (auto& v : loaded->values) MESSAGE(v.key << " = " << v.value);
}
