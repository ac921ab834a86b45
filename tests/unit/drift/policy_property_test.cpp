// What must hold of the policy whatever its settings, its zone and its past are.
#include <date/tz.h>
#include <doctest/doctest.h>

#include <random>
#include <retrain/clock.hpp>
#include <retrain/config.hpp>
#include <retrain/drift_policy.hpp>

#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> week = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  bool chance(std::size_t of) { return below(of) == 0; }
  Duration time_below(Duration limit) {
    return Duration(static_cast<Duration::rep>(below(static_cast<std::size_t>(limit.count()))));
  }
  double severity() { return 0.7 + 0.05 * static_cast<double>(below(7)); }

 private:
  std::mt19937_64 engine_;
};

bool passes(const AlertDecision& decision) {
  return decision.verdict == AlertVerdict::accepted || decision.verdict == AlertVerdict::escalated;
}

/// A question to a policy: what is asked about, and everything that happened before.
struct Question {
  Alert alert;
  DriftContext context;

  /// The same alert `later`, when nothing happened in between.
  Question after(Duration later) const {
    Question question = *this;
    question.context.now.wall += later;
    question.context.now.boot += later;
    // The store tells only of what is in force.
    if (context.silence && context.silence->until <= question.context.now.wall) question.context.silence.reset();
    return question;
  }
};

ScheduleSettings any_schedule(Random& random, const std::string& zone) {
  ScheduleSettings schedule;
  schedule.zone = zone;
  schedule.max_weekend_retrains = static_cast<int>(random.below(3));
  schedule.weekend_days.clear();
  const bool all_days = random.chance(6);
  for (const auto& day : week) {
    if (all_days || random.chance(2)) schedule.weekend_days.push_back(day);
  }
  if (random.chance(2)) schedule.rate_burst = 1 + random.below(3);
  schedule.rate_refill = 1h + random.time_below(72h);
  return schedule;
}

DriftSettings any_drift(Random& random) {
  DriftSettings drift;
  drift.debounce = random.time_below(6h);
  drift.cooldown = random.time_below(48h);
  drift.settle = random.time_below(1h);
  if (random.chance(2)) drift.escalation_step = 0.1;
  if (random.chance(4)) drift.alert_ttl = 1min + random.time_below(48h);
  return drift;
}

/// `window_ids` are windows near the present, some of which are full.
Question any_question(Random& random, const Instant& now, const std::vector<std::string>& window_ids) {
  Question question;
  question.alert.severity = random.severity();
  DriftContext& context = question.context;
  context.now = now;
  const auto ago = [&](Duration time) { return Instant{now.wall - time, now.boot - time, now.boot_id}; };
  question.alert.raised_at = now.wall - random.time_below(2h);
  if (random.chance(2)) context.group = DriftContext::Group{ago(random.time_below(8h)), random.severity(), 1};
  if (random.chance(2)) context.last_trained = ago(random.time_below(60h));
  context.last_severity = random.severity();
  for (const auto& id : window_ids) {
    if (random.chance(2)) context.window_counts[id] = static_cast<int>(random.below(3));
  }
  if (random.chance(4)) context.hold = DriftContext::Hold{"why", "ana", std::nullopt};
  if (context.hold && !random.chance(4)) context.hold->until = now.wall + 1us + random.time_below(72h);
  if (random.chance(5)) context.silence = DriftContext::Silence{"why", "ben", now.wall + 1us + random.time_below(30h)};
  Duration before = random.time_below(10h);
  for (std::size_t run = random.below(5); run > 0; --run)
    context.recent_runs.insert(context.recent_runs.begin(), ago(before += random.time_below(40h)));
  return question;
}

