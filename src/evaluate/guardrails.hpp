// Guardrails: what a candidate may not make worse while it improves the primary loss.
#pragma once

#include <retrain/gate.hpp>
#include <vector>

#include "holdout_losses.hpp"

namespace retrain::evaluate {

/// Sessions that a slice needs before its deterioration is tested; smaller ones are judged by the point estimate or listed only.
inline constexpr std::size_t sessions_for_a_test = 5;

/// max_mae and max_rmse, where configured, on all labelled rows.
std::vector<Guardrail> ceilings(const ValidationSettings& validation, const HoldoutLosses& holdout);

/// RMSE, recent sessions, anchor and segments. Every slice with enough sessions enters one Holm family: its adjusted one-sided
/// p that the candidate is worse blocks at 0.05. RMSE and recent also block on the observed worsening beyond their margin.
Result<std::vector<Guardrail>> deterioration(const ValidationSettings& validation, const Evaluation& evaluation,
                                             const HoldoutLosses& holdout);

}  // namespace retrain::evaluate
