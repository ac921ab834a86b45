// From an alert to a model in production, and every way in which that ends without one.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

RunReport run_once(Pipeline& pipeline, const std::string& alert_id) {
  const auto decision = pipeline.submit_alert(World::alert(alert_id));
  REQUIRE(decision.ok());
  REQUIRE(decision->verdict == AlertVerdict::accepted);
  const auto tick = pipeline.tick(quiet_observer());
  REQUIRE_MESSAGE(tick.ok(), tick.status().message());
  REQUIRE(tick->run.has_value());
  return *tick->run;
}

}  // namespace

TEST_CASE("the first alert leads to a first model that is stable at once") {
  World world;
  const auto pipeline = world.open();

  const RunReport run = run_once(*pipeline, "a1");

  CHECK(run.run.outcome == Outcome::promoted);
  CHECK(run.run.reason == "no_production");
  CHECK(run.deployment == DeploymentState::stable);
  CHECK(run.deployment_reason == "first");
  REQUIRE(pipeline->production() != nullptr);
  CHECK(pipeline->production()->description().fit_sessions.size() > 5);
  const auto status = pipeline->status();
  REQUIRE(status->production.has_value());
  CHECK(status->production->version == 1);
  CHECK(std::filesystem::exists(world.config.state.directory + "/production/toy.json"));
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a model that learned the new truth replaces the old one and is provisional") {
  World world;
  const auto pipeline = world.open();
  run_once(*pipeline, "a1");
  world.clock->set(day(42));

  const RunReport run = run_once(*pipeline, "a2");

  CHECK(run.run.outcome == Outcome::promoted);
  CHECK(run.run.reason == "better");
  CHECK(run.deployment == DeploymentState::provisional);
  REQUIRE(run.gate.has_value());
  CHECK(run.gate->verdict == GateVerdict::pass);
  CHECK(run.gate->test.clusters == 6);
  CHECK(pipeline->models()->size() == 2);
}

TEST_CASE("a candidate that is not better is rejected with its reason and production stays") {
  World world(60, 1000, 0);
  const auto pipeline = world.open();
  run_once(*pipeline, "a1");
  const auto before = pipeline->production();
  world.clock->set(day(42));

  const RunReport run = run_once(*pipeline, "a2");

  CHECK(run.run.outcome == Outcome::rejected);
  CHECK_FALSE(run.run.reason.empty());
  CHECK(pipeline->production() == before);
  CHECK(pipeline->models()->size() == 1);
}

TEST_CASE("no row of the holdout is trained on by the candidate or by production") {
  World world;
  const auto pipeline = world.open();
  run_once(*pipeline, "a1");
  const auto production = pipeline->production()->description();
  world.clock->set(day(42));

  const RunReport run = run_once(*pipeline, "a2");

  REQUIRE(run.readiness.has_value());
  const auto& sessions = run.readiness->snapshot.sessions;
  const auto& candidate = pipeline->production()->description();
  for (std::size_t i = sessions.size() - world.config.validation.holdout_sessions; i < sessions.size(); ++i) {
    for (const auto* learned :
         {&production.fit_sessions, &production.stop_sessions, &candidate.fit_sessions, &candidate.stop_sessions}) {
      CHECK(std::find(learned->begin(), learned->end(), sessions[i].id) == learned->end());
    }
  }
}

TEST_CASE("an empty data folder ends the run as not ready and changes nothing else") {
  World world(0);
  std::filesystem::create_directories(world.config.data.directory);
  const auto pipeline = world.open();

  const RunReport run = run_once(*pipeline, "a1");

  CHECK(run.run.outcome == Outcome::data_not_ready);
  CHECK(run.run.reason.find("*.csv") != std::string::npos);
  CHECK(pipeline->production() == nullptr);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("too few sessions for the holdout are said before anything is trained") {
  World world(60, 31, 4, 5);
  const auto pipeline = world.open();

  const RunReport run = run_once(*pipeline, "a1");

  CHECK(run.run.outcome == Outcome::data_not_ready);
  CHECK(run.training.empty());
}

TEST_CASE("a run whose data is late waits, says so in an event, and goes on when the data has come") {
  World world;
  world.config.data.expected_sessions = world.folder.write("expected.txt", "day-001\nday-061\n");
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);

  const auto waiting = pipeline->tick(quiet_observer());

  REQUIRE(waiting->run.has_value());
  CHECK(waiting->run->run.state == RunState::queued);
  CHECK(waiting->run->run.reason.find("day-061") != std::string::npos);
  CHECK(world.folder.read("state/events.jsonl").find("run.waiting") != std::string::npos);
  CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());

  world.folder.write("expected.txt", "day-001\n");
  world.clock->advance(std::chrono::hours(2));

  const auto finished = pipeline->tick(quiet_observer());

  REQUIRE(finished->run.has_value());
  CHECK(finished->run->run.outcome == Outcome::promoted);
}

