// Replay: a run's judgement again, from what is stored alone.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// Recomputes the levels up to the run's own, the sums by session, the gate and the comparison, and compares each with what was
/// stored. Fails with not_found when the run was not judged; a difference is a report that does not agree, and so is an
/// evaluation whose bytes are not the ones that were judged.
Result<ReplayReport> replay_run(Core& core, const RunId& run);

}  // namespace retrain::pipeline
