#include "delivery_table.hpp"

namespace retrain::store {
namespace {

Result<std::int64_t> single_integer(Statement row) {
  const auto found = row.next();
  if (!found) return found.status();
  return row.integer(0);
}

Result<std::int64_t> newest_sequence(Connection& db, const std::string& model) {
  auto row = db.prepare("SELECT coalesce(max(sequence), 0) FROM outbox WHERE model = $1");
  row.with(model);
  return single_integer(std::move(row));
}

/// Rows of sequence, id, type, run_id, time, data, attempts, next try.
Status append_events(Statement& row, const std::string& model, std::vector<PendingEvent>& events) {
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return {};
    events.push_back({row.integer(0),
                      {row.text(1), row.text(2), row.time(4), model, row.text(3), row.text(5)},
                      static_cast<int>(row.integer(6)),
                      row.time(7)});
  }
}

/// The end of all ids that begin with `start`: no id holds a character above '~'.
std::string after_prefix(const std::string& start) {
  return start + "~";
}

}  // namespace

Status add_target(Connection& db, const std::string& model, const std::string& target) {
  const auto newest = newest_sequence(db, model);
  if (!newest) return newest.status();
  return db
      .prepare(
          "INSERT INTO delivery_targets (model, target, seen_sequence, failures, reason) VALUES ($1, $2, $3, 0, '') "
          "ON CONFLICT (model, target) DO NOTHING")
      .with(model, target, *newest)
      .run();
}

Result<std::vector<TargetRow>> list_targets(Connection& db, const std::string& model) {
  auto row = db.prepare(
      "SELECT target, seen_sequence, failures, paused_until_us, switched_off_us, reason FROM delivery_targets WHERE model = $1 "
      "ORDER BY target");
  row.with(model);
  std::vector<TargetRow> found;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return found;
    found.push_back(
        {row.text(0), row.integer(1), static_cast<int>(row.integer(2)), row.maybe_time(3), row.maybe_time(4), row.text(5)});
  }
}

Status update_target(Connection& db, const std::string& model, const TargetRow& row) {
  return db
      .prepare(
          "UPDATE delivery_targets SET seen_sequence = CASE WHEN seen_sequence < $3 THEN $3 ELSE seen_sequence END, failures = "
          "$4, paused_until_us = $5, "
          "switched_off_us "
          "= $6, reason = $7 WHERE model = $1 AND target = $2")
      .with(model, row.name, row.seen, row.failures, row.paused_until, row.switched_off, row.reason)
      .run();
}

Result<std::vector<PendingEvent>> due_deliveries(Connection& db, const std::string& model, const TargetRow& target, Time now,
                                                 std::size_t limit) {
  std::vector<PendingEvent> events;
  auto again = db.prepare(
      "SELECT o.sequence, o.id, o.type, o.run_id, o.time_us, o.data, d.attempts, d.next_try_us FROM deliveries d JOIN outbox o "
      "ON "
      "o.sequence = d.sequence WHERE d.model = $1 AND d.target = $2 AND d.state = 'waiting' AND d.next_try_us <= $3 "
      "ORDER BY d.sequence LIMIT $4");
  again.with(model, target.name, now, limit);
  if (Status status = append_events(again, model, events); !status) return status;
  auto fresh = db.prepare(
      "SELECT sequence, id, type, run_id, time_us, data, 0, time_us FROM outbox WHERE model = $1 AND sequence > $2 "
      "ORDER BY sequence LIMIT $3");
  fresh.with(model, target.seen, limit - events.size());
  if (Status status = append_events(fresh, model, events); !status) return status;
  return events;
}

Result<std::optional<Time>> next_delivery(Connection& db, const std::string& model, const std::string& target) {
  auto row = db.prepare("SELECT min(next_try_us) FROM deliveries WHERE model = $1 AND target = $2 AND state = 'waiting'");
  row.with(model, target);
  const auto found = row.next();
  if (!found) return found.status();
  return row.maybe_time(0);
}

Status set_delivered(Connection& db, const std::string& model, const std::string& target, std::int64_t sequence, Time now) {
  return db
      .prepare(
          "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, settled_us = $4 WHERE model = $1 AND target = $2 "
          "AND "
          "sequence = $3 AND state = 'waiting'")
      .with(model, target, sequence, now)
      .run();
}

