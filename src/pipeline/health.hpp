// Health: every promise of the state, checked.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// One finding per invariant of the design's list that a state directory can show.
Result<HealthReport> check_health(Core& core);

}  // namespace retrain::pipeline
