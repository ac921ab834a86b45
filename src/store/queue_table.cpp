#include "queue_table.hpp"

namespace retrain::store {
namespace {

QueueHalt halt_in(const Statement& row) {
  return {row.text(1) == "draining" ? HaltKind::draining : HaltKind::paused, row.text(2), row.text(3), row.time(4),
          row.maybe_time(5)};
}

}  // namespace

Result<std::vector<RunRow>> open_runs(Connection& db) {
  auto ids = db.prepare("SELECT id FROM runs WHERE state <> 'finished' ORDER BY created_us, id");
  std::vector<RunRow> rows;
  for (;;) {
    const auto more = ids.next();
    if (!more) return more.status();
    if (!*more) return rows;
    auto row = load_run(db, ids.text(0));
    if (!row) return row.status();
    rows.push_back(std::move(*row));
  }
}

Result<std::optional<Time>> earliest_try(Connection& db) {
  auto row = db.prepare("SELECT min(not_before_us) FROM runs WHERE state <> 'finished' AND state = 'queued'");
  const auto found = row.next();
  if (!found) return found.status();
  return row.maybe_time(0);
}

Result<std::map<std::string, QueueHalt>> active_halts(Connection& db, Time now) {
  auto row = db.prepare(
      "SELECT model, kind, actor, reason, since_us, until_us FROM queue_halts WHERE until_us IS NULL OR until_us > $1");
  row.with(now);
  std::map<std::string, QueueHalt> halts;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return halts;
    halts.emplace(row.text(0), halt_in(row));
  }
}

Result<std::optional<QueueHalt>> active_halt(Connection& db, const std::string& model, Time now) {
  auto row = db.prepare(
      "SELECT model, kind, actor, reason, since_us, until_us FROM queue_halts WHERE model = $1 AND (until_us IS NULL OR "
      "until_us > $2)");
  row.with(model, now);
  const auto found = row.next();
  if (!found) return found.status();
  return *found ? std::optional<QueueHalt>(halt_in(row)) : std::nullopt;
}

Status put_halt(Connection& db, const std::string& model, const QueueHalt& halt) {
  return db
      .prepare(
          "INSERT INTO queue_halts (model, kind, actor, reason, since_us, until_us) VALUES ($1, $2, $3, $4, $5, $6) "
          "ON CONFLICT (model) DO UPDATE SET kind = $2, actor = $3, reason = $4, since_us = $5, until_us = $6")
      .with(model, to_string(halt.kind), halt.actor, halt.reason, halt.since, halt.until)
      .run();
}

Status remove_halt(Connection& db, const std::string& model) {
  return db.prepare("DELETE FROM queue_halts WHERE model = $1").with(model).run();
}

Result<std::optional<RunRow>> requeued_run(Connection& db, const RunId& run) {
  auto row = db.prepare("SELECT id FROM runs WHERE requeued_from = $1 AND requeued_from <> ''");
  row.with(run);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return std::optional<RunRow>{};
  auto loaded = load_run(db, row.text(0));
  if (!loaded) return loaded.status();
  return std::optional<RunRow>(std::move(*loaded));
}

Status mark_cancelled(Connection& db, const RunId& run, const std::string& actor, const std::string& reason) {
  return db.prepare("UPDATE runs SET cancelled_by = $2, cancel_reason = $3 WHERE id = $1 AND state <> 'finished'")
      .with(run, actor, reason)
      .run();
}

Result<std::string> cancelled_by(Connection& db, const RunId& run) {
  auto row = db.prepare("SELECT cancelled_by FROM runs WHERE id = $1");
  row.with(run);
  const auto found = row.next();
  if (!found) return found.status();
  return *found ? row.text(0) : std::string();
}

Result<std::optional<Sighting>> find_sighting(Connection& db, const RunId& run, const std::string& boot_id) {
  auto row = db.prepare("SELECT fence, lease_until_us, seen_boot_us FROM lease_sightings WHERE run_id = $1 AND boot_id = $2");
  row.with(run, boot_id);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return std::optional<Sighting>{};
  return std::optional<Sighting>(Sighting{row.integer(0), row.time(1), Duration(row.integer(2))});
}

Status put_sighting(Connection& db, const RunId& run, const std::string& boot_id, const Sighting& sighting) {
  return db
      .prepare(
          "INSERT INTO lease_sightings (run_id, boot_id, fence, lease_until_us, seen_boot_us) VALUES ($1, $2, $3, $4, $5) "
          "ON CONFLICT (run_id, boot_id) DO UPDATE SET fence = $3, lease_until_us = $4, seen_boot_us = $5")
      .with(run, boot_id, sighting.fence, sighting.lease_until, sighting.seen.count())
      .run();
}

Status forget_sightings(Connection& db, const RunId& run) {
  return db.prepare("DELETE FROM lease_sightings WHERE run_id = $1").with(run).run();
}

}  // namespace retrain::store
