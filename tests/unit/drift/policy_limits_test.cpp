// The default policy's further limits: age, silences, a rate, and events instead of weekends.
#include <doctest/doctest.h>

#include <retrain/config.hpp>
#include <retrain/drift_policy.hpp>

#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace std::chrono_literals;

namespace {

const Time noon = parse_time("2024-05-24T12:00:00Z").value();

Instant instant(Time time) {
  return {time, time - parse_time("2024-01-01T00:00:00Z").value(), "boot-1"};
}

struct Bench {
  DriftSettings drift{.cooldown = 0s};
  ScheduleSettings schedule;
  Alert alert{.id = "a1", .severity = 0.8};
  DriftContext context;

  Bench() {
    context.now = instant(noon);
    schedule.weekend_days.clear();
  }
  AlertDecision decide() const {
    const auto policy = make_drift_policy(drift, schedule);
    REQUIRE_MESSAGE(policy.ok(), policy.status().message());
    return (*policy)->decide(alert, context);
  }
  void runs_before(std::initializer_list<Duration> ages) {
    for (const Duration age : ages) context.recent_runs.push_back(instant(noon - age));
  }
};

}  // namespace

TEST_CASE("an alert that its source saw longer ago than alert_ttl is stale, one of just that age is not") {
  Bench bench;
  bench.drift.alert_ttl = 2h;
  bench.alert.raised_at = noon - 2h;
  CHECK(bench.decide().verdict == AlertVerdict::accepted);

  bench.alert.raised_at = noon - 3h;
  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::stale);
  CHECK(decision.reason == "the source saw it 3h ago, alert_ttl is 2h");
  bench.drift.alert_ttl = 0s;
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
}

TEST_CASE("a silenced alert says by whom and until when, and would pass after that") {
  Bench bench;
  bench.context.silence = DriftContext::Silence{"a test weekend", "anna", noon + 3h};

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::silenced);
  CHECK(decision.reason == "silenced by anna until 2024-05-24T15:00:00Z: a test weekend");
  CHECK(decision.next_eligible_at == noon + 3h);
}

TEST_CASE("a rate lets as many runs start at once as its burst, then one for each refill") {
  Bench bench;
  bench.schedule.rate_burst = 2;
  bench.schedule.rate_refill = 24h;
  bench.runs_before({2h});
  CHECK(bench.decide().verdict == AlertVerdict::accepted);

  bench.context.recent_runs.clear();
  bench.runs_before({5h, 2h});
  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::capped);
  CHECK(decision.reason == "2 runs have used up the rate, one more is let start every 1d");
  REQUIRE(decision.next_eligible_at);
  CHECK(*decision.next_eligible_at == noon + 19h);
  bench.context.now = instant(*decision.next_eligible_at);
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
}

TEST_CASE("a rate never saves up more than its burst") {
  Bench bench;
  bench.schedule.rate_burst = 2;
  bench.schedule.rate_refill = 24h;

  bench.runs_before({24h * 400, 2h, 1h});

  CHECK(bench.decide().verdict == AlertVerdict::capped);
}

TEST_CASE("a wall clock set back gives the rate nothing and takes nothing from it") {
  Bench bench;
  bench.schedule.rate_burst = 1;
  bench.schedule.rate_refill = 24h;
  bench.runs_before({23h});
  bench.context.now = {noon - 24h * 300, instant(noon).boot, "boot-1"};

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::capped);
  CHECK(*decision.next_eligible_at - bench.context.now.wall == 1h);
}

TEST_CASE("with a calendar runs are capped by event, and an event that is full says when it ends") {
  const test::TemporaryFolder folder;
  folder.write("events.csv", "id,start,end,zone\nmonaco,2024-05-24,2024-05-26,Europe/Monaco\n");
  Bench bench;
  bench.schedule.calendar = folder / "events.csv";
  bench.schedule.max_weekend_retrains = 1;
  const auto first = bench.decide();
  CHECK(first.verdict == AlertVerdict::accepted);
  CHECK(first.calendar_window == "event monaco 2024-05-23T22:00:00Z");

  bench.context.window_counts[first.calendar_window] = 1;
  const auto second = bench.decide();

  CHECK(second.verdict == AlertVerdict::capped);
  CHECK(second.next_eligible_at == parse_time("2024-05-26T22:00:00Z").value());
}
