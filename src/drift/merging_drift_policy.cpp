// The default DriftPolicy: alerts merge into the run that waits, and every refusal says when it would end.
#include <algorithm>
#include <cmath>
#include <functional>
#include <retrain/config.hpp>
#include <retrain/drift_policy.hpp>

#include "base/text.hpp"
#include "event_calendar.hpp"
#include "weekend_calendar.hpp"

namespace retrain {
namespace {

using drift::CalendarWindow;
using drift::EventCalendar;
using drift::WeekendCalendar;

struct Windows {
  std::function<std::optional<CalendarWindow>(Time)> at;
  std::size_t most = 0;  ///< how many there are; 0 = without end
};

// 0.9 is a step of 0.1 above 0.8, though their difference as doubles is a little less.
constexpr double severity_rounding = 1e-9;

std::string show(double severity) {
  return base::format_short(severity);
}

/// A refusal that ends by itself, unless the alert is bad enough to break it.
struct Wait {
  Duration remaining{};
  bool broken = false;
};

class MergingDriftPolicy final : public DriftPolicy {
 public:
  MergingDriftPolicy(const DriftSettings& drift, const ScheduleSettings& schedule, Windows windows)
      : drift_(drift), schedule_(schedule), windows_(std::move(windows)) {}

  PartId id() const override { return {"merging_drift_policy", "2"}; }

  AlertDecision decide(const Alert& alert, const DriftContext& context) const override {
    if (context.seen_before) {
      return {AlertVerdict::duplicate,
              "alert '" + base::printable(alert.id) + "' from '" + base::printable(alert.source) + "' is stored already"};
    }
    if (alert.resolved) return {AlertVerdict::resolved, "the source reports that the condition is over"};
    // Written so that a severity that is not a number falls below, too.
    if (!(alert.severity >= drift_.severity_threshold)) {
      return {AlertVerdict::below_threshold,
              "severity " + show(alert.severity) + " is below the threshold " + show(drift_.severity_threshold)};
    }
    if (const auto age = age_over_limit(alert, context)) {
      return {AlertVerdict::stale,
              "the source saw it " + format_duration(*age) + " ago, alert_ttl is " + format_duration(drift_.alert_ttl)};
    }
    if (context.silence) return {AlertVerdict::silenced, silence_reason(*context.silence), end_of_silence(alert, context)};
    if (context.run_waiting) {
      return {AlertVerdict::merged,
              "joins the waiting run, whose worst severity is now " + show(std::max(alert.severity, context.waiting_severity))};
    }
    if (context.run_active) return {AlertVerdict::merged, "a run is under way; severity " + show(alert.severity) + " joins it"};
    AlertDecision decision = decide_by_time(alert, context);
    const auto suspect = [&](const Instant& then) { return clock_suspect(then, context.now); };
    decision.clock_suspect = (context.group && suspect(context.group->opened)) ||
                             (context.last_trained && suspect(*context.last_trained)) ||
                             (!context.recent_runs.empty() && suspect(context.recent_runs.back()));
    return decision;
  }

 private:
  std::optional<Duration> age_over_limit(const Alert& alert, const DriftContext& context) const {
    if (drift_.alert_ttl <= Duration{} || !alert.raised_at) return std::nullopt;
    const Duration age = context.now.wall - *alert.raised_at;
    return age > drift_.alert_ttl ? std::optional(age) : std::nullopt;
  }

  static bool is_held(const DriftContext& context) {
    return context.hold && (!context.hold->until || *context.hold->until > context.now.wall);
  }

  /// The first instant from `earliest` on at which hold, debounce, cooldown, rate and caps all let the alert pass.
  std::optional<Time> eligible_from(Time earliest, const Alert& alert, const DriftContext& context) const {
    const Time now = context.now.wall;
    Time free_at = std::max(earliest, now + wait_for_rate(context));
    if (is_held(context)) {
      if (!context.hold->until) return std::nullopt;
      free_at = std::max(free_at, *context.hold->until);
    }
    for (const auto& wait : {debounce_of(alert, context), cooldown_of(alert, context)}) {
      if (wait && !wait->broken) free_at = std::max(free_at, now + wait->remaining);
    }
    return first_free_slot(free_at, context);
  }

