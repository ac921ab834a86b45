// DriftPolicy: decides whether an alert may start a run. Implement it to bring your own rules.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <retrain/alert.hpp>
#include <retrain/part.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

struct DriftSettings;
struct ScheduleSettings;

enum class AlertVerdict {
  accepted,
  merged,
  escalated,
  below_threshold,
  debounced,
  cooling_down,
  capped,
  held,
  silenced,
  resolved,
  duplicate,
  stale,
  invalid
};
std::string_view to_string(AlertVerdict verdict);

/// What was decided, why, and when the answer would change.
struct AlertDecision {
  AlertVerdict verdict = AlertVerdict::invalid;
  std::string reason;
  std::optional<Time> next_eligible_at;  ///< earliest instant at which the same alert would pass; empty = not by waiting
  std::optional<Time> run_not_before;    ///< for accepted: the run starts no earlier (settle window)
  std::string calendar_window;           ///< for accepted: the capped window whose slot this run takes; empty = none
  bool clock_suspect = false;            ///< the wall clock was stepped since the event this was decided from
  std::string alert_id;                  ///< filled by the pipeline: the stored alert
  std::string run_id;                    ///< filled by the pipeline: the run it started or joined
};

/// What happened before, read by the pipeline in the same transaction that stores the verdict.
struct DriftContext {
  Instant now;
  bool seen_before = false;  ///< an alert with this source and id is stored already

  /// The last alert with the same dedup key that was accepted, escalated or merged.
  struct Group {
    Instant opened;  ///< when the group's run was asked for
    double worst_severity = 0;
    int count = 0;
  };
  std::optional<Group> group;
  bool run_waiting = false;                  ///< a run of this model is queued
  bool run_active = false;                   ///< a run of this model is under way
  double waiting_severity = 0;               ///< worst severity of the alerts behind that run
  std::optional<Instant> last_trained;       ///< end of the last run of this model that trained
  double last_severity = 0;                  ///< severity behind that run
  std::map<std::string, int> window_counts;  ///< calendar window → slots taken
  struct Hold {
    std::string reason;
    std::string actor;
    std::optional<Time> until;  ///< empty = until lifted
  };
  std::optional<Hold> hold;
  /// A silence in force that covers the alert, the longest of them.
  struct Silence {
    std::string reason;
    std::string actor;
    Time until;
  };
  std::optional<Silence> silence;
  std::vector<Instant> recent_runs;  ///< when runs that trained, or may yet, were asked for by alerts; oldest first
};

/// Pure: the same arguments give the same decision. Threads: called with the pipeline's writer, one call at a time.
class DriftPolicy {
 public:
  DriftPolicy() = default;
  DriftPolicy(const DriftPolicy&) = delete;
  DriftPolicy& operator=(const DriftPolicy&) = delete;
  virtual ~DriftPolicy();

  virtual PartId id() const = 0;
  /// Decides about a valid alert.
  virtual AlertDecision decide(const Alert& alert, const DriftContext& context) const = 0;
};

/// The default: inclusive threshold, merging debounce, cooldown from the end of a run that trained, escalation, a cap per weekend
/// in an IANA zone or per event of a calendar, a rate, silences and holds. Fails with invalid_argument for an unknown zone or day
/// or a bad calendar, not_found when the calendar file is not there.
Result<std::shared_ptr<DriftPolicy>> make_drift_policy(const DriftSettings& drift, const ScheduleSettings& schedule);

}  // namespace retrain
