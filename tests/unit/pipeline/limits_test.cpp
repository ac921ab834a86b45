// What keeps an alert from starting a run, in a whole pipeline: silences, age, a rate.
#include <doctest/doctest.h>

#include "support/queue_world.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

TEST_CASE("a silence keeps alerts of its key from starting anything until it ends or is lifted, across a restart") {
  ScriptedWorld world;
  world.parts.scratch = false;
  auto pipeline = world.open();
  Alert alert = World::alert("a1");
  alert.dedup_key = "drift of lap times";
  const auto id = pipeline->silence({.actor = "anna", .reason = "a test", .dedup_key = alert.dedup_key, .until = day(24) + 4h});
  REQUIRE(id.ok());

  const auto silenced = pipeline->submit_alert(alert);
  pipeline.reset();
  pipeline = world.open();
  alert.id = "a2";
  const auto still = pipeline->submit_alert(alert);
  REQUIRE(pipeline->end_silence(*id, "anna").ok());
  alert.id = "a3";
  const auto heard = pipeline->submit_alert(alert);

  CHECK(silenced->verdict == AlertVerdict::silenced);
  CHECK(silenced->next_eligible_at == day(24) + 4h);
  CHECK(still->verdict == AlertVerdict::silenced);
  CHECK(heard->verdict == AlertVerdict::accepted);
  CHECK(pipeline->silences()->empty());
  CHECK(pipeline->end_silence(*id, "anna").code() == StatusCode::not_found);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a silence of one key lets another key's alerts through, and ends by itself") {
  ScriptedWorld world;
  const auto pipeline = world.open();
  REQUIRE(pipeline->silence({.actor = "anna", .reason = "", .dedup_key = "one", .until = day(24) + 1h}).ok());
  Alert one = World::alert("a1");
  one.dedup_key = "one";

  const auto before = pipeline->submit_alert(one);
  world.clock->advance(1h);
  one.id = "a2";
  const auto after = pipeline->submit_alert(one);

  CHECK(before->verdict == AlertVerdict::silenced);
  CHECK(after->verdict == AlertVerdict::accepted);
  CHECK(pipeline->silence({.actor = "anna", .reason = "", .dedup_key = "", .until = day(24)}).status().code() ==
        StatusCode::invalid_argument);
}

TEST_CASE("a run that waited longer than alert_ttl ends as stale with its reason, gives its slot back, and trains nothing") {
  ScriptedWorld world;
  world.config.drift.alert_ttl = 6h;
  world.config.drift.debounce = 0s;
  world.config.schedule.weekend_days = {"mon", "tue", "wed", "thu", "fri", "sat"};
  const auto pipeline = world.open();
  const auto accepted = pipeline->submit_alert(World::alert("a1"));
  REQUIRE(accepted->verdict == AlertVerdict::accepted);
  world.clock->advance(7h);

  const auto tick = pipeline->tick(quiet_observer());

  REQUIRE(tick->run);
  CHECK(tick->run->run.outcome == Outcome::cancelled);
  CHECK(tick->run->run.reason == "stale");
  CHECK(pipeline->models()->empty());
  CHECK(pipeline->submit_alert(World::alert("a2"))->verdict == AlertVerdict::accepted);
  const auto health = pipeline->verify_state();
  for (const auto& finding : health->findings) CHECK_MESSAGE(finding.ok, finding.message);
}

TEST_CASE("a run that was merged into in time is not stale") {
  ScriptedWorld world;
  world.config.drift.alert_ttl = 6h;
  world.config.drift.debounce = 0s;
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);
  world.clock->advance(5h);
  REQUIRE(pipeline->submit_alert(World::alert("a2"))->verdict == AlertVerdict::merged);
  world.clock->advance(5h);

  const auto tick = pipeline->tick(quiet_observer());

  CHECK(tick->run->run.outcome == Outcome::promoted);
}

TEST_CASE("a rate counts the runs that trained and gives the place of one that did not back") {
  ScriptedWorld world;
  world.config.drift.debounce = 0s;
  world.config.drift.cooldown = 0s;
  world.config.drift.alert_ttl = 1h;
  world.config.schedule.rate_burst = 1;
  world.config.schedule.rate_refill = std::chrono::days(2);
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);
  world.clock->advance(2h);
  REQUIRE(pipeline->tick(quiet_observer())->run->run.reason == "stale");

  const auto after_stale = pipeline->submit_alert(World::alert("a2"));
  REQUIRE(pipeline->tick(quiet_observer())->run->run.outcome == Outcome::promoted);
  world.clock->advance(3h);
  const auto after_training = pipeline->submit_alert(World::alert("a3"));

  CHECK(after_stale->verdict == AlertVerdict::accepted);
  CHECK(after_training->verdict == AlertVerdict::capped);
  REQUIRE(after_training->next_eligible_at);
  CHECK(*after_training->next_eligible_at == day(24) + 2h + std::chrono::days(2));
}

TEST_CASE("an alert escalates past the worst of the alerts it would be debounced with, not past the last") {
  QueueWorld world;
  world.config.drift.debounce = 1h;
  world.config.drift.escalation_step = 0.2;
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1", 0.6))->verdict == AlertVerdict::accepted);
  REQUIRE(pipeline->submit_alert(World::alert("a2", 0.9))->verdict == AlertVerdict::merged);
  REQUIRE(pipeline->submit_alert(World::alert("a3", 0.65))->verdict == AlertVerdict::merged);
  REQUIRE(pipeline->tick(quiet_observer())->run->run.state == RunState::finished);

  const auto hardly_worse = pipeline->submit_alert(World::alert("a4", 0.95));

  CHECK(hardly_worse->verdict == AlertVerdict::debounced);
}

TEST_CASE("alerts that are submitted together are decided in their order and stored as if they had come one by one") {
  World world;
  const auto pipeline = world.open();
  Alert wrong = World::alert("wrong");
  wrong.severity = 7;
  const std::vector<Alert> alerts = {World::alert("a"), World::alert("b"), wrong, World::alert("a"), World::alert("low", 0.1)};

  const auto decisions = pipeline->submit_alerts(alerts);

  REQUIRE(decisions.ok());
  std::vector<AlertVerdict> verdicts;
  for (const auto& decision : *decisions) verdicts.push_back(decision.verdict);
  CHECK(verdicts == std::vector{AlertVerdict::accepted, AlertVerdict::merged, AlertVerdict::invalid, AlertVerdict::duplicate,
                                AlertVerdict::below_threshold});
  CHECK(decisions->at(1).run_id == decisions->at(0).run_id);
  CHECK(pipeline->alerts()->size() == 5);
  CHECK(pipeline->runs()->size() == 1);
  CHECK(pipeline->submit_alerts({})->empty());
}

TEST_CASE("of alerts that are submitted together none is stored when one is about another model") {
  World world;
  const auto pipeline = world.open();
  std::vector<Alert> alerts = {World::alert("a"), World::alert("b")};
  alerts.back().model = "another";

  const auto decisions = pipeline->submit_alerts(alerts);

  CHECK(decisions.status().code() == StatusCode::invalid_argument);
  CHECK(pipeline->alerts()->empty());
  CHECK(pipeline->runs()->empty());
}
