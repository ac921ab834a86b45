// Resolution: the cause of an alert is over, and with it the run that waits for nothing else.
#pragma once

#include "transactions.hpp"

namespace retrain::store {

/// Whether `decision` about `alert`, which is not stored yet, leaves the waiting run without anybody who asks for it. Such a run
/// has trained nothing, no person asked for it, and every other key behind it was reported over since. Adds to the reason.
Result<std::optional<RunRow>> run_left_unasked(Connection& db, const Alert& alert, const std::string& model,
                                               AlertDecision& decision);

}  // namespace retrain::store
