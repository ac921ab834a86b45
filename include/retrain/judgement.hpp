// Judgement: gate and comparator together on one evaluation, without a pipeline. What `retrain judge` prints.
#pragma once

#include <retrain/comparator.hpp>
#include <retrain/gate.hpp>
#include <string>

namespace retrain {

struct Judgement {
  GateVerdict verdict = GateVerdict::inconclusive;
  std::string reason;   ///< the gate's; below_minimum_effect also when only the comparator asks for more
  std::string message;  ///< in words, one line
  GateReport gate;
  Comparison comparison;
};

/// Judges: pass only when the gate passes and the improvement is beyond the threshold; too small an improvement is told before
/// missing evidence, for more sessions would not help it. A test that is only a diagnostic (wilcoxon, sign) never passes.
/// `test_train_ratio` is for nadeau_bengio, which takes the clusters as cross-validation folds. Fails as Gate::judge and
/// make_gate do.
Result<Judgement> judge(const Evaluation& evaluation, const ValidationSettings& validation, const ComparisonSettings& comparison,
                        const GateContext& context = {}, double test_train_ratio = 0);

std::string to_json(const Judgement& record);

}  // namespace retrain
