#include "resolution.hpp"

namespace retrain::store {

Result<std::optional<RunRow>> run_left_unasked(Connection& db, const Alert& alert, const std::string& model,
                                               AlertDecision& decision) {
  if (decision.verdict != AlertVerdict::resolved) return std::optional<RunRow>{};
  auto row = db.prepare(
      "SELECT r.id FROM runs r WHERE r.model = $1 AND r.state <> 'finished' AND r.state = 'queued' AND r.manual = 0 AND "
      "r.trained = 0 "
      "AND EXISTS (SELECT 1 FROM alerts a WHERE a.run_id = r.id AND a.dedup_key = $2) "
      "AND NOT EXISTS (SELECT 1 FROM (SELECT dedup_key, max(rowid) AS newest FROM alerts WHERE run_id = r.id AND dedup_key <> $2 "
      "GROUP BY dedup_key) a WHERE a.newest > (SELECT coalesce(max(o.rowid), 0) FROM alerts o WHERE o.model = $1 AND o.dedup_key "
      "= a.dedup_key AND o.verdict = 'resolved'))");
  row.with(model, alert.dedup_key);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return std::optional<RunRow>{};
  auto run = load_run(db, row.text(0));
  if (!run) return run.status();
  decision.reason += "; run " + run->id + ", which waited for nothing else, is cancelled";
  return std::optional<RunRow>(std::move(*run));
}

}  // namespace retrain::store
