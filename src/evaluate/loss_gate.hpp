// LossGate: the rule behind make_gate() and judge(), for any test.
#pragma once

#include <retrain/gate.hpp>

#include "loss_test.hpp"

namespace retrain::evaluate {

/// Fails with invalid_argument, naming the key, when a setting is none that a gate can keep.
Status check_validation(const ValidationSettings& validation);

struct JudgedLosses {
  GateReport report;
  HoldoutLosses holdout;  ///< empty where a fault ended the judgement before losses were taken
};

/// Judges as Gate::judge does. `validation` was checked.
Result<JudgedLosses> judge_losses(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                                  const GateContext& context);

}  // namespace retrain::evaluate
