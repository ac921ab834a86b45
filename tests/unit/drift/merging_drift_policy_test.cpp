#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <retrain/config.hpp>
#include <retrain/drift_policy.hpp>

using namespace retrain;
using namespace std::chrono_literals;

namespace {

Time at(const char* text) {
  return parse_time(text).value();
}

const Time monday = at("2013-03-04T12:00:00Z");
const Time saturday = at("2013-03-09T12:00:00Z");
const std::string weekend_id = "weekend 2013-03-08T05:00:00Z";

struct Bench {
  DriftSettings drift;
  ScheduleSettings schedule{.zone = "America/New_York"};
  Alert alert{.id = "a1", .severity = 0.8};
  DriftContext context;

  explicit Bench(Time now = monday) { context.now = instant(now); }

  /// `time` as read on the boot that started when the week did.
  static Instant instant(Time time) { return {time, time - at("2013-03-01T00:00:00Z"), "boot-1"}; }
  void accepted_before(Duration ago, double severity = 0.8) {
    context.group = DriftContext::Group{instant(context.now.wall - ago), severity, 1};
  }
  void trained_before(Duration ago, double severity = 0.8) {
    context.last_trained = instant(context.now.wall - ago);
    context.last_severity = severity;
  }
  AlertDecision decide() const {
    const auto policy = make_drift_policy(drift, schedule);
    REQUIRE_MESSAGE(policy.ok(), policy.status().message());
    return (*policy)->decide(alert, context);
  }
};

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an alert at the threshold is accepted and starts after the settle time") {
  Bench bench;
  bench.alert.severity = 0.7;
  bench.drift.settle = 10min;

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::accepted);
  CHECK(decision.run_not_before == monday + 10min);
  CHECK(decision.calendar_window.empty());
  CHECK_FALSE(decision.next_eligible_at);
  CHECK_FALSE(decision.clock_suspect);
}

TEST_CASE("an alert just under the threshold is refused with both numbers, and waiting does not help") {
  Bench bench;
  bench.alert.severity = 0.5;

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::below_threshold);
  CHECK(decision.reason == "severity 0.5 is below the threshold 0.7");
  CHECK_FALSE(decision.next_eligible_at);
  bench.alert.severity = std::nextafter(0.7, 0.0);
  CHECK(bench.decide().verdict == AlertVerdict::below_threshold);
  bench.alert.severity = std::numeric_limits<double>::quiet_NaN();
  CHECK(bench.decide().verdict == AlertVerdict::below_threshold);
}

TEST_CASE("each reason to refuse is named before those that come after it") {
  Bench bench(saturday);
  bench.context.window_counts[weekend_id] = 3;
  CHECK(bench.decide().verdict == AlertVerdict::capped);
  bench.trained_before(1h);
  CHECK(bench.decide().verdict == AlertVerdict::cooling_down);
  bench.accepted_before(1min);
  CHECK(bench.decide().verdict == AlertVerdict::debounced);
  bench.context.hold = DriftContext::Hold{"looking into it", "ana", std::nullopt};
  CHECK(bench.decide().verdict == AlertVerdict::held);
  bench.context.run_active = true;
  CHECK(bench.decide().verdict == AlertVerdict::merged);
  CHECK(contains(bench.decide().reason, "under way"));
  bench.context.run_waiting = true;
  CHECK(bench.decide().verdict == AlertVerdict::merged);
  CHECK(contains(bench.decide().reason, "waiting"));
  bench.alert.severity = 0.1;
  CHECK(bench.decide().verdict == AlertVerdict::below_threshold);
  bench.alert.resolved = true;
  CHECK(bench.decide().verdict == AlertVerdict::resolved);
  bench.context.seen_before = true;
  CHECK(bench.decide().verdict == AlertVerdict::duplicate);
}

TEST_CASE("an alert that merges names the worst severity of both") {
  Bench bench;
  bench.context.run_waiting = true;
  bench.context.waiting_severity = 0.95;

  CHECK(contains(bench.decide().reason, "0.95"));
  bench.alert.severity = 1.0;
  CHECK(contains(bench.decide().reason, " 1"));
}

TEST_CASE("a debounce ends to the microsecond when its time has passed") {
  Bench bench;
  bench.accepted_before(59min);

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::debounced);
  CHECK(decision.next_eligible_at == monday + 1min);
  CHECK(contains(decision.reason, "59m"));
  bench.accepted_before(1h - 1us);
  CHECK(bench.decide().verdict == AlertVerdict::debounced);
  bench.accepted_before(1h);
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
}

TEST_CASE("a cooldown counts from the run that trained") {
  Bench bench;
  bench.trained_before(23h);

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::cooling_down);
  CHECK(decision.next_eligible_at == monday + 1h);
  bench.trained_before(24h);
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
}

TEST_CASE("an alert worse by the escalation step breaks debounce and cooldown, not the cap") {
  Bench bench(saturday);
  bench.drift.escalation_step = 0.2;
  bench.alert.severity = 0.9;
  bench.accepted_before(1min, 0.7);
  bench.trained_before(2h, 0.7);

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::escalated);
  CHECK(decision.run_not_before == saturday);
  CHECK(decision.calendar_window == weekend_id);
  bench.alert.severity = 0.89;
  CHECK(bench.decide().verdict == AlertVerdict::debounced);
  bench.alert.severity = 0.9;
  bench.context.window_counts[weekend_id] = 3;
  CHECK(bench.decide().verdict == AlertVerdict::capped);
}

