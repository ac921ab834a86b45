// After the deployment: confirmation on later sessions, harm, rollback, holds.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

RunReport promote(World& world, Pipeline& pipeline, const std::string& alert_id, int today) {
  world.clock->set(day(today));
  REQUIRE(pipeline.submit_alert(World::alert(alert_id))->run_id.empty() == false);
  const auto tick = pipeline.tick(quiet_observer());
  REQUIRE_MESSAGE(tick.ok(), tick.status().message());
  REQUIRE(tick->run.has_value());
  REQUIRE(tick->run->run.outcome == Outcome::promoted);
  return *tick->run;
}

/// Two models: the first is stable, the second provisional.
std::unique_ptr<Pipeline> two_models(World& world) {
  auto pipeline = world.open();
  promote(world, *pipeline, "a1", 24);
  promote(world, *pipeline, "a2", 42);
  return pipeline;
}

const RollbackRequest drill{"operator", "a drill", "", false, false};

}  // namespace

TEST_CASE("a new model becomes stable when later sessions confirm it") {
  World world;
  const auto pipeline = two_models(world);

  std::string reason;
  for (int today = 43; today <= 52 && reason.empty(); ++today) {
    world.clock->set(day(today));
    const auto tick = pipeline->tick(quiet_observer());
    REQUIRE(tick->verification.has_value() == true);
    if (tick->verification->verdict == VerificationVerdict::confirm) reason = tick->verification->reason;
  }

  CHECK(reason == "confirmed");
  CHECK(pipeline->status()->stable->version == 2);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a new model that harms on later sessions is rolled back, quarantined, and promotion is held") {
  World world;
  const auto pipeline = two_models(world);
  const std::string harmful = pipeline->status()->production->model.sha256;
  // The truth moves back: the old model is right again.
  for (int number = 43; number <= 60; ++number) {
    char name[32];
    std::snprintf(name, sizeof name, "data/day-%03d.csv", number);
    world.folder.write(name, session_rows(number, 0));
  }

  std::optional<RollbackReport> rollback;
  for (int today = 43; today <= 55 && !rollback; ++today) {
    world.clock->set(day(today));
    rollback = pipeline->tick(quiet_observer())->rollback;
  }

  REQUIRE(rollback.has_value());
  CHECK(rollback->done);
  CHECK(rollback->from->sha256 == harmful);
  const auto status = pipeline->status();
  CHECK(status->production->version == 3);
  CHECK(status->production->model.sha256 == pipeline->models()->back().model.sha256);
  REQUIRE(status->hold.has_value());
  CHECK(pipeline->submit_alert(World::alert("a3"))->verdict == AlertVerdict::held);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("the same data is not trained into the same quarantined model again") {
  World world;
  const auto pipeline = two_models(world);
  REQUIRE(pipeline->rollback(drill)->done);
  REQUIRE(pipeline->lift({"operator", "go on"}).ok());

  const auto run = pipeline->request_run({"operator", "once more", std::nullopt});
  const auto report = pipeline->run(*run, quiet_observer());

  CHECK(report->run.outcome == Outcome::rejected);
  CHECK(report->run.reason == "quarantined");
  CHECK(report->training.empty());
}

TEST_CASE("a rollback puts the last stable model back, and doing it twice does it once") {
  World world;
  const auto pipeline = two_models(world);
  const auto first = pipeline->models()->back().model;

  const auto once = pipeline->rollback(drill);
  const auto twice = pipeline->rollback(drill);

  CHECK(once->done);
  CHECK(once->to->sha256 == first.sha256);
  CHECK_FALSE(twice->done);
  CHECK_FALSE(twice->reason.empty());
  CHECK(pipeline->models()->size() == 3);
  CHECK(pipeline->status()->production->model.run_id == first.run_id);
  CHECK(world.folder.read("state/production/toy.json").find(first.sha256) != std::string::npos);
}

TEST_CASE("a dry run of a rollback names its target and changes nothing") {
  World world;
  const auto pipeline = two_models(world);
  const auto before = pipeline->status()->production->version;

  RollbackRequest request = drill;
  request.dry_run = true;
  const auto report = pipeline->rollback(request);

  CHECK_FALSE(report->done);
  CHECK(report->dry_run);
  CHECK(report->to->sha256 == pipeline->models()->back().model.sha256);
  CHECK(pipeline->status()->production->version == before);
  CHECK_FALSE(pipeline->status()->hold.has_value());
}

TEST_CASE("a rollback without a stable model to go to says so and changes nothing") {
  World world;
  const auto pipeline = world.open();
  CHECK(pipeline->rollback(drill)->reason == "nothing is in production");
  promote(world, *pipeline, "a1", 24);

  const auto report = pipeline->rollback(drill);

  CHECK_FALSE(report->done);
  CHECK(report->reason.find("no stable model") != std::string::npos);
  CHECK(pipeline->models()->size() == 1);
}

TEST_CASE("too many rollbacks in a window end in safe mode until a person lifts it") {
  World world;
  world.config.rollback.max_rollbacks = 1;
  const auto pipeline = two_models(world);

  REQUIRE(pipeline->rollback(drill)->done);

  CHECK(pipeline->status()->safe_mode);
  const auto run = pipeline->request_run({"anna", "try", std::nullopt});
  CHECK(pipeline->run(*run, quiet_observer())->run.outcome == Outcome::rejected);
  CHECK(pipeline->lift({"anna", "understood"}).ok());
  CHECK_FALSE(pipeline->status()->safe_mode);
}

TEST_CASE("a hold refuses alerts until it ends, and can be lifted once") {
  World world;
  const auto pipeline = world.open();
  REQUIRE(pipeline->hold({"anna", "race weekend", world.clock->now().wall + std::chrono::hours(5)}).ok());

  const auto held = pipeline->submit_alert(World::alert("a1"));

  CHECK(held->verdict == AlertVerdict::held);
  CHECK(held->next_eligible_at == world.clock->now().wall + std::chrono::hours(5));
  CHECK(pipeline->lift({"anna", "over"}).ok());
  CHECK(pipeline->lift({"anna", "over"}).code() == StatusCode::not_found);
  CHECK(pipeline->submit_alert(World::alert("a2"))->verdict == AlertVerdict::accepted);
}

TEST_CASE("a hold that comes while a run is under way keeps its candidate out of production") {
  World world;
  const auto pipeline = world.open();
  promote(world, *pipeline, "a1", 24);
  world.clock->set(day(42));
  const auto decision = pipeline->submit_alert(World::alert("a2"));
  for (const Step step : {Step::readiness, Step::train, Step::gate, Step::compare}) {
    REQUIRE(pipeline->step(decision->run_id, step, quiet_observer())->done);
  }
  REQUIRE(pipeline->hold({"anna", "stop", std::nullopt}).ok());

  const auto report = pipeline->step(decision->run_id, Step::deploy, quiet_observer());

  CHECK(report->outcome == Outcome::rejected);
  CHECK(pipeline->report(decision->run_id)->run.reason == "held");
  CHECK(pipeline->models()->size() == 1);
}

TEST_CASE("a provisional champion may be replaced, and the skipped one ends superseded") {
  World world(80, 31, 4);
  for (int number = 45; number <= 80; ++number) {
    char name[32];
    std::snprintf(name, sizeof name, "data/day-%03d.csv", number);
    world.folder.write(name, session_rows(number, 12));
  }
  world.config.verification.undecided = "keep_provisional";
  world.config.verification.harm_level = 1e-12;
  const auto pipeline = two_models(world);

  promote(world, *pipeline, "a3", 58);

  const auto models = pipeline->models();
  CHECK(models->at(0).state == DeploymentState::provisional);
  CHECK(models->at(1).state == DeploymentState::superseded);
  CHECK(pipeline->status()->stable->version == 1);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a stored model with one flipped byte is refused by its hash and rollback passes it over") {
  World world;
  auto pipeline = two_models(world);
  const std::string first = pipeline->models()->back().model.sha256;
  const std::string path = world.config.state.directory + "/models/" + first + "/model.ubj";
  std::string bytes = world.folder.read("state/models/" + first + "/model.ubj");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;

  const auto report = pipeline->rollback(drill);
  const auto health = pipeline->verify_state();

  CHECK_FALSE(report.ok());
  CHECK(report.status().code() == StatusCode::corrupt);
  CHECK_FALSE(health->ok);
  CHECK(pipeline->models()->size() == 2);
}
