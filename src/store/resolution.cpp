#include "resolution.hpp"

#include "base/json.hpp"

namespace retrain::store {

Result<std::optional<RunRow>> run_left_unasked(Connection& db, const Alert& alert, const std::string& model,
                                               AlertDecision& decision) {
  if (decision.verdict != AlertVerdict::resolved) return std::optional<RunRow>{};
  auto row = db.prepare(
      "SELECT r.id FROM runs r WHERE r.model = $1 AND r.state = 'queued' AND r.manual = 0 AND r.trained = 0 "
      "AND EXISTS (SELECT 1 FROM alerts a WHERE a.run_id = r.id AND a.dedup_key = $2) "
      "AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.run_id = r.id AND a.dedup_key <> $2 AND NOT EXISTS "
      "(SELECT 1 FROM alerts o WHERE o.model = $1 AND o.dedup_key = a.dedup_key AND o.verdict = 'resolved' "
      "AND (o.received_us, o.id) > (a.received_us, a.id)))");
  row.with(model, alert.dedup_key);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return std::optional<RunRow>{};
  auto run = load_run(db, row.text(0));
  if (!run) return run.status();
  decision.reason += "; run " + run->id + ", which waited for nothing else, is cancelled";
  return std::optional<RunRow>(std::move(*run));
}

Status cancel_run(Connection& db, const Stamp& stamp, const RunRow& run, const std::string& alert_id) {
  auto give_back = db.prepare(
      "UPDATE calendar_counts SET taken = taken - 1 WHERE (model, window) IN "
      "(SELECT model, calendar_window FROM runs WHERE id = $1 AND state = 'queued' AND slot_taken = 1)");
  if (Status status = give_back.with(run.id).run(); !status) return status;
  const std::string reason = "alert " + alert_id + " reports that the cause is over";
  auto update = db.prepare(
      "UPDATE runs SET state = 'finished', outcome = 'cancelled', reason = $2, finished_us = $3, finished_boot_us = $4, "
      "finished_boot_id = $5, slot_taken = 0 WHERE id = $1 AND state = 'queued'");
  update.with(run.id, reason, stamp.now.wall, stamp.now.boot.count(), stamp.now.boot_id);
  if (Status status = update.run(); !status) return status;
  if (update.changes() != 1) return {StatusCode::lease_lost, "run " + run.id + " does not wait any more"};
  const base::Json data = {{"reason", reason}, {"message", "cancelled: " + reason}, {"sha256", nullptr}};
  return record(db, stamp, "run.cancelled", run.id, base::dump(data));
}

}  // namespace retrain::store
