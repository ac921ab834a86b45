// Deliveries: how far each webhook or chat has come in the outbox, and what it did not take at once.
#pragma once

#include <retrain/outbox.hpp>
#include <string>
#include <vector>

#include "record_tables.hpp"

namespace retrain::store {

struct TargetRow {
  std::string name;
  std::int64_t seen = 0;  ///< events up to this sequence were delivered or have a row of their own
  int failures = 0;       ///< in a row
  std::optional<Time> paused_until, switched_off;
  std::string reason;  ///< of the last failure
};

/// A new target begins with the events that come after it was named; a known one goes on where it stopped.
Status add_target(Connection& db, const std::string& model, const std::string& target);
Result<std::vector<TargetRow>> list_targets(Connection& db, const std::string& model);
Status update_target(Connection& db, const std::string& model, const TargetRow& row);

/// Events for `target` that are due at `now`: those it refused before, then those it has not seen, in order. `attempts` counts
/// its own.
Result<std::vector<PendingEvent>> due_deliveries(Connection& db, const std::string& model, const TargetRow& target, Time now,
                                                 std::size_t limit);
/// When the next event that was refused is due again.
Result<std::optional<Time>> next_delivery(Connection& db, const std::string& model, const std::string& target);

Status set_delivered(Connection& db, const std::string& model, const std::string& target, std::int64_t sequence, Time now);
/// Remembers a refusal; without `next_try` the event is given up.
Status set_refused(Connection& db, const std::string& model, const std::string& target, std::int64_t sequence, int attempts,
                   const std::optional<Time>& next_try, const std::string& reason, Time now);

/// Fills waiting and given_up.
Status count_deliveries(Connection& db, const std::string& model, const TargetRow& row, DeliveryTarget& target);
Result<std::vector<UndeliveredEvent>> list_undelivered(Connection& db, const std::string& model, std::size_t limit);
/// Sets what is meant to be tried at `now`, as if for the first time. Returns how many.
Result<int> replay_deliveries(Connection& db, const std::string& model, const TargetRow& row, const OutboxSelection& selection,
                              Time now);
/// The same, given up for good.
Result<int> drop_deliveries(Connection& db, const std::string& model, TargetRow& row, const OutboxSelection& selection, Time now);

}  // namespace retrain::store
