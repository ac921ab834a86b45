// Watch: what happens after a deployment: verification against the predecessor, and detection of drift.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// Judges a provisional champion on the sessions scored so far: confirms it, rolls it back, or goes on. Empty when nothing is
/// provisional. Fills `rollback` when it rolled back.
Result<std::optional<Verification>> verify_champion(Core& core, std::optional<RollbackReport>& rollback);

/// The verification as it stands, without acting on it.
Result<std::optional<Verification>> verification_now(Core& core);

/// Asks the detector about the sessions scored so far and raises an alert when it says so. Empty when there is no detector or no
/// champion.
Result<std::optional<Detection>> detect_drift(Core& core, std::vector<AlertDecision>& alerts);

/// T1 for an alert from anywhere.
Result<AlertDecision> submit(Core& core, store::AlertInput input);

}  // namespace retrain::pipeline
