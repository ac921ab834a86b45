// LossComparison: the rule behind make_comparator() and judge(), for any test.
#pragma once

#include <retrain/comparator.hpp>

#include "loss_test.hpp"

namespace retrain::evaluate {

/// Fails with invalid_argument, naming the key.
Status check_comparison(const ComparisonSettings& comparison);

/// Compares as Comparator::compare does; settings and shape were checked. `test` is for margin_mode: confident. `holdout` is of
/// this evaluation; nullptr = it is made here.
Result<Comparison> compare_losses(const ComparisonSettings& comparison, const ValidationSettings& validation,
                                  const LossTest& test, const Evaluation& evaluation, const HoldoutLosses* holdout = nullptr);

}  // namespace retrain::evaluate
