// Guardrails: what a candidate may not make worse while it improves the primary loss.
#pragma once

#include <retrain/gate.hpp>
#include <vector>

#include "holdout_losses.hpp"
#include "loss_test.hpp"

namespace retrain::evaluate {

/// Sessions that a slice needs before its deterioration is tested; smaller ones are judged by the point estimate or listed only.
inline constexpr std::size_t sessions_for_a_test = 5;

/// max_mae and max_rmse, where configured, on all labelled rows.
std::vector<Guardrail> ceilings(const ValidationSettings& validation, const HoldoutLosses& holdout);

struct GuardrailReport {
  std::vector<Guardrail> guardrails;
  std::vector<std::string> broken;    ///< their messages: worse beyond a margin, or significantly worse
  std::vector<std::string> unproved;  ///< with guardrail: prove, names of those whose non-inferiority is not shown
};

/// RMSE and bias of a regression, recent sessions, anchor and segments. Every slice with enough sessions enters one Holm family:
/// its adjusted one-sided p that the candidate is worse blocks at 0.05. RMSE, bias and recent also block on the observed
/// worsening beyond their margin. With guardrail: prove, all but the bias must also be shown to be no worse than their margins.
Result<GuardrailReport> check_guardrails(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                                         const HoldoutLosses& holdout);

/// The rows of the recent sessions.
Slice recent_slice(const Evaluation& evaluation, const HoldoutLosses& holdout);

}  // namespace retrain::evaluate
