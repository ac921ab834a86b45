// The smaller tables: alerts, sessions, evaluations, holds, the outbox, and which models a state directory serves.
#pragma once

#include <retrain/dvc.hpp>
#include <retrain/event.hpp>
#include <retrain/pipeline_status.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

/// Binds `model` to its task, target and features, or fails with conflict when it is bound to others, both named.
Status bind_model(Connection& db, const std::string& model, const std::string& task, const std::string& target,
                  const std::string& features, Time now);

/// Alerts of one dedup key since the one that asked for a run, up to and with the one that carries it.
struct AlertGroup {
  int count = 0;  ///< 0 = an alert that belongs to none
  double worst = 0;
};
/// `payload` is what was received, as JSON text.
Status insert_alert(Connection& db, const Alert& alert, const AlertDecision& decision, const std::string& payload,
                    const AlertGroup& group, const Instant& now);
Result<std::vector<StoredAlert>> list_alerts(Connection& db, const std::string& model, std::size_t limit);
/// Ids of the alerts behind a run, in order of arrival.
Result<std::vector<std::string>> alerts_of_run(Connection& db, const RunId& run);

/// Remembers sessions; a new one gets the next ordinal, a known one its new size and hash.
Status upsert_sessions(Connection& db, const std::string& model, const std::vector<Session>& sessions, Time now);
struct SessionRow {
  Session session;
  std::int64_t ordinal = 0;
  Time seen{};  ///< first
};
Result<std::vector<SessionRow>> list_sessions(Connection& db, const std::string& model, std::int64_t after_ordinal);

/// All of them: what is not among `digests` any more is forgotten.
Status replace_digests(Connection& db, const std::string& model, const std::vector<FileDigest>& digests);
Result<std::vector<FileDigest>> list_digests(Connection& db, const std::string& model);

struct EvaluationRow {
  RunId run;
  std::string sha256, holdout, context, session_sums, settings;
};
Status insert_evaluation(Connection& db, const std::string& model, const EvaluationRow& row, Time now);
Result<std::optional<EvaluationRow>> load_evaluation(Connection& db, const RunId& run);
Result<int> count_holdout_uses(Connection& db, const std::string& model, const std::string& holdout);

/// `kind`: manual | rollback | safe_mode.
Status insert_hold(Connection& db, const std::string& model, const Hold& hold, const std::string& kind, Time now);
Result<int> lift_holds(Connection& db, const std::string& model, const Lift& lift, Time now);
struct HoldRow {
  Hold hold;
  std::string kind;
};
/// The hold in force at `now` that lasts longest.
Result<std::optional<HoldRow>> active_hold(Connection& db, const std::string& model, Time now);

Status insert_event(Connection& db, const Event& event);
struct PendingEvent {
  std::int64_t sequence = 0;
  Event event;
  int attempts = 0;
  Time next_try{};
};
/// In order; a later event waits for an earlier one.
Result<std::vector<PendingEvent>> pending_events(Connection& db, const std::string& model, std::size_t limit);
Result<std::size_t> count_pending_events(Connection& db, const std::string& model);
Status postpone_event(Connection& db, std::int64_t sequence, Time next_try);

Result<std::map<std::string, int>> calendar_counts(Connection& db, const std::string& model);
Status take_calendar_slot(Connection& db, const std::string& model, const std::string& window);

}  // namespace retrain::store
