// The policy over years in which clocks are stepped, machines restarted and zones change their offset, against an oracle that
// alone knows the true time.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <retrain/clock.hpp>
#include <retrain/config.hpp>
#include <retrain/drift_policy.hpp>

using namespace retrain;
using namespace std::chrono_literals;

namespace {

constexpr Duration debounce = 2h, cooldown = 20h, refill = 30h, training = 10min;
constexpr int cap = 2;
constexpr std::size_t burst = 3;

/// What one machine lives through. `true_time` and what follows from it is the oracle's; the policy sees instants only.
class Life {
 public:
  Life(std::uint64_t seed, const std::string& zone, bool clocks_are_stepped)
      : random_(seed), stepped_(clocks_are_stepped), clock_(parse_time("2023-03-20T00:00:00Z").value()) {
    const ScheduleSettings schedule{.zone = zone, .max_weekend_retrains = cap, .rate_burst = burst, .rate_refill = refill};
    policy_ = make_drift_policy({.debounce = debounce, .cooldown = cooldown}, schedule).value();
  }

  void live(int alerts) {
    for (int alert = 0; alert < alerts; ++alert) {
      pass(std::chrono::minutes(1 + below(240)));
      if (stepped_) disturb();
      ask();
    }
  }

  int accepted = 0, judged = 0, suspected = 0;
  std::map<std::string, int> taken;        ///< by window
  std::vector<Duration> true_acceptances;  ///< in true time

 private:
  /// A moment as the store keeps it, and as the oracle knows it.
  struct Moment {
    Instant instant;
    Duration true_time{};
    int boots = 0, steps = 0;
  };

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  Moment now() { return {clock_.now(), true_time_, boots_, steps_}; }

  void pass(Duration time) {
    clock_.advance(time);
    true_time_ += time;
  }

  void disturb() {
    if (below(60) == 0) {
      clock_.step_wall(std::chrono::minutes(below(60 * 24 * 20)) - 10 * 24h);
      ++steps_;
    }
    if (below(80) == 0) {
      pass(std::chrono::minutes(below(90)));  // switched off: the wall clock goes on
      clock_.reboot("boot-" + std::to_string(++boots_));
    }
  }

  /// Whether so much time has truly passed; nothing where a restart or a step leaves the clocks unable to say.
  std::optional<bool> passed(const std::optional<Moment>& since, Duration length) const {
    if (!since) return true;
    if (since->boots != boots_ && since->steps != steps_) return std::nullopt;
    return true_time_ - since->true_time >= length;
  }

  void ask() {
    DriftContext context{.now = clock_.now()};
    if (opened_) context.group = DriftContext::Group{opened_->instant, 0.8, 1};
    if (trained_) context.last_trained = trained_->instant;
    context.window_counts = taken;
    for (const Moment& run : runs_) context.recent_runs.push_back(run.instant);

    const AlertDecision decision = policy_->decide({.severity = 0.8}, context);
    const bool accepts = decision.verdict == AlertVerdict::accepted;
    suspected += decision.clock_suspect;
    judge(decision, accepts);
    if (!accepts) return;
    ++accepted;
    if (!decision.calendar_window.empty()) ++taken[decision.calendar_window];
    true_acceptances.push_back(true_time_);
    opened_ = now();
    runs_.push_back(*opened_);
    pass(training);
    trained_ = now();
  }

  void judge(const AlertDecision& decision, bool accepts) {
    const auto debounced = passed(opened_, debounce), cooled = passed(trained_, cooldown);
    if (!debounced || !cooled) return;
    ++judged;
    if (!*debounced || !*cooled) {
      if (accepts) FAIL_CHECK("too early at " << format_duration(true_time_) << ": " << decision.reason);
    } else if (decision.verdict == AlertVerdict::debounced || decision.verdict == AlertVerdict::cooling_down) {
      FAIL_CHECK("too late at " << format_duration(true_time_) << ": " << decision.reason);
    }
  }

  std::mt19937_64 random_;
  bool stepped_;
  ManualClock clock_;
  std::shared_ptr<DriftPolicy> policy_;
  Duration true_time_{};
  int boots_ = 0, steps_ = 0;
  std::optional<Moment> opened_, trained_;
  std::vector<Moment> runs_;
};

/// The most acceptances in any stretch of true time as long as `length`.
std::size_t most_within(const std::vector<Duration>& times, Duration length) {
  std::size_t most = 0, first = 0;
  for (std::size_t last = 0; last < times.size(); ++last) {
    while (times[last] - times[first] >= length) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

const char* const zones[] = {"UTC",       "Europe/Berlin",       "America/New_York", "Pacific/Apia",       "Africa/Casablanca",
                             "Asia/Gaza", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati", "America/Asuncion"};

}  // namespace

TEST_CASE("with steady clocks a year of alerts keeps every limit in true time, in zones with and without changes") {
  for (const char* zone : zones) {
    CAPTURE(zone);
    Life life(20230320, zone, false);

    life.live(4'000);

    CHECK(life.accepted > 80);
    CHECK(life.judged == 4'000);
    CHECK(life.suspected == 0);
    for (const auto& [window, taken] : life.taken) CHECK_MESSAGE(taken <= cap, window);
    // A full bucket, and what comes back in a stretch of its own length.
    CHECK(most_within(life.true_acceptances, refill) <= burst + 1);
    CHECK(most_within(life.true_acceptances, cooldown) <= 1);
  }
}

TEST_CASE("with stepped clocks and restarts no wait is shorter or longer than the clocks could tell, and no window takes more") {
  for (std::size_t seed = 0; seed < std::size(zones); ++seed) {
    CAPTURE(zones[seed]);
    Life life(20231029 + seed, zones[seed], true);

    life.live(4'000);

    CHECK(life.accepted > 80);
    CHECK(life.judged > 3'000);
    CHECK(life.suspected > 50);
    for (const auto& [window, taken] : life.taken) CHECK_MESSAGE(taken <= cap, window);
  }
}
