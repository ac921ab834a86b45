#include "silence_table.hpp"

namespace retrain::store {

Result<std::int64_t> insert_silence(Connection& db, const std::string& model, const Silence& silence, Time now) {
  const Status inserted =
      db.prepare("INSERT INTO silences (model, actor, reason, dedup_key, since_us, until_us) VALUES ($1, $2, $3, $4, $5, $6)")
          .with(model, silence.actor, silence.reason, silence.dedup_key, now, silence.until)
          .run();
  if (!inserted) return inserted;
  auto row = db.prepare("SELECT max(sequence) FROM silences WHERE model = $1");
  row.with(model);
  const auto found = row.next();
  if (!found) return found.status();
  return row.integer(0);
}

Result<bool> lift_silence(Connection& db, const std::string& model, std::int64_t id, const std::string& actor, Time now) {
  auto update = db.prepare(
      "UPDATE silences SET lifted_us = $3, lifted_by = $4 WHERE model = $1 AND sequence = $2 AND lifted_us IS NULL AND until_us "
      "> $3");
  update.with(model, id, now, actor);
  if (Status status = update.run(); !status) return status;
  return update.changes() > 0;
}

Result<std::vector<Silence>> active_silences(Connection& db, const std::string& model, Time now) {
  auto row = db.prepare(
      "SELECT sequence, actor, reason, dedup_key, until_us FROM silences WHERE model = $1 AND lifted_us IS NULL AND until_us > "
      "$2 "
      "ORDER BY until_us DESC, sequence");
  row.with(model, now);
  std::vector<Silence> found;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return found;
    found.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.time(4)});
  }
}

}  // namespace retrain::store
