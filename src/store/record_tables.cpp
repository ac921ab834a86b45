#include "record_tables.hpp"

#include <cmath>

namespace retrain::store {
namespace {

AlertVerdict verdict_of(const std::string& text) {
  for (const AlertVerdict verdict :
       {AlertVerdict::accepted, AlertVerdict::merged, AlertVerdict::escalated, AlertVerdict::below_threshold,
        AlertVerdict::debounced, AlertVerdict::cooling_down, AlertVerdict::capped, AlertVerdict::held, AlertVerdict::silenced,
        AlertVerdict::resolved, AlertVerdict::duplicate, AlertVerdict::stale}) {
    if (to_string(verdict) == text) return verdict;
  }
  return AlertVerdict::invalid;
}

/// One integer that a query counts.
Result<std::int64_t> count(Statement row) {
  const auto found = row.next();
  if (!found) return found.status();
  return row.integer(0);
}

}  // namespace

Status bind_model(Connection& db, const std::string& model, const std::string& task, const std::string& target,
                  const std::string& features, Time now) {
  auto row = db.prepare("SELECT task, target, features FROM bindings WHERE model = $1");
  row.with(model);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) {
    return db.prepare("INSERT INTO bindings (model, task, target, features, created_us) VALUES ($1, $2, $3, $4, $5)")
        .with(model, task, target, features, now)
        .run();
  }
  const auto differs = [&](const char* what, const std::string& stored, const std::string& asked) {
    return Status{StatusCode::conflict,
                  "model " + model + " has " + what + " " + stored + " in this state, the configuration says " + asked};
  };
  if (row.text(0) != task) return differs("task", row.text(0), task);
  if (row.text(1) != target) return differs("target", row.text(1), target);
  if (row.text(2) != features) return differs("features", row.text(2), features);
  return {};
}

Status insert_alert(Connection& db, const Alert& alert, const AlertDecision& decision, const std::string& payload,
                    const AlertGroup& group, const Instant& now) {
  return db
      .prepare(
          "INSERT INTO alerts (id, model, source, source_id, dedup_key, severity, payload, received_us, boot_us, boot_id, "
          "verdict, reason, next_eligible_us, clock_suspect, run_id, group_count, group_worst) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)")
      .with(decision.alert_id, alert.model, alert.source, alert.id, alert.dedup_key,
            std::isfinite(alert.severity) ? std::optional<double>(alert.severity) : std::nullopt, payload, now.wall,
            now.boot.count(), now.boot_id, to_string(decision.verdict), decision.reason, decision.next_eligible_at,
            decision.clock_suspect, decision.run_id.empty() ? std::nullopt : std::optional<std::string>(decision.run_id),
            group.count, group.worst)
      .run();
}

Result<std::vector<StoredAlert>> list_alerts(Connection& db, const std::string& model, std::size_t limit) {
  auto row = db.prepare(
      "SELECT id, source, source_id, dedup_key, severity, payload, received_us, verdict, reason, next_eligible_us, "
      "clock_suspect, run_id "
      "FROM alerts WHERE model = $1 ORDER BY rowid DESC LIMIT $2");
  row.with(model, limit);
  std::vector<StoredAlert> alerts;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return alerts;
    StoredAlert stored;
    stored.alert.model = model;
    stored.alert.source = row.text(1);
    stored.alert.id = row.text(2);
    stored.alert.dedup_key = row.text(3);
    stored.alert.severity = row.is_null(4) ? std::nan("") : row.real(4);
    stored.alert.detail = row.text(5);
    stored.received = row.time(6);
    stored.decision.alert_id = row.text(0);
    stored.decision.verdict = verdict_of(row.text(7));
    stored.decision.reason = row.text(8);
    stored.decision.next_eligible_at = row.maybe_time(9);
    stored.decision.clock_suspect = row.integer(10) != 0;
    stored.decision.run_id = row.text(11);
    alerts.push_back(std::move(stored));
  }
}