  /// When a silenced alert would pass; while a run waits or works it would join that one as soon as the silence is over.
  std::optional<Time> end_of_silence(const Alert& alert, const DriftContext& context) const {
    const bool joins = context.run_waiting || context.run_active;
    return joins ? std::optional(context.silence->until) : eligible_from(context.silence->until, alert, context);
  }

  AlertDecision decide_by_time(const Alert& alert, const DriftContext& context) const {
    const Time now = context.now.wall;
    const std::optional<Wait> debounce = debounce_of(alert, context);
    const std::optional<Wait> cooldown = cooldown_of(alert, context);
    const bool debounced = debounce && !debounce->broken;
    const bool cooling_down = cooldown && !cooldown->broken;
    const Duration refill = wait_for_rate(context);
    const auto window = windows_.at(now);
    const bool full = window && is_full(*window, context);
    const bool refused = is_held(context) || debounced || cooling_down || refill > Duration{} || full;
    const std::optional<Time> eligible = refused ? eligible_from(now, alert, context) : std::nullopt;

    if (is_held(context)) return {AlertVerdict::held, hold_reason(*context.hold), eligible};
    if (debounced) {
      return {AlertVerdict::debounced,
              "an alert of this key was accepted " + format_duration(drift_.debounce - debounce->remaining) +
                  " ago, the debounce is " + format_duration(drift_.debounce),
              eligible};
    }
    if (cooling_down) {
      return {AlertVerdict::cooling_down,
              "a run trained " + format_duration(drift_.cooldown - cooldown->remaining) + " ago, the cooldown is " +
                  format_duration(drift_.cooldown),
              eligible};
    }
    if (refill > Duration{}) {
      return {AlertVerdict::capped,
              std::to_string(schedule_.rate_burst) + (schedule_.rate_burst == 1 ? " run has" : " runs have") +
                  " used up the rate, one more is let start every " + format_duration(schedule_.rate_refill),
              eligible};
    }
    if (full) {
      return {AlertVerdict::capped,
              std::to_string(slots_taken(*window, context)) + " of " + std::to_string(schedule_.max_weekend_retrains) +
                  " runs of " + window->id + " are taken",
              eligible};
    }
    AlertDecision decision;
    const bool escalated = debounce || cooldown;
    decision.verdict = escalated ? AlertVerdict::escalated : AlertVerdict::accepted;
    decision.reason = "severity " + show(alert.severity) + " reaches the threshold " + show(drift_.severity_threshold);
    if (escalated) decision.reason = escalation_reason(alert, context, debounce.has_value(), cooldown.has_value());
    decision.run_not_before = now + drift_.settle;
    if (window) decision.calendar_window = window->id;
    return decision;
  }

  std::optional<Wait> debounce_of(const Alert& alert, const DriftContext& context) const {
    if (!context.group) return std::nullopt;
    return wait_of(context.group->opened, drift_.debounce, context.group->worst_severity, alert, context);
  }

  std::optional<Wait> cooldown_of(const Alert& alert, const DriftContext& context) const {
    if (!context.last_trained) return std::nullopt;
    return wait_of(*context.last_trained, drift_.cooldown, context.last_severity, alert, context);
  }

  std::optional<Wait> wait_of(const Instant& since, Duration length, double severity_then, const Alert& alert,
                              const DriftContext& context) const {
    const Duration passed = elapsed(since, context.now);
    if (passed >= length) return std::nullopt;
    const bool broken = drift_.escalation_step && alert.severity - severity_then >= *drift_.escalation_step - severity_rounding;
    return Wait{length - passed, broken};
  }

