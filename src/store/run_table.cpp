#include "run_table.hpp"

#include <algorithm>

namespace retrain::store {
namespace {

Outcome outcome_of(const std::string& text) {
  for (const Outcome outcome :
       {Outcome::promoted, Outcome::rejected, Outcome::data_not_ready, Outcome::failed, Outcome::cancelled, Outcome::set_aside}) {
    if (to_string(outcome) == text) return outcome;
  }
  return Outcome::none;
}

RunState state_of(const std::string& text) {
  if (text == "running") return RunState::running;
  return text == "finished" ? RunState::finished : RunState::queued;
}

WaitsFor waits_for_of(const std::string& text) {
  for (const WaitsFor cause : {WaitsFor::time, WaitsFor::data, WaitsFor::resources, WaitsFor::retry}) {
    if (to_string(cause) == text) return cause;
  }
  return WaitsFor::turn;
}

Result<std::vector<RunRow>> load_all(Connection& db, Statement ids) {
  std::vector<std::string> found;
  for (;;) {
    const auto more = ids.next();
    if (!more) return more.status();
    if (!*more) break;
    found.push_back(ids.text(0));
  }
  std::vector<RunRow> rows;
  for (const auto& id : found) {
    auto row = load_run(db, id);
    if (!row) return row.status();
    rows.push_back(std::move(*row));
  }
  return rows;
}

Result<std::optional<RunRow>> load_first(Connection& db, Statement ids) {
  auto rows = load_all(db, std::move(ids));
  if (!rows) return rows.status();
  if (rows->empty()) return std::optional<RunRow>{};
  return std::optional<RunRow>(std::move(rows->front()));
}

/// One row changed, or the lease is somebody else's.
Status owned(Statement& statement, const Lease& lease) {
  if (Status status = statement.run(); !status) return status;
  if (statement.changes() == 1) return {};
  return {StatusCode::lease_lost, "run " + lease.run + " belongs to another worker now"};
}

}  // namespace

Status insert_run(Connection& db, const RunRow& run) {
  return db
      .prepare(
          "INSERT INTO runs (id, model, state, outcome, reason, asked_by, manual, mode, severity, calendar_window, slot_taken, "
          "created_us, created_boot_us, created_boot_id, not_before_us, trained, attempts, owner, fence, lease_until_us, "
          "reserved_memory, "
          "reserved_threads, parts, candidate_sha256, waits_for, since_us, since_boot_us, since_boot_id, delay_us, "
          "requeued_from) "
          "VALUES ($1, $2, 'queued', 'none', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, '', 0, 0, 0, 0, '', '', $14, "
          "$10, $11, $12, $15, $16)")
      .with(run.id, run.model, run.reason, run.asked_by, run.manual, run.mode, run.severity, run.calendar_window, run.slot_taken,
            run.created.wall, run.created.boot.count(), run.created.boot_id, run.not_before, to_string(run.waits_for),
            run.delay.count(), run.requeued_from)
      .run();
}

Result<RunRow> load_run(Connection& db, const RunId& id) {
  auto row = db.prepare(
      "SELECT model, state, outcome, reason, asked_by, manual, mode, severity, calendar_window, slot_taken, created_us, "
      "created_boot_us, created_boot_id, not_before_us, finished_us, finished_boot_us, finished_boot_id, trained, attempts, "
      "owner, "
      "fence, lease_until_us, parts, candidate_sha256, waits_on, waits_for, since_us, since_boot_us, since_boot_id, delay_us, "
      "begun_us, "
      "begun_boot_us, begun_boot_id, cancelled_by, cancel_reason, requeued_from FROM runs WHERE id = $1");
  row.with(id);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return Status{StatusCode::not_found, "there is no run " + id};
  RunRow run;
  run.id = id;
  run.model = row.text(0);
  run.state = state_of(row.text(1));
  run.outcome = outcome_of(row.text(2));
  run.reason = row.text(3);
  run.asked_by = row.text(4);
  run.manual = row.integer(5) != 0;
  run.mode = row.maybe_text(6);
  run.severity = row.real(7);
  run.calendar_window = row.text(8);
  run.slot_taken = row.integer(9) != 0;
  run.created = {row.time(10), Duration(row.integer(11)), row.text(12)};
  run.not_before = row.time(13);
  if (!row.is_null(14)) run.finished = Instant{row.time(14), Duration(row.integer(15)), row.text(16)};
  run.trained = row.integer(17) != 0;
  run.attempts = static_cast<int>(row.integer(18));
  run.owner = row.text(19);
  run.fence = row.integer(20);
  run.lease_until = row.time(21);
  run.parts = row.text(22);
  run.candidate_sha256 = row.text(23);
  run.waits_on = row.text(24);
  run.waits_for = waits_for_of(row.text(25));
  run.since = {row.time(26), Duration(row.integer(27)), row.text(28)};
  run.delay = Duration(row.integer(29));
  if (!row.is_null(30)) run.begun = Instant{row.time(30), Duration(row.integer(31)), row.text(32)};
  run.cancelled_by = row.text(33);
  run.cancel_reason = row.text(34);
  run.requeued_from = row.text(35);
  return run;
}

Result<std::vector<RunRow>> list_runs(Connection& db, const std::string& model, const RunQuery& query) {
  auto ids =
      db.prepare("SELECT id FROM runs WHERE model = $1 AND ($2 = '' OR state = $2) ORDER BY created_us DESC, id DESC LIMIT $3");
  ids.with(model, query.state ? to_string(*query.state) : std::string_view{}, query.limit);
  return load_all(db, std::move(ids));
}

Result<std::optional<RunRow>> open_run(Connection& db, const std::string& model) {
  auto ids = db.prepare("SELECT id FROM runs WHERE model = $1 AND state <> 'finished' ORDER BY created_us, id LIMIT 1");
  ids.with(model);
  return load_first(db, std::move(ids));
}

Result<std::optional<RunRow>> last_finished_run(Connection& db, const std::string& model, bool trained_only) {
  auto ids = db.prepare(
      "SELECT id FROM runs WHERE model = $1 AND state = 'finished' AND trained >= $2 ORDER BY finished_us DESC, id DESC LIMIT 1");
  ids.with(model, trained_only);
  return load_first(db, std::move(ids));
}

Result<std::vector<Instant>> recent_runs(Connection& db, const std::string& model, std::size_t limit) {
  auto row = db.prepare(
      "SELECT created_us, created_boot_us, created_boot_id FROM runs WHERE model = $1 AND manual = 0 AND (state <> 'finished' OR "
      "trained = 1) ORDER BY created_us DESC, id DESC LIMIT $2");
  row.with(model, limit);
  std::vector<Instant> found;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) break;
    found.push_back({row.time(0), Duration(row.integer(1)), row.text(2)});
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Result<std::optional<Time>> newest_alert(Connection& db, const RunId& run) {
  auto row = db.prepare("SELECT max(received_us) FROM alerts WHERE run_id = $1");
  row.with(run);
  const auto found = row.next();
  if (!found) return found.status();
  return row.maybe_time(0);
}

Result<std::size_t> count_queued(Connection& db) {
  auto count = db.prepare("SELECT count(*) FROM runs WHERE state <> 'finished' AND state = 'queued'");
  const auto found = count.next();
  if (!found) return found.status();
  return static_cast<std::size_t>(count.integer(0));
}

Status raise_severity(Connection& db, const RunId& id, double severity) {
  return db.prepare("UPDATE runs SET severity = $2 WHERE id = $1 AND severity < $2").with(id, severity).run();
}

Result<Lease> take_lease(Connection& db, const RunRow& seen, const std::string& owner, Time lease_until, const std::string& parts,
                         const Instant& now) {
  auto update = db.prepare(
      "UPDATE runs SET state = 'running', owner = $4, fence = fence + 1, attempts = attempts + 1, lease_until_us = $5, "
      "parts = $6, begun_us = coalesce(begun_us, $7), begun_boot_us = coalesce(begun_boot_us, $8), "
      "begun_boot_id = coalesce(begun_boot_id, $9) WHERE id = $1 AND fence = $2 AND owner = $3 AND state <> 'finished'");
  update.with(seen.id, seen.fence, seen.owner, owner, lease_until, parts, now.wall, now.boot.count(), now.boot_id);
  if (Status status = update.run(); !status) return status;
  if (update.changes() != 1) return Status{StatusCode::lease_lost, "run " + seen.id + " was taken by another worker"};
  return Lease{seen.id, owner, seen.fence + 1};
}

Status check_lease(Connection& db, const Lease& lease) {
  auto row = db.prepare("SELECT 1 FROM runs WHERE id = $1 AND owner = $2 AND fence = $3 AND state = 'running'");
  row.with(lease.run, lease.owner, lease.fence);
  const auto found = row.next();
  if (!found) return found.status();
  if (*found) return {};
  return {StatusCode::lease_lost, "run " + lease.run + " belongs to another worker now"};
}

Status extend_lease(Connection& db, const Lease& lease, Time lease_until) {
  auto update =
      db.prepare("UPDATE runs SET lease_until_us = $4 WHERE id = $1 AND owner = $2 AND fence = $3 AND state = 'running'");
  return owned(update.with(lease.run, lease.owner, lease.fence, lease_until), lease);
}

Status reserve(Connection& db, const Lease& lease, const Admission& admission, const std::vector<Footprint>& seen) {
  const auto running = running_footprints(db);
  if (!running) return running.status();
  const auto same = [](const Footprint& one, const Footprint& other) {
    return one.run_id == other.run_id && one.memory_bytes == other.memory_bytes;
  };
  if (!std::equal(running->begin(), running->end(), seen.begin(), seen.end(), same)) {
    return {StatusCode::unavailable, "other runs started or ended meanwhile"};
  }
  auto update = db.prepare(
      "UPDATE runs SET reserved_memory = $4, reserved_threads = $5 WHERE id = $1 AND owner = $2 AND fence = $3 AND state = "
      "'running'");
  return owned(update.with(lease.run, lease.owner, lease.fence, static_cast<std::int64_t>(admission.memory_bytes),
                           static_cast<std::int64_t>(admission.threads)),
               lease);
}

Status mark_trained(Connection& db, const Lease& lease, const std::string& candidate_sha256) {
  auto update = db.prepare(
      "UPDATE runs SET trained = 1, candidate_sha256 = $4 WHERE id = $1 AND owner = $2 AND fence = $3 AND state = 'running'");
  return owned(update.with(lease.run, lease.owner, lease.fence, candidate_sha256), lease);
}

Status release_lease(Connection& db, const Lease& lease, const Wait& wait, const Instant& now) {
  auto update = db.prepare(
      "UPDATE runs SET state = 'queued', owner = '', lease_until_us = 0, reserved_memory = 0, reserved_threads = 0, "
      "not_before_us = $4, reason = $5, waits_on = $6, waits_for = $7, attempts = coalesce($8, attempts), since_us = $9, "
      "since_boot_us = $10, since_boot_id = $11 WHERE id = $1 AND owner = $2 AND fence = $3 AND state = 'running'");
  update.with(lease.run, lease.owner, lease.fence, wait.not_before, wait.reason, wait.waits_on, to_string(wait.waits_for),
              wait.attempts, now.wall, now.boot.count(), now.boot_id);
  return owned(update, lease);
}

Status finish_run(Connection& db, const Lease& lease, Outcome outcome, const std::string& reason, const Instant& now) {
  auto give_back = db.prepare(
      "UPDATE calendar_counts SET taken = taken - 1 WHERE (model, window) IN "
      "(SELECT model, calendar_window FROM runs WHERE id = $1 AND owner = $2 AND fence = $3 AND slot_taken = 1 AND trained = 0)");
  if (Status status = give_back.with(lease.run, lease.owner, lease.fence).run(); !status) return status;
  auto update = db.prepare(
      "UPDATE runs SET state = 'finished', outcome = $4, reason = $5, finished_us = $6, finished_boot_us = $7, finished_boot_id "
      "= $8, "
      "owner = '', lease_until_us = 0, reserved_memory = 0, reserved_threads = 0, slot_taken = slot_taken AND trained "
      "WHERE id = $1 AND owner = $2 AND fence = $3 AND state <> 'finished'");
  return owned(
      update.with(lease.run, lease.owner, lease.fence, to_string(outcome), reason, now.wall, now.boot.count(), now.boot_id),
      lease);
}

Result<std::vector<Footprint>> running_footprints(Connection& db) {
  auto row = db.prepare(
      "SELECT id, reserved_memory, reserved_threads FROM runs WHERE state <> 'finished' AND reserved_memory > 0 ORDER BY id");
  std::vector<Footprint> running;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return running;
    running.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), 0, static_cast<unsigned>(row.integer(2)), 0});
  }
}