Result<std::vector<std::string>> alerts_of_run(Connection& db, const RunId& run) {
  auto row = db.prepare("SELECT id FROM alerts WHERE run_id = $1 ORDER BY received_us, id");
  row.with(run);
  std::vector<std::string> ids;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return ids;
    ids.push_back(row.text(0));
  }
}

Status upsert_sessions(Connection& db, const std::string& model, const std::vector<Session>& sessions, Time now) {
  for (const Session& session : sessions) {
    Status status =
        db.prepare(
              "INSERT INTO sessions (model, id, path, sha256, size, rows, used_rows, time_us, seen_us, ordinal) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT coalesce(max(ordinal), 0) + 1 FROM sessions WHERE model = "
              "$1)) "
              "ON CONFLICT (model, id) DO UPDATE SET path = $3, sha256 = $4, size = $5, rows = $6, used_rows = $7, time_us = $8")
            .with(model, session.id, session.path, session.sha256, static_cast<std::int64_t>(session.size), session.rows,
                  session.used_rows, session.time, now)
            .run();
    if (!status) return status;
  }
  return {};
}

Result<std::vector<SessionRow>> list_sessions(Connection& db, const std::string& model, std::int64_t after_ordinal) {
  auto row = db.prepare(
      "SELECT id, path, sha256, size, rows, used_rows, time_us, ordinal, seen_us FROM sessions WHERE model = $1 AND ordinal > $2 "
      "ORDER BY "
      "ordinal");
  row.with(model, after_ordinal);
  std::vector<SessionRow> sessions;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return sessions;
    sessions.push_back({{.id = row.text(0),
                         .path = row.text(1),
                         .sha256 = row.text(2),
                         .size = static_cast<std::uint64_t>(row.integer(3)),
                         .rows = row.integer(4),
                         .used_rows = row.integer(5),
                         .time = row.maybe_time(6)},
                        row.integer(7),
                        row.time(8)});
  }
}

Status replace_digests(Connection& db, const std::string& model, const std::vector<FileDigest>& digests) {
  if (Status status = db.prepare("DELETE FROM file_digests WHERE model = $1").with(model).run(); !status) return status;
  for (const FileDigest& digest : digests) {
    Status status = db.prepare(
                          "INSERT INTO file_digests (model, path, size, modified_ns, changed_ns, inode, md5) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (model, path) DO NOTHING")
                        .with(model, digest.path, static_cast<std::int64_t>(digest.size), digest.modified_ns, digest.changed_ns,
                              static_cast<std::int64_t>(digest.inode), digest.md5)
                        .run();
    if (!status) return status;
  }
  return {};
}

Result<std::vector<FileDigest>> list_digests(Connection& db, const std::string& model) {
  auto row =
      db.prepare("SELECT path, size, modified_ns, changed_ns, inode, md5 FROM file_digests WHERE model = $1 ORDER BY path");
  row.with(model);
  std::vector<FileDigest> digests;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return digests;
    digests.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), row.integer(2), row.integer(3),
                       static_cast<std::uint64_t>(row.integer(4)), row.text(5)});
  }
}

Status insert_evaluation(Connection& db, const std::string& model, const EvaluationRow& evaluation, Time now) {
  return db
      .prepare(
          "INSERT INTO evaluations (run_id, model, sha256, holdout, context, session_sums, created_us, settings) VALUES ($1, $2, "
          "$3, "
          "$4, $5, $6, $7, $8) "
          "ON CONFLICT (run_id) DO UPDATE SET sha256 = $3, holdout = $4, context = $5, session_sums = $6, created_us = $7, "
          "settings = $8")
      .with(evaluation.run, model, evaluation.sha256, evaluation.holdout, evaluation.context, evaluation.session_sums, now,
            evaluation.settings)
      .run();
}

