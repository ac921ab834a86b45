#include <cmath>
#include <limits>
#include <retrain/comparator.hpp>

#include "base/text.hpp"
#include "evaluation_check.hpp"
#include "guardrails.hpp"
#include "holdout_losses.hpp"

namespace retrain {
namespace {

using base::format_short;

class LossComparator final : public Comparator {
 public:
  LossComparator(ComparisonSettings comparison, ValidationSettings validation)
      : comparison_(std::move(comparison)), validation_(std::move(validation)) {}

  PartId id() const override { return {"loss_comparator", "1"}; }

  Result<Comparison> compare(const Evaluation& evaluation) const override {
    if (const Status shape = evaluate::check_shape(evaluation); !shape) return shape;
    Comparison comparison{.threshold = comparison_.improvement_threshold, .mode = comparison_.improvement_mode};
    comparison.candidate_loss = comparison.production_loss = std::numeric_limits<double>::quiet_NaN();
    const auto end = [&](ComparisonVerdict verdict, std::string reason, std::string message) {
      comparison.verdict = verdict;
      comparison.reason = std::move(reason);
      comparison.message = std::move(message);
      return comparison;
    };

    if (const auto rows = evaluate::faulty_rows(evaluation, evaluation.candidate); !rows.empty()) {
      return end(ComparisonVerdict::keep, "worse",
                 "kept: the candidate's prediction is not finite in " + evaluate::name_rows(evaluation, rows));
    }
    if (const auto rows = evaluate::faulty_rows(evaluation, evaluation.production); !rows.empty()) {
      return end(ComparisonVerdict::keep, "production_unavailable",
                 "kept: production's prediction is not finite in " + evaluate::name_rows(evaluation, rows));
    }
    const auto holdout = evaluate::holdout_losses(evaluation);
    if (!holdout) return holdout.status();
    const auto everything = holdout->everything();
    const auto& losses = holdout->primary;
    if (!everything.empty()) comparison.candidate_loss = mean_loss(losses, losses.candidate, everything);
    if (evaluation.production.empty()) return without_production(*holdout, end);
    if (everything.empty()) return end(ComparisonVerdict::keep, "not_enough", "kept: no row of the evaluation has a label");

    comparison.production_loss = mean_loss(losses, losses.production, everything);
    const double improvement = comparison.production_loss - comparison.candidate_loss;
    const bool relative = comparison_.improvement_mode == "relative";
    // Nothing improves on a loss of zero, and no share of it exists.
    const bool perfect = comparison.production_loss == 0;
    comparison.improvement = relative ? (perfect ? 0 : improvement / comparison.production_loss) : improvement;
    const std::string sizes =
        amount(comparison.improvement, relative) + " against " + amount(comparison.threshold, relative) + " asked";
    if (improvement < 0)
      return end(ComparisonVerdict::keep, "worse", "kept: the candidate's loss is higher: " + losses_text(comparison));
    if (perfect) return end(ComparisonVerdict::keep, "not_enough", "kept: production's loss is zero");
    if (!(comparison.improvement > comparison.threshold)) {
      return end(ComparisonVerdict::keep, "not_enough", "kept: improvement of " + sizes);
    }
    return end(ComparisonVerdict::promote, "better", "promoted: improvement of " + sizes);
  }

 private:
  template <class End>
  Comparison without_production(const evaluate::HoldoutLosses& holdout, const End& end) const {
    if (holdout.has_errors()) {
      for (const auto& ceiling : evaluate::ceilings(validation_, holdout)) {
        if (!ceiling.passed) return end(ComparisonVerdict::keep, "not_enough", "kept: " + ceiling.message);
      }
    }
    return end(ComparisonVerdict::promote, "no_production", "promoted: there is no production model");
  }

  static std::string amount(double value, bool relative) {
    return relative ? format_short(100 * value, 3) + " %" : format_short(value);
  }
  static std::string losses_text(const Comparison& comparison) {
    return format_short(comparison.candidate_loss) + " against " + format_short(comparison.production_loss);
  }

  ComparisonSettings comparison_;
  ValidationSettings validation_;
};

}  // namespace

Result<std::shared_ptr<Comparator>> make_comparator(const ComparisonSettings& comparison, const ValidationSettings& validation) {
  if (comparison.improvement_mode != "relative" && comparison.improvement_mode != "absolute") {
    return Status{StatusCode::invalid_argument, "comparison.improvement_mode '" + base::printable(comparison.improvement_mode) +
                                                    "' is neither relative nor absolute"};
  }
  if (!(comparison.improvement_threshold >= 0) || !std::isfinite(comparison.improvement_threshold)) {
    return Status{StatusCode::invalid_argument, "comparison.improvement_threshold " +
                                                    base::format_double(comparison.improvement_threshold) +
                                                    " is not a number from 0 up"};
  }
  return std::shared_ptr<Comparator>(std::make_shared<LossComparator>(comparison, validation));
}

}  // namespace retrain
