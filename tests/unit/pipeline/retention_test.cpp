// Which models keep their files.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

struct Retrained : World {
  std::unique_ptr<Pipeline> pipeline;

  explicit Retrained(std::size_t keep_models) : World(44, 31, 4) {
    config.training.max_rounds = 8;
    config.deployment.keep_models = keep_models;
    pipeline = open();
  }
  Outcome run(int today) {
    clock->set(day(today));
    REQUIRE(pipeline->submit_alert(World::alert("a" + std::to_string(today))).ok());
    const auto tick = pipeline->tick(quiet_observer());
    REQUIRE_MESSAGE(tick.ok(), tick.status().message());
    REQUIRE(tick->run.has_value());
    return tick->run->run.outcome;
  }
  std::set<std::string> folders() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "state/models")) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
};

}  // namespace

TEST_CASE("rejected candidates go, and what is stable or in production stays with everything it promises") {
  Retrained world(0);
  REQUIRE(world.run(24) == Outcome::promoted);
  for (const int today : {26, 28, 30}) REQUIRE(world.run(today) == Outcome::rejected);
  REQUIRE(world.run(42) == Outcome::promoted);

  REQUIRE(world.pipeline->tick(quiet_observer()).ok());

  std::set<std::string> needed;
  for (const auto& model : world.pipeline->models(50).value()) needed.insert(model.model.sha256);
  CHECK(needed.size() == 2);
  CHECK(world.folders() == needed);
  CHECK(world.pipeline->verify_state()->ok);
  CHECK(world.pipeline->rollback({"anna", "a drill", "", false, false})->done);
  REQUIRE(world.pipeline->tick(quiet_observer()).ok());
  CHECK(world.pipeline->verify_state()->ok);
}

TEST_CASE("the newest of the others are kept, as many as configured") {
  Retrained world(2);
  for (const int today : {24, 26, 28, 30}) world.run(today);

  REQUIRE(world.pipeline->tick(quiet_observer()).ok());
  REQUIRE(world.pipeline->tick(quiet_observer()).ok());

  CHECK(world.folders().size() == 3);
}
