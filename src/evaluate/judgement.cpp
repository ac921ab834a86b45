#include <algorithm>
#include <cmath>
#include <retrain/judgement.hpp>

#include "base/text.hpp"
#include "evaluation_check.hpp"
#include "examination.hpp"
#include "gate_message.hpp"
#include "loss_comparison.hpp"
#include "loss_gate.hpp"

namespace retrain {
namespace {

// Verdicts of the gate that more rows could change, or that say yes: before them too small an improvement is told.
bool open_to_comparison(const std::string& reason) {
  return reason == "better" || reason == "not_significant" || reason == "holdout_exhausted" || reason == "not_proved" ||
         reason == "diagnostic_test";
}

std::string without_verdict(const std::string& message) {
  return message.starts_with("kept: ") ? message.substr(6) : message;
}

// What the improvement had to be, and was not.
std::string shortfall(const Judgement& made) {
  const Comparison& comparison = made.comparison;
  if (comparison.mode == "both" || comparison.reason == "worse" || made.gate.production_loss == 0) {
    return "rejected: " + evaluate::change(made.gate) + ", but " + without_verdict(comparison.message);
  }
  const bool by_share = comparison.mode == "relative";
  const auto [found, asked] = evaluate::told_apart(comparison.improvement, comparison.threshold, by_share);
  if (comparison.improvement == comparison.threshold)
    return "rejected: " + found + " better, no more than the " + asked + " asked";
  return "rejected: " + found + " better, less than the " + asked + " asked";
}

void weigh(Judgement& made) {
  const Comparison& comparison = made.comparison;
  const double absolute = comparison.production_loss - comparison.candidate_loss;
  const bool observed =
      comparison.improvement > comparison.threshold && (comparison.mode != "both" || absolute > comparison.threshold);
  if (comparison.verdict != ComparisonVerdict::keep || !open_to_comparison(made.gate.reason)) return;
  if (observed) {
    // Beyond the threshold, but not shown to be.
    made.verdict = GateVerdict::inconclusive;
    made.reason = "not_significant";
    made.message = "rejected: " + without_verdict(comparison.message) + "; " + evaluate::evidence_and_power(made.gate);
    return;
  }
  made.verdict = GateVerdict::fail;
  made.reason = "below_minimum_effect";
  made.message = shortfall(made) + "; " + evaluate::evidence_and_power(made.gate);
}

}  // namespace

Result<Judgement> judge(const Evaluation& evaluation, const ValidationSettings& validation, const ComparisonSettings& comparison,
                        const GateContext& context, double test_train_ratio) {
  if (const Status settings = evaluate::check_validation(validation); !settings) return settings;
  if (const Status settings = evaluate::check_comparison(comparison); !settings) return settings;
  const evaluate::LossTest test{.name = validation.test, .horizon = validation.horizon, .test_train_ratio = test_train_ratio};
  const auto& names = evaluate::test_names();
  if (std::find(names.begin(), names.end(), test.name) == names.end()) {
    return Status{StatusCode::invalid_argument,
                  "test '" + base::printable(test.name) + "' is none of " + base::join(names, ", ")};
  }
  auto judged = evaluate::judge_losses(validation, test, evaluation, context);
  if (!judged) return judged.status();
  auto compared = evaluate::compare_losses(comparison, validation, test, evaluation,
                                           judged->holdout.rows.empty() ? nullptr : &judged->holdout);
  if (!compared) return compared.status();
  GateReport& gate = judged->report;
  Judgement made{.verdict = gate.verdict, .reason = gate.reason, .message = gate.message};
  made.gate = std::move(gate);
  made.comparison = std::move(*compared);
  const double asked =
      comparison.improvement_threshold * (comparison.improvement_mode == "absolute" ? 1 : std::abs(made.gate.production_loss));
  if (asked > 0 && asked < made.gate.smallest_detectable_effect) evaluate::add_flag(made.gate, "threshold_below_mde");
  weigh(made);
  return made;
}

}  // namespace retrain
