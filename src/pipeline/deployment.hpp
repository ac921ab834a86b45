// Deployment: telling serving about the pointer, and moving the pointer back.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// Activates the newest deployment in the registry when that is still to be done, registers new stable models and quarantines
/// with a host's rollback store, and takes the model into service here. May be repeated at any time.
Status activate_pending(Core& core);

/// Rolls back as asked, or says why nothing is done.
Result<RollbackReport> roll_back(Core& core, const RollbackRequest& request);

}  // namespace retrain::pipeline