  /// A bucket of rate_burst tokens, one back every rate_refill: the time until it holds one, zero when it does. It is counted in
  /// the time that its tokens take to come back, so that the answer is right to the microsecond.
  Duration wait_for_rate(const DriftContext& context) const {
    const Duration token = schedule_.rate_refill;
    if (schedule_.rate_burst == 0 || token <= Duration{}) return {};
    if (schedule_.rate_burst > context.recent_runs.size()) return {};
    const Duration full = token * static_cast<Duration::rep>(schedule_.rate_burst);
    Duration held = full;
    const Instant* before = nullptr;
    const auto pass = [&](const Instant& now) {
      if (before != nullptr) held = std::min(full, held + std::min(full, elapsed(*before, now)));
      before = &now;
    };
    for (const Instant& run : context.recent_runs) {
      pass(run);
      held = std::max(Duration{}, held - token);
    }
    pass(context.now);
    return std::max(Duration{}, token - held);
  }

  std::string escalation_reason(const Alert& alert, const DriftContext& context, bool debounce, bool cooldown) const {
    const double before = std::max(debounce ? context.group->worst_severity : 0.0, cooldown ? context.last_severity : 0.0);
    return "severity " + show(alert.severity) + " exceeds " + show(before) + " by the escalation step " +
           show(*drift_.escalation_step) + " or more and breaks the " +
           (debounce && cooldown ? "debounce and the cooldown"
            : debounce           ? "debounce"
                                 : "cooldown");
  }

  static std::string silence_reason(const DriftContext::Silence& silence) {
    return "silenced by " + (silence.actor.empty() ? "an unnamed actor" : base::printable(silence.actor)) + " until " +
           format_time(silence.until) + (silence.reason.empty() ? "" : ": " + base::printable(silence.reason, 200));
  }

  static std::string hold_reason(const DriftContext::Hold& hold) {
    return "held by " + (hold.actor.empty() ? "an unnamed actor" : base::printable(hold.actor)) +
           (hold.until ? " until " + format_time(*hold.until) : " until lifted") +
           (hold.reason.empty() ? "" : ": " + base::printable(hold.reason, 200));
  }

  static int slots_taken(const CalendarWindow& window, const DriftContext& context) {
    const auto found = context.window_counts.find(window.id);
    return found == context.window_counts.end() ? 0 : found->second;
  }

  bool is_full(const CalendarWindow& window, const DriftContext& context) const {
    return slots_taken(window, context) >= schedule_.max_weekend_retrains;
  }

  /// The first instant from `time` on that no full window covers; nothing when full windows follow each other for ever.
  std::optional<Time> first_free_slot(Time time, const DriftContext& context) const {
    // Each full window is either counted or full by a cap of zero, which repeats week by week or ends with the calendar.
    const std::size_t enough = context.window_counts.size() + windows_.most + 2;
    for (std::size_t full = 0; full < enough; ++full) {
      const auto window = windows_.at(time);
      if (!window || !is_full(*window, context)) return time;
      time = window->end;
    }
    return std::nullopt;
  }

  DriftSettings drift_;
  ScheduleSettings schedule_;
  Windows windows_;
};

}  // namespace

Result<std::shared_ptr<DriftPolicy>> make_drift_policy(const DriftSettings& drift, const ScheduleSettings& schedule) {
  if (schedule.max_weekend_retrains < 0) {
    return Status{StatusCode::invalid_argument,
                  "max_weekend_retrains " + std::to_string(schedule.max_weekend_retrains) + " is below 0"};
  }
  Windows windows;
  if (schedule.calendar.empty()) {
    auto weekends = WeekendCalendar::make(schedule.zone, schedule.weekend_days);
    if (!weekends) return weekends.status();
    windows.at = [calendar = std::move(*weekends)](Time time) { return calendar.window_at(time); };
  } else {
    auto events = EventCalendar::read(schedule.calendar, schedule.zone);
    if (!events) return events.status();
    windows.most = events->size();
    windows.at = [calendar = std::move(*events)](Time time) { return calendar.window_at(time); };
  }
  return std::shared_ptr<DriftPolicy>(std::make_shared<MergingDriftPolicy>(drift, schedule, std::move(windows)));
}

}  // namespace retrain