Status set_refused(Connection& db, const std::string& model, const std::string& target, std::int64_t sequence, int attempts,
                   const std::optional<Time>& next_try, const std::string& reason, Time now) {
  return db
      .prepare(
          "INSERT INTO deliveries (model, target, sequence, state, attempts, next_try_us, reason, settled_us) VALUES ($1, $2, "
          "$3, "
          "CASE WHEN $5 IS NULL THEN 'given_up' ELSE 'waiting' END, $4, $5, $6, CASE WHEN $5 IS NULL THEN $7 END) "
          "ON CONFLICT (model, target, sequence) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, next_try_us "
          "= "
          "excluded.next_try_us, reason = excluded.reason, settled_us = excluded.settled_us WHERE deliveries.state = 'waiting'")
      .with(model, target, sequence, attempts, next_try, reason, now)
      .run();
}

Status count_deliveries(Connection& db, const std::string& model, const TargetRow& row, DeliveryTarget& target) {
  auto rows = db.prepare(
      "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'given_up') FROM deliveries WHERE model "
      "= $1 "
      "AND target = $2");
  rows.with(model, row.name);
  const auto found = rows.next();
  if (!found) return found.status();
  target.given_up = static_cast<std::size_t>(rows.integer(1));
  auto fresh = db.prepare("SELECT count(*) FROM outbox WHERE model = $1 AND sequence > $2");
  fresh.with(model, row.seen);
  const auto unseen = single_integer(std::move(fresh));
  if (!unseen) return unseen.status();
  target.waiting = static_cast<std::size_t>(rows.integer(0) + *unseen);
  return {};
}

Result<std::vector<UndeliveredEvent>> list_undelivered(Connection& db, const std::string& model, std::size_t limit) {
  auto row = db.prepare(
      "SELECT d.target, o.id, o.type, o.run_id, o.time_us, o.data, d.state, d.attempts, d.next_try_us, d.reason FROM deliveries "
      "d "
      "JOIN outbox o ON o.sequence = d.sequence WHERE d.model = $1 AND d.state IN ('waiting', 'given_up') ORDER BY d.sequence, "
      "d.target LIMIT $2");
  row.with(model, limit);
  std::vector<UndeliveredEvent> found;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return found;
    found.push_back({row.text(0),
                     {row.text(1), row.text(2), row.time(4), model, row.text(3), row.text(5)},
                     row.text(6) == "given_up",
                     static_cast<int>(row.integer(7)),
                     row.maybe_time(8),
                     row.text(9)});
  }
}

Result<int> replay_deliveries(Connection& db, const std::string& model, const TargetRow& row, const OutboxSelection& selection,
                              Time now) {
  auto update = db.prepare(
      "UPDATE deliveries SET state = 'waiting', attempts = 0, next_try_us = $3, settled_us = NULL WHERE model = $1 AND target = "
      "$2 "
      "AND (state = 'given_up' OR (state = 'waiting' AND $4 = 1)) AND sequence IN (SELECT sequence FROM outbox WHERE model = $1 "
      "AND "
      "id "
      ">= $5 AND id <= $6)");
  update.with(model, row.name, now, selection.waiting || !selection.event_id.empty(), selection.event_id,
              after_prefix(selection.event_id));
  if (Status status = update.run(); !status) return status;
  return static_cast<int>(update.changes());
}

Result<int> drop_deliveries(Connection& db, const std::string& model, TargetRow& row, const OutboxSelection& selection,
                            Time now) {
  auto update = db.prepare(
      "UPDATE deliveries SET state = 'dropped', next_try_us = NULL, settled_us = $3 WHERE model = $1 AND target = $2 AND (state "
      "= "
      "'given_up' OR (state = 'waiting' AND $4 = 1)) AND sequence IN (SELECT sequence FROM outbox WHERE model = $1 AND id >= $5 "
      "AND "
      "id "
      "<= $6)");
  update.with(model, row.name, now, selection.waiting || !selection.event_id.empty(), selection.event_id,
              after_prefix(selection.event_id));
  if (Status status = update.run(); !status) return status;
  int dropped = static_cast<int>(update.changes());
  if (!selection.waiting || !selection.event_id.empty()) return dropped;
  DeliveryTarget unseen;
  if (Status status = count_deliveries(db, model, row, unseen); !status) return status;
  const auto newest = newest_sequence(db, model);
  if (!newest) return newest.status();
  row.seen = *newest;
  return dropped + static_cast<int>(unseen.waiting);
}

}  // namespace retrain::store
