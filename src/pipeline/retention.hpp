// Retention: model files that nothing needs any more go, the newest of them last.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// Removes the files of unneeded models beyond `deployment.keep_models`; their rows stay. Returns how many.
Result<int> prune_models(Core& core);

}  // namespace retrain::pipeline
