#include <doctest/doctest.h>

#include "base/json.hpp"
#include "stored_model.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

DeployContext context(const std::string& run_id, const std::string& reason = "promoted",
                      const std::string& now = "2013-03-09T06:00:00Z") {
  return {"air-time", run_id, parse_time(now).value(), reason};
}

}  // namespace

TEST_CASE("publishing serves nobody; activating points to the model, and a later activation to the older one again") {
  const TemporaryFolder state;
  const auto registry = make_local_registry(state.path(), "air-time");
  const ModelRef first = registry->publish(make_artifact("trees"), context("run-1")).value();
  CHECK(registry->current().value() == std::nullopt);

  CHECK(registry->activate(first, context("run-1")).ok());
  const ModelRef second = registry->publish(make_artifact("more trees"), context("run-2")).value();
  CHECK(registry->current().value() == first);
  CHECK(registry->activate(second, context("run-2")).ok());
  CHECK(registry->current().value() == second);
  CHECK(registry->activate(first, context("run-2", "rolled back: harm")).ok());

  CHECK(registry->current().value() == first);
  CHECK(first == ModelRef{.sha256 = base::sha256("trees"), .run_id = "run-1"});
}

TEST_CASE("the production file says what serves, since when and why, by a path below the state directory") {
  const TemporaryFolder state;
  const auto registry = make_local_registry(state.path(), "air-time");
  const ModelRef model = registry->publish(make_artifact("trees"), context("run-1")).value();

  CHECK(registry->activate(model, context("run-1")).ok());

  CHECK(state.read("production/air-time.json") == R"({"schema":"retrain.production/1","model":"air-time","sha256":")" +
                                                      model.sha256 + R"(","run_id":"run-1","path":"models/)" + model.sha256 +
                                                      R"(/model.ubj","reason":"promoted","since":"2013-03-09T06:00:00Z"})" +
                                                      "\n");
}

TEST_CASE("repeating a call changes nothing, not even the time") {
  const TemporaryFolder state;
  const auto registry = make_local_registry(state.path(), "air-time");
  const ModelRef model = registry->publish(make_artifact("trees"), context("run-1")).value();
  CHECK(registry->activate(model, context("run-1")).ok());
  const std::string before = state.read("production/air-time.json");

  CHECK(registry->publish(make_artifact("trees"), context("run-1")).value() == model);
  CHECK(registry->activate(model, context("run-1", "promoted", "2013-03-10T06:00:00Z")).ok());

  CHECK(state.read("production/air-time.json") == before);
}

TEST_CASE("a model that is not stored, or stored with other bytes, is not activated") {
  const TemporaryFolder state;
  const auto registry = make_local_registry(state.path(), "air-time");
  const ModelRef model = registry->publish(make_artifact("trees"), context("run-1")).value();
  CHECK(registry->activate(model, context("run-1")).ok());
  const ModelRef damaged = registry->publish(make_artifact("more trees"), context("run-2")).value();
  state.write("models/" + damaged.sha256 + "/model.ubj", "more trEes");

  CHECK(registry->activate(damaged, context("run-2")).code() == StatusCode::corrupt);
  CHECK(registry->activate({.sha256 = std::string(64, 'a')}, context("run-2")).code() == StatusCode::not_found);
  CHECK(registry->activate({.sha256 = "../../x"}, context("run-2")).code() == StatusCode::invalid_argument);

  CHECK(registry->current().value() == model);
}

TEST_CASE("a damaged production file is reported, and the next activation replaces it") {
  const TemporaryFolder state;
  const auto registry = make_local_registry(state.path(), "air-time");
  const ModelRef model = registry->publish(make_artifact("trees"), context("run-1")).value();
  const std::string hash(64, 'a');
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string(R"({"schema":"retrain.production/1"})"),
                                  R"({"schema":"retrain.production/1","sha256":"x","run_id":"r","reason":""})" + std::string(),
                                  R"({"schema":"retrain.production/1","sha256":")" + hash + R"(","run_id":7,"reason":""})"}) {
    CAPTURE(text);
    state.write("production/air-time.json", text);
    const Status status = registry->current().status();
    CHECK(status.code() == StatusCode::corrupt);
    CHECK(status.message().starts_with("production/air-time.json: "));
  }
  state.write("production/air-time.json", R"({"schema":"retrain.production/2","sha256":"","run_id":"","reason":""})");
  CHECK(registry->current().status().code() == StatusCode::incompatible);

  CHECK(registry->activate(model, context("run-1")).ok());

  CHECK(registry->current().value() == model);
}

TEST_CASE("two models of one state directory have a production file each") {
  const TemporaryFolder state;
  const auto one = make_local_registry(state.path(), "air-time"), other = make_local_registry(state.path(), "delay");
  const ModelRef model = one->publish(make_artifact("trees"), context("run-1")).value();

  CHECK(one->activate(model, context("run-1")).ok());

  CHECK(other->current().value() == std::nullopt);
  CHECK(other->activate(model, context("run-1")).message() == "this registry serves model delay, not 'air-time'");
}

TEST_CASE("a model name that could leave the folder is refused by every call") {
  const TemporaryFolder state;
  for (const std::string& name :
       {std::string("../x"), std::string(), std::string("a/b"), std::string(".hidden"), std::string("a\nb")}) {
    CAPTURE(name);
    const auto registry = make_local_registry(state.path(), name);
    DeployContext named = context("run-1");
    named.model = name;

    CHECK(registry->publish(make_artifact("trees"), named).status().code() == StatusCode::invalid_argument);
    CHECK(registry->activate({.sha256 = std::string(64, 'a')}, named).code() == StatusCode::invalid_argument);
    CHECK(registry->current().status().code() == StatusCode::invalid_argument);
  }
  CHECK(std::filesystem::is_empty(state.path()));
}
