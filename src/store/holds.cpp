// Holds and silences: what a person stops for a while.
#include "base/json.hpp"
#include "silence_table.hpp"
#include "transactions.hpp"

namespace retrain::store {

using base::Json;

Result<std::int64_t> set_silence(Connection& db, const Stamp& stamp, const Silence& silence) {
  const auto id = insert_silence(db, stamp.model, silence, stamp.now.wall);
  if (!id) return id;
  const Json data = {{"silence", *id},
                     {"actor", silence.actor},
                     {"reason", silence.reason},
                     {"dedup_key", silence.dedup_key},
                     {"until", format_time(silence.until)}};
  if (Status status = record(db, stamp, "silence.set", "", base::dump(data)); !status) return status;
  return id;
}

Status end_silence(Connection& db, const Stamp& stamp, std::int64_t id, const std::string& actor) {
  const auto lifted = lift_silence(db, stamp.model, id, actor, stamp.now.wall);
  if (!lifted) return lifted.status();
  if (!*lifted) return {StatusCode::not_found, "no silence " + std::to_string(id) + " of " + stamp.model + " is in force"};
  return record(db, stamp, "silence.lifted", "", base::dump(Json{{"silence", id}, {"actor", actor}}));
}

Status set_hold(Connection& db, const Stamp& stamp, const Hold& hold) {
  if (Status status = insert_hold(db, stamp.model, hold, "manual", stamp.now.wall); !status) return status;
  const Json data = {
      {"actor", hold.actor}, {"reason", hold.reason}, {"until", hold.until ? Json(format_time(*hold.until)) : Json(nullptr)}};
  return record(db, stamp, "hold.set", "", base::dump(data));
}

Status lift_hold(Connection& db, const Stamp& stamp, const Lift& lift) {
  const auto lifted = lift_holds(db, stamp.model, lift, stamp.now.wall);
  if (!lifted) return lifted.status();
  if (*lifted == 0) return {StatusCode::not_found, "nothing is held for " + stamp.model};
  const Json data = {{"actor", lift.actor}, {"reason", lift.reason}, {"holds", *lifted}};
  return record(db, stamp, "hold.lifted", "", base::dump(data));
}
}  // namespace retrain::store
