#include <doctest/doctest.h>

#include <random>
#include <retrain/clock.hpp>
#include <retrain/config.hpp>
#include <retrain/drift_policy.hpp>

using namespace retrain;
using namespace std::chrono_literals;

namespace {

/// A machine whose clocks are stepped and which is restarted, beside the true time that only the test knows.
class UnsteadyMachine {
 public:
  explicit UnsteadyMachine(std::uint64_t seed) : random_(seed), clock_(parse_time("2013-01-01T00:00:00Z").value()) {}

  void live_on() {
    const Duration passed = std::chrono::minutes(1 + below(180));
    clock_.advance(passed);
    true_time += passed;
    if (below(200) == 0) step(std::chrono::hours(24) * (static_cast<int>(below(406)) - 400));
    if (below(50) == 0) step(std::chrono::minutes(static_cast<int>(below(241)) - 120));
    if (below(150) == 0) {
      clock_.reboot("boot-" + std::to_string(++boots));
      booted_at = true_time;
    }
  }
  Instant now() { return clock_.now(); }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  Duration true_time{};
  Duration wall_error{};  ///< wall clock minus true time, up to a constant
  Duration booted_at{};
  int boots = 0;

 private:
  void step(Duration by) {
    clock_.step_wall(by);
    wall_error += by;
  }

  std::mt19937_64 random_;
  ManualClock clock_;
};

/// The last acceptance, as the policy knows it and as it truly was.
struct Accepted {
  Instant at;
  Duration true_time{};
  Duration wall_error{};
  int boots = 0;
};

}  // namespace

TEST_CASE("over years of clock steps and restarts no wait is cut short or drawn out that the clocks could have told") {
  const ScheduleSettings uncapped{.weekend_days = {}};
  const Duration debounce = 6h;
  const auto policy = make_drift_policy({.debounce = debounce, .cooldown = 0s}, uncapped).value();
  UnsteadyMachine machine(20130310);
  Accepted last{machine.now()};
  int accepted = 0, early = 0, drawn_out = 0, within_boot = 0;

  for (int alert = 0; alert < 100'000; ++alert) {
    machine.live_on();
    DriftContext context{.now = machine.now()};
    context.group = DriftContext::Group{last.at, 0.8, 1};

    const AlertDecision decision = policy->decide({.severity = 0.8}, context);
    const bool passes = decision.verdict == AlertVerdict::accepted;

    const Duration waited = machine.true_time - last.true_time;
    const Duration stepped = machine.wall_error - last.wall_error;

    if (machine.boots == last.boots) {
      ++within_boot;
      if (passes != (waited >= debounce)) FAIL_CHECK("waited " << format_duration(waited) << ": " << decision.reason);
    } else {
      const Duration uptime = machine.true_time - machine.booted_at;
      // Only a forward step and a restart together can cut a wait short, only a backward step draw it out, to one uptime.
      if (passes && waited < debounce) {
        ++early;
        CHECK(stepped > 0s);
      }
      if (!passes && waited >= debounce) {
        ++drawn_out;
        CHECK(stepped < 0s);
        CHECK(uptime < debounce);
      }
    }
    if (passes) {
      ++accepted;
      last = {machine.now(), machine.true_time, machine.wall_error, machine.boots};
    }
  }

  CHECK(accepted > 10'000);
  CHECK(within_boot > 50'000);
  CHECK(early < accepted / 1000);
  CHECK(drawn_out < accepted / 10);
}

TEST_CASE("a decision does not suspect a clock that went on steadily") {
  const auto policy = make_drift_policy({}, {}).value();
  ManualClock clock(parse_time("2013-01-01T00:00:00Z").value());
  DriftContext context{.last_trained = clock.now()};
  clock.advance(30min);
  context.group = DriftContext::Group{clock.now(), 0.8, 1};
  clock.advance(10min);
  context.now = clock.now();

  CHECK_FALSE(policy->decide({.severity = 0.8}, context).clock_suspect);
  clock.step_wall(-1h);
  context.now = clock.now();
  CHECK(policy->decide({.severity = 0.8}, context).clock_suspect);
}

TEST_CASE("a step of the clock is suspected also where only the runs of the rate remember it") {
  const auto policy = make_drift_policy({}, {}).value();
  ManualClock clock(parse_time("2013-01-01T00:00:00Z").value());
  DriftContext context{.recent_runs = {clock.now()}};
  clock.advance(72h);
  context.now = clock.now();
  CHECK_FALSE(policy->decide({.severity = 0.8}, context).clock_suspect);

  clock.step_wall(-24h);
  context.now = clock.now();

  CHECK(policy->decide({.severity = 0.8}, context).clock_suspect);
}