Status insert_footprint(Connection& db, const std::string& model, const Footprint& footprint, Time now) {
  return db
      .prepare(
          "INSERT INTO footprints (run_id, model, memory_bytes, cpu_seconds, threads, data_bytes, finished_us, rows, rounds) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (run_id) DO NOTHING")
      .with(footprint.run_id, model, static_cast<std::int64_t>(footprint.memory_bytes), footprint.cpu_seconds,
            static_cast<std::int64_t>(footprint.threads), static_cast<std::int64_t>(footprint.data_bytes), now,
            static_cast<std::int64_t>(footprint.rows), static_cast<std::int64_t>(footprint.rounds))
      .run();
}

Result<FootprintHistory> footprint_history(Connection& db, const std::string& model, std::size_t limit) {
  auto row = db.prepare(
      "SELECT run_id, memory_bytes, cpu_seconds, threads, data_bytes, rows, rounds FROM footprints WHERE model = $1 "
      "ORDER BY finished_us DESC, run_id DESC LIMIT $2");
  row.with(model, limit);
  FootprintHistory history;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return history;
    history.finished.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), row.real(2),
                                static_cast<unsigned>(row.integer(3)), static_cast<std::uint64_t>(row.integer(4)),
                                static_cast<std::uint64_t>(row.integer(5)), static_cast<unsigned>(row.integer(6))});
  }
}

Status insert_step(Connection& db, const Lease& lease, Step step, const std::string& result, Time now) {
  if (Status status = check_lease(db, lease); !status) return status;
  return db
      .prepare(
          "INSERT INTO steps (run_id, step, time_us, fence, result) VALUES ($1, $2, $3, $4, $5) "
          "ON CONFLICT (run_id, step) DO UPDATE SET time_us = $3, fence = $4, result = $5")
      .with(lease.run, to_string(step), now, lease.fence, result)
      .run();
}

Result<std::vector<StepRow>> list_steps(Connection& db, const RunId& run) {
  auto row = db.prepare("SELECT step, time_us, result FROM steps WHERE run_id = $1 ORDER BY time_us, rowid");
  row.with(run);
  std::vector<StepRow> steps;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return steps;
    const auto step = parse_step(row.text(0));
    if (!step) return step.status();
    steps.push_back({*step, row.time(1), row.text(2)});
  }
}

}  // namespace retrain::store
