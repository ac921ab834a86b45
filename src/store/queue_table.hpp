// The queue over all models: which runs are open, whose start a person stopped, and when a lease was last seen to move.
#pragma once

#include <map>

#include "run_table.hpp"

namespace retrain::store {

/// Every run that is not finished, of all models, in the order they were created.
Result<std::vector<RunRow>> open_runs(Connection& db);
/// The earliest instant at which a run that waits may be tried, over all models; nothing when none waits.
Result<std::optional<Time>> earliest_try(Connection& db);

/// The halt of a model's queue in force at `now`.
Result<std::optional<QueueHalt>> active_halt(Connection& db, const std::string& model, Time now);
/// Those in force of all models.
Result<std::map<std::string, QueueHalt>> active_halts(Connection& db, Time now);
/// In place of any other of the model.
Status put_halt(Connection& db, const std::string& model, const QueueHalt& halt);
Status remove_halt(Connection& db, const std::string& model);

/// The run that repeats `run`, if any.
Result<std::optional<RunRow>> requeued_run(Connection& db, const RunId& run);
/// Asks the worker that holds the run to end it.
Status mark_cancelled(Connection& db, const RunId& run, const std::string& actor, const std::string& reason);
/// Who asked to end the run; empty = nobody.
Result<std::string> cancelled_by(Connection& db, const RunId& run);

/// A lease as it was first seen in this boot of this machine: while fence and end stay the same, its owner gave no sign of life.
struct Sighting {
  std::int64_t fence = 0;
  Time lease_until{};
  Duration seen{};  ///< boot time
};
Result<std::optional<Sighting>> find_sighting(Connection& db, const RunId& run, const std::string& boot_id);
Status put_sighting(Connection& db, const RunId& run, const std::string& boot_id, const Sighting& sighting);
/// Those of `run`, when it is claimed.
Status forget_sightings(Connection& db, const RunId& run);

}  // namespace retrain::store
