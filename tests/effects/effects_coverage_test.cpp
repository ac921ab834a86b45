// A new key without an observed effect fails here.
#include <algorithm>
#include <set>

#include "effects/effects.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("the keys with an observed effect are the keys of the schema, each once") {
  std::set<std::string> in_schema;
  for (const auto& key : config_schema()) in_schema.insert(key.key);

  std::multiset<std::string> observed;
  for (const auto& effects : {model_effects(), data_effects(), decision_effects(), queue_effects(), training_effects(),
                              validation_effects(), notification_effects(), aftermath_effects()}) {
    for (const auto& effect : effects) observed.insert(effect.key);
  }

  for (const auto& key : in_schema) {
    CAPTURE(key);
    CHECK(observed.count(key) == 1);
  }
  CHECK(observed.size() == in_schema.size());
}