Result<std::optional<EvaluationRow>> load_evaluation(Connection& db, const RunId& run) {
  auto row = db.prepare("SELECT sha256, holdout, context, session_sums, settings FROM evaluations WHERE run_id = $1");
  row.with(run);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return std::optional<EvaluationRow>{};
  return std::optional<EvaluationRow>(EvaluationRow{run, row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
}

Result<int> count_holdout_uses(Connection& db, const std::string& model, const std::string& holdout) {
  auto row = db.prepare("SELECT count(*) FROM evaluations WHERE model = $1 AND holdout = $2");
  row.with(model, holdout);
  const auto found = count(std::move(row));
  if (!found) return found.status();
  return static_cast<int>(*found);
}

Status insert_hold(Connection& db, const std::string& model, const Hold& hold, const std::string& kind, Time now) {
  return db.prepare("INSERT INTO holds (model, actor, reason, kind, since_us, until_us) VALUES ($1, $2, $3, $4, $5, $6)")
      .with(model, hold.actor, hold.reason, kind, now, hold.until)
      .run();
}

Result<int> lift_holds(Connection& db, const std::string& model, const Lift& lift, Time now) {
  auto update = db.prepare(
      "UPDATE holds SET lifted_us = $2, lifted_by = $3, lift_reason = $4 "
      "WHERE model = $1 AND lifted_us IS NULL AND (until_us IS NULL OR until_us > $2)");
  if (Status status = update.with(model, now, lift.actor, lift.reason).run(); !status) return status;
  return static_cast<int>(update.changes());
}

Result<std::optional<HoldRow>> active_hold(Connection& db, const std::string& model, Time now) {
  auto row = db.prepare(
      "SELECT actor, reason, until_us, kind FROM holds WHERE model = $1 AND lifted_us IS NULL AND (until_us IS NULL OR until_us "
      "> $2) "
      "ORDER BY until_us IS NULL DESC, until_us DESC, sequence DESC LIMIT 1");
  row.with(model, now);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return std::optional<HoldRow>{};
  return std::optional<HoldRow>(HoldRow{{row.text(0), row.text(1), row.maybe_time(2)}, row.text(3)});
}

Status insert_event(Connection& db, const Event& event) {
  return db
      .prepare(
          "INSERT INTO outbox (id, model, type, run_id, time_us, data, attempts, next_try_us) VALUES ($1, $2, $3, $4, $5, $6, 0, "
          "$5)")
      .with(event.id, event.model, event.type, event.run_id, event.time, event.data)
      .run();
}

Result<std::vector<PendingEvent>> pending_events(Connection& db, const std::string& model, std::size_t limit) {
  auto row = db.prepare(
      "SELECT sequence, id, type, run_id, time_us, data, attempts, next_try_us FROM outbox WHERE model = $1 AND delivered_us IS "
      "NULL "
      "ORDER BY sequence LIMIT $2");
  row.with(model, limit);
  std::vector<PendingEvent> events;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return events;
    events.push_back({row.integer(0),
                      {row.text(1), row.text(2), row.time(4), model, row.text(3), row.text(5)},
                      static_cast<int>(row.integer(6)),
                      row.time(7)});
  }
}

Result<std::size_t> count_pending_events(Connection& db, const std::string& model) {
  auto row = db.prepare("SELECT count(*) FROM outbox WHERE model = $1 AND delivered_us IS NULL");
  row.with(model);
  const auto found = count(std::move(row));
  if (!found) return found.status();
  return static_cast<std::size_t>(*found);
}

Status postpone_event(Connection& db, std::int64_t sequence, Time next_try) {
  return db.prepare("UPDATE outbox SET attempts = attempts + 1, next_try_us = $2 WHERE sequence = $1")
      .with(sequence, next_try)
      .run();
}

Result<std::map<std::string, int>> calendar_counts(Connection& db, const std::string& model) {
  auto row = db.prepare("SELECT window, taken FROM calendar_counts WHERE model = $1 ORDER BY window DESC LIMIT 64");
  row.with(model);
  std::map<std::string, int> counts;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return counts;
    counts[row.text(0)] = static_cast<int>(row.integer(1));
  }
}

Status take_calendar_slot(Connection& db, const std::string& model, const std::string& window) {
  return db
      .prepare(
          "INSERT INTO calendar_counts (model, window, taken) VALUES ($1, $2, 1) "
          "ON CONFLICT (model, window) DO UPDATE SET taken = taken + 1")
      .with(model, window)
      .run();
}

}  // namespace retrain::store
