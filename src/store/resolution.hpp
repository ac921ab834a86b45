// Resolution: the cause of an alert is over, and with it the run that waits for nothing else.
#pragma once

#include "transactions.hpp"

namespace retrain::store {

/// Whether `decision` about `alert`, which is not stored yet, leaves the waiting run without anybody who asks for it. Such a run
/// has trained nothing, no person asked for it, and every other key behind it was reported over since. Adds to the reason.
Result<std::optional<RunRow>> run_left_unasked(Connection& db, const Alert& alert, const std::string& model,
                                               AlertDecision& decision);

/// Ends `run` as cancelled because of `alert_id`, gives its calendar slot back, and reports it like every other ending.
Status cancel_run(Connection& db, const Stamp& stamp, const RunRow& run, const std::string& alert_id);

}  // namespace retrain::store
