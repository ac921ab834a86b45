// Incoming: alerts on their way to the policy, for good or to see what it would say.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// How much is kept of a text that is no alert, in bytes.
constexpr std::size_t kept_of_invalid = 4096;

/// `alert` with what its sender may leave out. Fails with invalid_argument when it is about another model.
Result<Alert> completed(Core& core, Alert alert, Time received);

/// Decides about a stored alert as if it came now for the first time, as old as it was then; one that was invalid is read anew.
/// Stores nothing.
Result<AlertDecision> decide_again(Core& core, const StoredAlert& stored);

}  // namespace retrain::pipeline
