// A cause that is over: what happens to the run that waits for it.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

Alert about(const std::string& key, const std::string& id, bool resolved = false) {
  Alert alert = World::alert(id);
  alert.source = "monitor";
  alert.dedup_key = key;
  alert.resolved = resolved;
  return alert;
}

AlertDecision submitted(Pipeline& pipeline, const Alert& alert) {
  const auto decision = pipeline.submit_alert(alert);
  REQUIRE_MESSAGE(decision.ok(), decision.status().message());
  return *decision;
}

RunSummary newest_run(Pipeline& pipeline) {
  return pipeline.runs()->front();
}

bool healthy(Pipeline& pipeline) {
  const auto report = pipeline.verify_state();
  REQUIRE(report.ok());
  for (const auto& finding : report->findings) CHECK_MESSAGE(finding.ok, finding.invariant << ": " << finding.message);
  return report->ok;
}

/// A world whose clock stands on a capped day.
struct CappedWorld : World {
  CappedWorld() {
    config.schedule.weekend_days = {"wed", "thu", "fri"};
    config.schedule.max_weekend_retrains = 1;
    config.drift.cooldown = {};
  }
};

}  // namespace

TEST_CASE("a resolved alert cancels the run that waits for it alone, with a reason that names the alert") {
  World world;
  const auto pipeline = world.open();
  const auto fired = submitted(*pipeline, about("k", "f"));

  const auto over = submitted(*pipeline, about("k", "f/resolved", true));

  CHECK(over.verdict == AlertVerdict::resolved);
  CHECK(over.run_id.empty());
  CHECK(over.reason.find(fired.run_id) != std::string::npos);
  const RunSummary run = newest_run(*pipeline);
  CHECK(run.id == fired.run_id);
  CHECK(run.outcome == Outcome::cancelled);
  CHECK(run.reason == "alert " + over.alert_id + " reports that the cause is over");
  CHECK(pipeline->tick(quiet_observer())->run == std::nullopt);
  CHECK(healthy(*pipeline));
}

TEST_CASE("a run that another alert or a person waits for as well goes on") {
  World world;
  const auto pipeline = world.open();
  submitted(*pipeline, about("k", "f"));
  REQUIRE(submitted(*pipeline, about("other", "g")).verdict == AlertVerdict::merged);

  submitted(*pipeline, about("k", "f/resolved", true));

  CHECK(newest_run(*pipeline).state == RunState::queued);
  submitted(*pipeline, about("other", "g/resolved", true));  // now nobody asks any more
  CHECK(newest_run(*pipeline).outcome == Outcome::cancelled);

  const auto manual = pipeline->request_run({"alice", "a look", std::nullopt});
  REQUIRE(manual.ok());
  REQUIRE(submitted(*pipeline, about("k", "f2")).verdict == AlertVerdict::merged);
  submitted(*pipeline, about("k", "f2/resolved", true));
  CHECK(newest_run(*pipeline).id == *manual);
  CHECK(newest_run(*pipeline).state == RunState::queued);
  CHECK(healthy(*pipeline));
}

TEST_CASE("a cause that was over and came back keeps the run that it joined") {
  World world;
  const auto pipeline = world.open();
  submitted(*pipeline, about("k", "f"));
  submitted(*pipeline, about("other", "g"));
  submitted(*pipeline, about("other", "g/resolved", true));
  submitted(*pipeline, about("other", "g2"));

  submitted(*pipeline, about("k", "f/resolved", true));

  CHECK(newest_run(*pipeline).state == RunState::queued);
}

TEST_CASE("after a cancelled run the same cause asks anew at once, without debounce and with its calendar slot back") {
  CappedWorld world;
  const auto pipeline = world.open();
  const auto first = submitted(*pipeline, about("k", "f"));
  REQUIRE_FALSE(first.calendar_window.empty());
  submitted(*pipeline, about("k", "f/resolved", true));

  const auto again = submitted(*pipeline, about("k", "f2"));

  CHECK(again.verdict == AlertVerdict::accepted);
  CHECK(again.run_id != first.run_id);
  CHECK(again.calendar_window == first.calendar_window);
  CHECK(healthy(*pipeline));
}

TEST_CASE("a resolved alert without a run, repeated, or after the run ended changes nothing") {
  World world;
  const auto pipeline = world.open();
  CHECK(submitted(*pipeline, about("k", "f/resolved", true)).verdict == AlertVerdict::resolved);
  CHECK(pipeline->runs()->empty());
  submitted(*pipeline, about("k", "f2"));

  CHECK(submitted(*pipeline, about("k", "f/resolved", true)).verdict == AlertVerdict::duplicate);
  CHECK(newest_run(*pipeline).state == RunState::queued);

  REQUIRE(pipeline->tick(quiet_observer()).ok());
  const Outcome outcome = newest_run(*pipeline).outcome;
  submitted(*pipeline, about("k", "f2/resolved", true));
  CHECK(outcome == Outcome::promoted);
  CHECK(newest_run(*pipeline).outcome == outcome);
  CHECK(healthy(*pipeline));
}

TEST_CASE("a run whose candidate is trained already is not cancelled") {
  World world;
  const auto pipeline = world.open();
  const auto fired = submitted(*pipeline, about("k", "f"));
  REQUIRE(pipeline->step(fired.run_id, Step::readiness, quiet_observer()).ok());
  REQUIRE(pipeline->step(fired.run_id, Step::train, quiet_observer()).ok());

  submitted(*pipeline, about("k", "f/resolved", true));

  CHECK(newest_run(*pipeline).outcome == Outcome::none);
  CHECK(healthy(*pipeline));
}