/// The promise of AlertDecision::next_eligible_at; returns whether it was made.
bool check_promise(const DriftPolicy& policy, const Question& question, Random& random) {
  const AlertDecision decision = policy.decide(question.alert, question.context);
  CHECK_FALSE(decision.reason.empty());
  CHECK_FALSE((passes(decision) && decision.next_eligible_at));
  const Time now = question.context.now.wall;
  if (!decision.next_eligible_at) {
    if (passes(decision)) return false;
    for (int look = 0; look < 4; ++look) {
      const Question later = question.after(random.time_below(24h * 30));
      CHECK_MESSAGE(!passes(policy.decide(later.alert, later.context)), decision.reason);
    }
    return false;
  }
  const Duration wait = *decision.next_eligible_at - now;
  CHECK(wait > Duration{});
  const Question then = question.after(wait);
  const AlertDecision answer = policy.decide(then.alert, then.context);
  // The alert itself grows old; what is promised is when one like it passes.
  const bool too_old = answer.verdict == AlertVerdict::stale;
  CHECK_MESSAGE((passes(answer) || too_old), decision.reason << " / " << answer.reason);
  for (const Duration early : {Duration(1us), wait - random.time_below(wait)}) {
    const Question before = question.after(wait - early);
    CHECK_MESSAGE(!passes(policy.decide(before.alert, before.context)), decision.reason);
  }
  return true;
}

}  // namespace

TEST_CASE("in every zone, under any settings, a refusal ends when it says and not a microsecond earlier") {
  Random random(20240331);
  std::size_t zones = 0, promises = 0;

  for (const auto& zone : date::get_tzdb().zones) {
    const ScheduleSettings schedule = any_schedule(random, zone.name());
    const auto policy = make_drift_policy(any_drift(random), schedule);
    if (!policy.ok()) continue;  // a file beside the zones
    ++zones;
    for (int round = 0; round < 12; ++round) {
      // Half of them near a change of the zone's offset, where it has one.
      Time wall = parse_time("2000-01-01T00:00:00Z").value() + random.time_below(24h * 365 * 36);
      if (round % 2 == 0) {
        const auto next = zone.get_info(date::floor<std::chrono::seconds>(wall)).end;
        if (next < date::sys_days(date::year(2037) / 1 / 1)) wall = Time(next) - 36h + random.time_below(72h);
      }
      const Instant now{wall, 10'000h + (wall - parse_time("2000-01-01T00:00:00Z").value()), "boot"};
      std::vector<std::string> ids;
      for (int day = -1; day < 15; ++day) {
        const DriftContext empty{.now = {wall + day * 24h, now.boot + day * 24h, "boot"}};
        const auto decision = (*policy)->decide({.severity = 1}, empty);
        if (!decision.calendar_window.empty()) ids.push_back(decision.calendar_window);
      }
      promises += check_promise(**policy, any_question(random, now, ids), random);
    }
  }

  CHECK(zones > 300);
  CHECK(promises > 1'000);
}

TEST_CASE("with a calendar of events that touch, a refusal ends when it says and not a microsecond earlier") {
  const test::TemporaryFolder folder;
  std::string events = "id,start,end,zone\n";
  Time begin = parse_time("2024-03-01T00:00:00Z").value();
  for (int event = 0; event < 12; ++event) {
    const Time end = begin + 24h * (1 + event % 3);
    events += "e" + std::to_string(event) + "," + format_time(begin) + "," + format_time(end) + ",\n";
    begin = event % 5 == 4 ? end + 36h : end;
  }
  folder.write("events.csv", events);
  Random random(20240524);
  std::size_t promises = 0;

  for (int round = 0; round < 2'000; ++round) {
    ScheduleSettings schedule = any_schedule(random, "Europe/Monaco");
    schedule.calendar = folder / "events.csv";
    const auto policy = make_drift_policy(any_drift(random), schedule).value();
    const Time wall = parse_time("2024-02-27T00:00:00Z").value() + random.time_below(24h * 40);
    promises += check_promise(*policy, any_question(random, {wall, 10'000h, "boot"}, {}), random);
  }

  CHECK(promises > 500);
}

TEST_CASE("a cap of zero in a calendar holds until its last event is over, however many touch") {
  const test::TemporaryFolder folder;
  std::string events = "id,start,end\n";
  Time begin = parse_time("2024-03-01T00:00:00Z").value();
  for (int event = 0; event < 40; ++event, begin += 24h) {
    events += "e" + std::to_string(event) + "," + format_time(begin) + "," + format_time(begin + 24h) + "\n";
  }
  folder.write("events.csv", events);
  const auto policy = make_drift_policy({}, {.max_weekend_retrains = 0, .calendar = folder / "events.csv"}).value();

  const auto decision = policy->decide({.severity = 1}, {.now = {parse_time("2024-03-01T12:00:00Z").value(), 10'000h, "boot"}});

  CHECK(decision.verdict == AlertVerdict::capped);
  CHECK(decision.next_eligible_at == begin);
}
