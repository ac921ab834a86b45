// The transactions: everything that changes what was decided, each a single function to be run inside one Writer transaction.
// T1 accept · T2 claim · T3 register the candidate · T4 decide · T5 confirm or roll back · T6 delivered.
#pragma once

#include <retrain/drift_policy.hpp>
#include <retrain/run.hpp>

#include "base/uuid.hpp"
#include "connection.hpp"
#include "deployment_table.hpp"
#include "record_tables.hpp"
#include "run_table.hpp"

namespace retrain::store {

/// Who writes, when, and where new ids come from.
struct Stamp {
  const std::string& model;
  Instant now;
  base::IdSource& ids;
};

/// Queues an event and writes the audit line of the same content.
Status record(Connection& db, const Stamp& stamp, std::string_view type, const std::string& run, const std::string& data_json);

/// What the policy must know about the past.
Result<DriftContext> read_drift_context(Connection& db, const std::string& model, const Alert& alert, const Instant& now);

struct AlertInput {
  Alert alert;
  std::string payload;  ///< as received, JSON text
  std::size_t max_queue = 100;
  std::optional<std::int64_t> detection_version;  ///< raised by our own detector about this deployment …
  std::int64_t detection_sessions = 0;            ///< … after so many sessions
};
/// T1: context, verdict, alert, run or merge, calendar slot, event.
Result<AlertDecision> accept_alert(Connection& db, const Stamp& stamp, const AlertInput& input, const DriftPolicy& policy);
/// T1 for text that is no alert.
Result<AlertDecision> store_invalid_alert(Connection& db, const Stamp& stamp, const Alert& alert, const std::string& payload,
                                          const std::string& reason);
/// T1 for a person's wish; `again` is the run it repeats.
Result<RunId> accept_manual_run(Connection& db, const Stamp& stamp, const ManualRun& request, std::size_t max_queue,
                                const RunRow* again = nullptr);

/// T2: the attempt counts before any work starts. Fails with conflict when other parts than `parts` began the run, or while the
/// queue is paused and nobody asked to end the run.
Result<Lease> claim_run(Connection& db, const Stamp& stamp, const RunRow& seen, const std::string& owner, Time lease_until,
                        const std::string& parts, bool allow_other_parts);
/// Puts a claimed run back. That it waits for the same as before is no news.
Status postpone_run(Connection& db, const Stamp& stamp, const Lease& lease, Wait wait);

/// T3: the candidate's files exist; now it is known, with the step that made it.
Status register_candidate(Connection& db, const Stamp& stamp, const Lease& lease, const ModelRow& candidate,
                          const std::string& step_result);

/// How a run ends.
struct Ending {
  std::optional<Step> step;  ///< the step whose result this is, if one finished
  std::string step_result = "{}";
  Outcome outcome = Outcome::failed;
  std::string reason;
  std::string message;  ///< for people
  std::optional<ModelRef> promoted;
  std::int64_t known_sessions = 0;
  std::string findings = "[]";  ///< a JSON array for the event: what was wrong with the data
};
/// T4: decision, pointer, stable when it is the first model, event. Fails with conflict when a hold stands in the way of a
/// promotion, and with cancelled when somebody asked to end the run that would be promoted.
Status decide_run(Connection& db, const Stamp& stamp, const Lease& lease, const Ending& ending);

/// T5, good: the provisional deployment `version` becomes stable.
Status confirm_deployment(Connection& db, const Stamp& stamp, std::int64_t version, const std::string& reason);

struct RollbackPlan {
  DeploymentRow from;
  ModelRef to;
  std::string actor, reason;
  Quarantine quarantine;
  std::optional<Time> hold_until;
  bool safe_mode = false;  ///< too many rollbacks: the hold has no end
};
/// T5, bad: pointer to a stable model, quarantine, hold, event.
Status roll_back(Connection& db, const Stamp& stamp, const RollbackPlan& plan);

/// Returns the number of the silence.
Result<std::int64_t> set_silence(Connection& db, const Stamp& stamp, const Silence& silence);
/// Fails with not_found when no silence of this number is in force.
Status end_silence(Connection& db, const Stamp& stamp, std::int64_t id, const std::string& actor);

Status set_hold(Connection& db, const Stamp& stamp, const Hold& hold);
/// Fails with not_found when nothing is held.
Status lift_hold(Connection& db, const Stamp& stamp, const Lift& lift);

/// T6: these events reached the notifier.
Status mark_delivered(Connection& db, const std::vector<std::int64_t>& sequences, Time now);

}  // namespace retrain::store