TEST_CASE("an alert is compared with the severity behind what it would break") {
  Bench bench;
  bench.drift.escalation_step = 0.2;
  bench.alert.severity = 0.9;
  bench.accepted_before(1min, 0.85);
  bench.trained_before(2h, 0.7);

  CHECK(bench.decide().verdict == AlertVerdict::debounced);
  bench.accepted_before(1min, 0.7);
  bench.trained_before(2h, 0.85);
  CHECK(bench.decide().verdict == AlertVerdict::cooling_down);
  bench.drift.escalation_step = 0.1;
  bench.trained_before(2h, 0.8);
  CHECK(bench.decide().verdict == AlertVerdict::escalated);
  bench.drift.escalation_step.reset();
  bench.trained_before(2h, 0.0);
  CHECK(bench.decide().verdict == AlertVerdict::debounced);
}

TEST_CASE("a hold refuses until it ends, by name and reason") {
  Bench bench;
  bench.context.hold = DriftContext::Hold{"rolled back", "ana", monday + 5h};

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::held);
  CHECK(decision.next_eligible_at == monday + 5h);
  CHECK(decision.reason == "held by ana until 2013-03-04T17:00:00Z: rolled back");
  bench.context.hold->until = monday;
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
  bench.context.hold->until.reset();
  CHECK(bench.decide().verdict == AlertVerdict::held);
  CHECK_FALSE(bench.decide().next_eligible_at);
}

TEST_CASE("a full weekend caps until its end, and other weekends do not count") {
  Bench bench(saturday);
  bench.context.window_counts = {{weekend_id, 3}, {"weekend 2013-03-01T05:00:00Z", 9}};

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::capped);
  CHECK(decision.next_eligible_at == at("2013-03-11T04:00:00Z"));
  CHECK(decision.reason == "3 of 3 runs of " + weekend_id + " are taken");
  bench.context.window_counts[weekend_id] = 2;
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
  CHECK(bench.decide().calendar_window == weekend_id);
  bench.context.now = Bench::instant(monday);
  bench.schedule.max_weekend_retrains = 0;
  CHECK(bench.decide().verdict == AlertVerdict::accepted);
}

TEST_CASE("a cap of zero on all seven days never opens") {
  Bench bench;
  bench.schedule.weekend_days = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  bench.schedule.max_weekend_retrains = 0;

  const auto decision = bench.decide();

  CHECK(decision.verdict == AlertVerdict::capped);
  CHECK_FALSE(decision.next_eligible_at);
}

TEST_CASE("a wall clock stepped by years neither shortens nor lengthens debounce and cooldown within a boot") {
  for (const Duration step : {Duration(-400 * 24h), Duration(-2h), Duration(2h), Duration(400 * 24h)}) {
    Bench bench;
    bench.accepted_before(30min);
    bench.trained_before(10h);
    bench.context.now.wall += step;

    const auto decision = bench.decide();

    CHECK(decision.verdict == AlertVerdict::debounced);
    CHECK(decision.next_eligible_at == bench.context.now.wall + 14h);
    CHECK(decision.clock_suspect);
    bench.context.now.boot += 30min;
    CHECK(bench.decide().verdict == AlertVerdict::cooling_down);
  }
}

TEST_CASE("after a restart the uptime bounds the wait when the wall clock went back") {
  Bench bench;
  bench.trained_before(1h);
  bench.context.now = {monday - 400 * 24h, 25h, "boot-2"};

  CHECK(bench.decide().verdict == AlertVerdict::accepted);
  bench.context.now.boot = 23h;
  CHECK(bench.decide().verdict == AlertVerdict::cooling_down);
  CHECK(bench.decide().clock_suspect);
}

TEST_CASE("a decision that says when it would change is right to the microsecond") {
  std::mt19937 random(20130304);
  const auto chance = [&](int of) { return random() % static_cast<unsigned>(of) == 0; };
  const auto minutes = [&](int below) { return Duration(std::chrono::minutes(random() % static_cast<unsigned>(below))); };
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    Bench bench(monday + minutes(14 * 24 * 60));
    bench.schedule.max_weekend_retrains = chance(5) ? 0 : 1;
    if (chance(4)) bench.schedule.weekend_days = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    if (chance(2)) bench.accepted_before(minutes(90));
    if (chance(2)) bench.trained_before(minutes(30 * 60));
    if (chance(3)) bench.context.hold = DriftContext::Hold{"", "ana", bench.context.now.wall + minutes(72 * 60)};
    if (chance(2)) bench.context.window_counts[weekend_id] = 1;

    const auto decision = bench.decide();

    if (!decision.next_eligible_at) continue;
    ++refused;
    bench.context.now = Bench::instant(*decision.next_eligible_at);
    CHECK_MESSAGE(bench.decide().verdict == AlertVerdict::accepted, decision.reason);
    bench.context.now = Bench::instant(*decision.next_eligible_at - 1us);
    CHECK_MESSAGE(bench.decide().verdict != AlertVerdict::accepted, decision.reason);
  }

  CHECK(refused > 100);
}

TEST_CASE("a policy is not made for a zone, a day or a cap that cannot be") {
  CHECK(make_drift_policy({}, {.zone = "Europe/Nowhere"}).status().code() == StatusCode::invalid_argument);
  CHECK(make_drift_policy({}, {.weekend_days = {"caturday"}}).status().code() == StatusCode::invalid_argument);
  CHECK(make_drift_policy({}, {.max_weekend_retrains = -1}).status().message() == "max_weekend_retrains -1 is below 0");
}