TEST_CASE("nothing new since the last training ends a run without training again") {
  World world;
  const auto pipeline = world.open();
  run_once(*pipeline, "a1");
  world.clock->advance(std::chrono::hours(30));
  std::filesystem::remove(world.config.data.directory + "/day-025.csv");

  const RunReport run = run_once(*pipeline, "a2");

  CHECK(run.run.outcome == Outcome::data_not_ready);
  CHECK(run.run.reason.find("nothing new") != std::string::npos);
  CHECK(run.training.empty());
}

TEST_CASE("an alert is decided once: the same source and id again is a duplicate") {
  World world;
  const auto pipeline = world.open();

  const auto first = pipeline->submit_alert(World::alert("a1"));
  const auto again = pipeline->submit_alert(World::alert("a1"));

  CHECK(first->verdict == AlertVerdict::accepted);
  CHECK(again->verdict == AlertVerdict::duplicate);
  CHECK(pipeline->runs()->size() == 1);
}

TEST_CASE("an alert that arrives while a run waits joins it and raises its severity") {
  World world;
  const auto pipeline = world.open();
  const auto first = pipeline->submit_alert(World::alert("a1", 0.6));

  const auto second = pipeline->submit_alert(World::alert("a2", 0.95));

  CHECK(second->verdict == AlertVerdict::merged);
  CHECK(second->run_id == first->run_id);
  const auto report = pipeline->report(first->run_id);
  CHECK(report->run.severity == 0.95);
  CHECK(report->alerts.size() == 2);
}

TEST_CASE("a severity that is no number is stored as invalid and starts nothing") {
  World world;
  const auto pipeline = world.open();

  const auto decision = pipeline->submit_alert(World::alert("a1", std::nan("")));

  REQUIRE(decision.ok());
  CHECK(decision->verdict == AlertVerdict::invalid);
  CHECK(decision->reason.find("severity") != std::string::npos);
  CHECK(pipeline->runs()->empty());
  CHECK(pipeline->alerts()->size() == 1);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a full queue refuses an alert with its reason and keeps it") {
  World world;
  world.config.resources.max_queue_size = 1;
  const auto toy = world.open();
  World other = World();
  other.config.state.directory = world.config.state.directory;
  other.config.model.name = "other";
  other.config.resources.max_queue_size = 1;
  const auto second = other.open();
  REQUIRE(toy->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);

  const auto refused = second->submit_alert(World::alert("a1"));

  CHECK(refused->verdict == AlertVerdict::capped);
  CHECK(refused->reason.find("max_queue_size is 1") != std::string::npos);
  CHECK(second->alerts()->size() == 1);
}

TEST_CASE("a person's run passes the cooldown and is recorded with its actor") {
  World world;
  const auto pipeline = world.open();
  run_once(*pipeline, "a1");
  REQUIRE(pipeline->submit_alert(World::alert("a2"))->verdict == AlertVerdict::debounced);

  const auto run = pipeline->request_run({"anna", "new tyres", std::nullopt});

  REQUIRE(run.ok());
  const auto report = pipeline->run(*run, quiet_observer());
  CHECK(report->run.state == RunState::finished);
  CHECK(report->run.asked_by == "anna");
}

TEST_CASE("a weekend's slots are counted, and a run that did not train gives its slot back") {
  World world(0);
  std::filesystem::create_directories(world.config.data.directory);
  world.config.schedule.max_weekend_retrains = 1;
  world.config.drift.debounce = std::chrono::seconds(0);
  world.clock->set(day(5) + std::chrono::hours(12));  // Saturday 6 January 2024
  const auto pipeline = world.open();

  CHECK(run_once(*pipeline, "a1").run.outcome == Outcome::data_not_ready);
  const RunReport second = run_once(*pipeline, "a2");

  CHECK(second.run.outcome == Outcome::data_not_ready);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a weekend whose slots are taken refuses with the instant of its end") {
  World world;
  world.config.schedule.max_weekend_retrains = 1;
  world.config.drift.debounce = std::chrono::seconds(0);
  world.config.drift.cooldown = std::chrono::seconds(0);
  world.clock->set(day(26) + std::chrono::hours(12));  // Saturday 27 January 2024
  const auto pipeline = world.open();
  REQUIRE(run_once(*pipeline, "a1").run.outcome == Outcome::promoted);

  const auto refused = pipeline->submit_alert(World::alert("a2"));

  CHECK(refused->verdict == AlertVerdict::capped);
  REQUIRE(refused->next_eligible_at.has_value());
  CHECK(format_time(*refused->next_eligible_at) == "2024-01-29T00:00:00Z");
}

TEST_CASE("the detector notices by itself that the truth has moved, and the pipeline heals") {
  World world;
  world.config.drift.detector.enabled = true;
  const auto pipeline = world.open();
  run_once(*pipeline, "a1");

  bool healed = false;
  for (int today = 25; today <= 50 && !healed; ++today) {
    world.clock->set(day(today));
    const auto tick = pipeline->tick(quiet_observer());
    REQUIRE_MESSAGE(tick.ok(), tick.status().message());
    if (today <= 30) CHECK(tick->alerts.empty());
    healed = tick->run && tick->run->run.outcome == Outcome::promoted;
  }

  CHECK(healed);
  CHECK(pipeline->models()->size() == 2);
}
