// The alpha ledger in a whole pipeline: what gates may spend over a lifetime.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "support/scripted_judges.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

constexpr auto week = std::chrono::days(7);

/// Seven more sessions and a run, a week later.
RunReport next_week(ScriptedWorld& world, Pipeline& pipeline) {
  world.clock->advance(week);
  world.add_sessions(7);
  return world.run(pipeline);
}

double level_of(const RunReport& report) {
  return report.gate_context->level;
}

}  // namespace

TEST_CASE("the first test may use half of the budget, the same p-value is too weak as the sixth weekly test") {
  ScriptedWorld world;
  world.gate->script = {0.02, 0.5, 0.5, 0.5, 0.5, 0.02};
  const auto pipeline = world.open();
  world.run(*pipeline);

  std::vector<RunReport> weekly;
  for (int i = 0; i < 6; ++i) weekly.push_back(next_week(world, *pipeline));

  CHECK(level_of(weekly[0]) == 0.025);
  CHECK(weekly[0].run.outcome == Outcome::promoted);
  CHECK(level_of(weekly[5]) == doctest::Approx(0.0027).epsilon(0.03));
  CHECK(weekly[5].gate->reason == "not_significant");
  CHECK(weekly[5].run.outcome == Outcome::rejected);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("twenty candidates on one frozen holdout halve the level each time, until the holdout is exhausted") {
  ScriptedWorld world;
  world.gate->script = {0.4};
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);

  std::vector<double> levels;
  std::string last_reason;
  for (int i = 0; i < 20; ++i) {
    world.clock->advance(std::chrono::days(30));  // time alone gives nothing back
    const RunReport report = world.run(*pipeline);
    levels.push_back(level_of(report));
    last_reason = report.gate->reason;
  }

  REQUIRE(levels[1] > 0);
  std::size_t tested = 1;
  while (tested < levels.size() && levels[tested] > 0) {
    CHECK(levels[tested] == levels[tested - 1] / 2);
    ++tested;
  }
  CHECK(tested == 8);
  CHECK(levels.back() == 0);
  CHECK(last_reason == "holdout_exhausted");
  const AlphaStatus alpha = pipeline->status()->alpha;
  CHECK(alpha.tests == tested);
  CHECK(alpha.spent < 0.05);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("an exhausted holdout tests again when fresh sessions have arrived") {
  ScriptedWorld world;
  world.gate->script = {0.4};
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  for (int i = 0; i < 10; ++i) world.run(*pipeline);
  REQUIRE(world.run(*pipeline).gate->reason == "holdout_exhausted");

  const RunReport later = next_week(world, *pipeline);

  CHECK(level_of(later) > 5e-4);
  CHECK(later.gate->reason == "not_significant");
}

TEST_CASE("the same candidate, champion and holdout again get the cached verdict, and the ledger is unchanged") {
  ScriptedWorld world;
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  world.trainer->repeat = true;
  const RunReport first = world.run(*pipeline);
  const AlphaStatus before = pipeline->status()->alpha;

  const RunReport second = world.run(*pipeline);

  CHECK(level_of(second) == level_of(first));
  CHECK(second.gate_context->cached_from == first.run.id);
  CHECK(first.gate_context->cached_from.empty());
  CHECK(second.gate->reason == first.gate->reason);
  const AlphaStatus after = pipeline->status()->alpha;
  CHECK(after.tests == before.tests);
  CHECK(after.spent == before.spent);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("another setting of the gate is another question and pays its own level") {
  ScriptedWorld world;
  auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  world.trainer->repeat = true;
  const RunReport first = world.run(*pipeline);
  pipeline.reset();
  world.config.validation.recent_margin = 0.2;
  pipeline = world.open();

  const RunReport second = world.run(*pipeline);

  CHECK(second.gate_context->cached_from.empty());
  CHECK(level_of(second) == level_of(first) / 2);
}

TEST_CASE("a clock that is set back by a year mints no wealth") {
  ScriptedWorld world;
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  const double first = level_of(world.run(*pipeline));
  world.clock->set(day(24) - std::chrono::days(365));
  world.add_sessions(1);
  const double second = level_of(world.run(*pipeline));
  world.clock->set(day(24));
  world.add_sessions(1);

  const double third = level_of(world.run(*pipeline));

  CHECK(second == first / 2);
  CHECK(third == second / 2);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a gate that is interrupted after its level was set aside goes on with that level and gets no second one") {
  ScriptedWorld world;
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  world.gate->fail_once = true;
  const RunReport interrupted = world.run(*pipeline);
  REQUIRE(interrupted.run.state == RunState::queued);
  const AlphaStatus between = pipeline->status()->alpha;
  world.clock->advance(std::chrono::hours(1));

  const auto resumed = pipeline->run(interrupted.run.id, quiet_observer());

  REQUIRE(resumed.ok());
  CHECK(between.tests == 1);
  CHECK(between.spent == 0.025);
  CHECK(level_of(*resumed) == 0.025);
  CHECK(pipeline->status()->alpha.tests == 1);
  CHECK(pipeline->verify_state()->ok);
}

TEST_CASE("a cold start spends nothing") {
  ScriptedWorld world;
  const auto pipeline = world.open();

  const RunReport first = world.run(*pipeline);

  CHECK(first.gate->reason == "cold_start");
  CHECK(first.gate_context->level_rule == "unspent");
  CHECK(pipeline->status()->alpha.tests == 0);
  CHECK(pipeline->status()->alpha.next_level == 0.025);
}

TEST_CASE("a champion that cannot be loaded is held as a fault and spends nothing") {
  ScriptedWorld world;
  world.parts.gate = nullptr;  // the default gate
  auto pipeline = world.open();
  world.run(*pipeline);
  const std::string champion = pipeline->models()->front().model.sha256;
  pipeline.reset();
  std::ofstream(world.config.state.directory + "/models/" + champion + "/model.ubj") << "broken";
  pipeline = world.open();
  world.add_sessions(7);

  const RunReport report = world.run(*pipeline);

  CHECK(report.gate->reason == "production_fault");
  CHECK(report.run.outcome == Outcome::rejected);
  CHECK(pipeline->status()->alpha.tests == 0);
}

TEST_CASE("a session that chose the candidate may not judge it: the run fails and both keys are named") {
  ScriptedWorld world;
  world.parts.gate = nullptr;
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  world.trainer->choose_sessions = {"day-001", "day-031"};

  const RunReport report = world.run(*pipeline);

  CHECK(report.run.outcome == Outcome::failed);
  CHECK(report.run.reason.find("selection and gate rows overlap") != std::string::npos);
  CHECK(report.run.reason.find("selection session day-031") != std::string::npos);
  CHECK(report.run.reason.find("gate session day-031") != std::string::npos);
}

TEST_CASE("under every rule of levels the stored levels follow from the rows before them, promotions included") {
  for (const char* lifetime :
       {"budget", "lord++", "saffron", "addis", "lond", "lond_dependent", "spending", "elond", "lord*", "none"}) {
    CAPTURE(lifetime);
    ScriptedWorld world;
    world.config.validation.lifetime = lifetime;
    world.gate->script = {0.3, 1e-9, 0.2, 0.9, 1e-12, 0.6, 0.01};
    const auto pipeline = world.open();
    world.run(*pipeline);

    for (int i = 0; i < 7; ++i) next_week(world, *pipeline);

    const AlphaStatus alpha = pipeline->status()->alpha;
    CHECK(alpha.tests == 7);
    CHECK(alpha.promotions >= 2);
    CHECK(alpha.method == lifetime);
    const auto health = pipeline->verify_state();
    for (const auto& finding : health->findings) CHECK_MESSAGE(finding.ok, finding.message);
  }
}

TEST_CASE("two models of one state have a budget each") {
  ScriptedWorld world;
  const auto pipeline = world.open();
  ScriptedWorld other;
  other.config = world.config;
  other.config.model.name = "other";
  other.parts.id_seed = 2;
  const auto beside = other.open();
  world.run(*pipeline);
  other.run(*beside);
  world.add_sessions(7);

  const double first = level_of(world.run(*pipeline));
  const double second = level_of(other.run(*beside));

  CHECK(first == 0.025);
  CHECK(second == 0.025);
}
