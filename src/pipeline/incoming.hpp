// Incoming: alerts on their way to the policy, for good or to see what it would say.
#pragma once

#include <span>

#include "core.hpp"

namespace retrain::pipeline {

/// `alert` with what its sender may leave out. Fails with invalid_argument when it is about another model.
Result<Alert> completed(Core& core, Alert alert, Time received);

/// Decides about alerts and stores them in one transaction, those that are not valid too. Fails with invalid_argument, and stores
/// nothing, when one is about another model.
Result<std::vector<AlertDecision>> submit_all(Core& core, std::span<const Alert> alerts);

/// Stores the start of a text that is no alert.
Result<AlertDecision> submit_invalid(Core& core, std::string_view text, std::string reason);

/// Decides about a stored alert as if it came now for the first time, as old as it was then; one that was invalid is read anew.
/// Stores nothing.
Result<AlertDecision> decide_again(Core& core, const StoredAlert& stored);

}  // namespace retrain::pipeline
