#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/comparator.hpp>

#include "base/text.hpp"
#include "evaluation_check.hpp"
#include "gate_message.hpp"
#include "guardrails.hpp"
#include "holdout_losses.hpp"
#include "loss_comparison.hpp"
#include "student_t.hpp"

namespace retrain {

namespace evaluate {
namespace {

using base::format_short;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class Comparing {
 public:
  Comparing(const ComparisonSettings& comparison, const ValidationSettings& validation, const LossTest& test)
      : settings_(comparison), validation_(validation), test_(test.diagnostic() ? LossTest{} : test) {
    made_.threshold = settings_.improvement_threshold;
    made_.mode = settings_.improvement_mode;
    made_.candidate_loss = made_.production_loss = nan;
  }

  Result<Comparison> compare(const Evaluation& evaluation, const HoldoutLosses* known) {
    if (const auto rows = faulty_rows(evaluation, evaluation.candidate); !rows.empty()) {
      return keep("worse", "the candidate's prediction is not finite in " + name_rows(evaluation, rows));
    }
    std::string fault;
    if (const auto rows = faulty_rows(evaluation, evaluation.production); !rows.empty()) {
      fault = "production's prediction is not finite in " + name_rows(evaluation, rows);
      if (validation_.on_production_fault != "ceilings") return keep("production_unavailable", fault);
    }
    Result<HoldoutLosses> computed = HoldoutLosses{};
    if (known == nullptr) computed = holdout_losses(evaluation, fault.empty());
    if (!computed) return computed.status();
    const HoldoutLosses* holdout = known == nullptr ? &*computed : known;
    const LossColumns& losses = holdout->primary;
    made_.candidate_loss = losses.unscaled(mean_of(losses.candidate));
    if (evaluation.production.empty() || !fault.empty()) return without_production(*holdout, fault);
    if (holdout->rows.empty()) return keep("not_enough", "no row of the evaluation has a label");
    const ComparedRows rows(*holdout, losses.candidate, losses.production);
    return compare_losses(losses, rows);
  }

 private:
  Comparison end(ComparisonVerdict verdict, std::string reason, std::string message) {
    made_.verdict = verdict;
    made_.reason = std::move(reason);
    made_.message = std::move(message);
    return made_;
  }
  Comparison keep(std::string reason, const std::string& message) {
    return end(ComparisonVerdict::keep, std::move(reason), "kept: " + message);
  }

  Comparison without_production(const HoldoutLosses& holdout, const std::string& fault) {
    if (holdout.has_errors()) {
      for (const auto& ceiling : ceilings(validation_, holdout)) {
        if (!ceiling.passed) return keep("not_enough", ceiling.message);
      }
    }
    if (fault.empty()) return end(ComparisonVerdict::promote, "no_production", "promoted: there is no production model");
    return end(ComparisonVerdict::promote, "production_unavailable", "promoted: " + fault);
  }

  Result<Comparison> compare_losses(const LossColumns& losses, const ComparedRows& rows) {
    // Both scaled alike, so that neither their difference nor their ratio leaves the range of double.
    const double production = mean_of(rows.reference);
    const double difference = production - mean_of(rows.candidate);
    made_.production_loss = losses.unscaled(production);
    const double absolute = losses.unscaled(difference);
    const bool by_share = made_.mode != "absolute";
    const bool perfect = production == 0;  // no share of it exists
    // A loss of 0 can only be beaten by losses of the host's own that go below it: then by any share.
    const double of_perfect = difference > 0 ? std::numeric_limits<double>::infinity() : 0;
    made_.improvement = !by_share ? absolute : perfect ? of_perfect : difference / std::abs(production);
    if (difference < 0) {
      return keep("worse", "the candidate's loss is higher: " + format_short(made_.candidate_loss) + " against " +
                               format_short(made_.production_loss));
    }
    if (by_share && perfect && difference == 0) return keep("not_enough", "production's loss is 0: nothing improves on it");
    auto [found, asked] = told_apart(made_.improvement, made_.threshold, by_share);
    if (by_share && perfect) found = format_short(absolute) + ", from a loss of 0,";
    if (!(made_.improvement > made_.threshold)) {
      return keep("not_enough", "improvement of " + found + " against " + asked + " asked");
    }
    if (made_.mode == "both" && !(absolute > made_.threshold)) {
      const auto [size, least] = told_apart(absolute, made_.threshold, false);
      return keep("not_enough", "improvement of " + size + " in units of the loss against " + least + " asked");
    }
    if (validation_.margin_mode == "confident") {
      if (by_share && !perfect) {
        const double share = production < 0 ? -made_.threshold : made_.threshold;
        if (auto kept = not_shown(rows.differences(share), rows, std::abs(production), true)) return *kept;
      }
      if (made_.mode != "relative") {
        const double unit = std::ldexp(1.0, losses.exponent);
        auto shifted = rows.differences();
        for (double& value : shifted) value += made_.threshold * unit;
        if (auto kept = not_shown(shifted, rows, unit, false)) return *kept;
      }
    }
    return end(ComparisonVerdict::promote, "better", "promoted: improvement of " + found + " against " + asked + " asked");
  }

  // The verdict where the mean of `beyond`, the threshold less the improvement times `unit`, is not shown to be below zero.
  std::optional<Result<Comparison>> not_shown(const std::vector<double>& beyond, const ComparedRows& rows, double unit,
                                              bool by_share) {
    const auto test = run_test(test_, beyond, rows);
    if (!test) return Result<Comparison>(test.status());
    const double p = p_better(*test);
    const double level = validation_.p_value_threshold / 2;
    if (p <= level) return std::nullopt;
    std::string bound;
    if (test->standard_error > 0 && test->df > 0) {
      const double reach = t_upper_quantile(level, test->df) * test->standard_error;
      const double lower = made_.threshold - (test->estimate + reach) / unit;
      if (lower < made_.threshold) {
        bound = ", it may be as small as " + (by_share ? percent(std::max(lower, -1.0)) : format_short(lower));
      }
    }
    const auto told = [&](double value) { return by_share ? percent(value) : format_short(value); };
    return Result<Comparison>(keep("not_enough", "improvement of " + told(made_.threshold - test->estimate / unit) +
                                                     " is not shown to be more than the " + told(made_.threshold) +
                                                     " asked: p = " + format_short(p, 2) + bound));
  }

  const ComparisonSettings& settings_;
  const ValidationSettings& validation_;
  LossTest test_;
  Comparison made_;
};

}  // namespace

Status check_comparison(const ComparisonSettings& comparison) {
  if (comparison.improvement_mode != "relative" && comparison.improvement_mode != "absolute" &&
      comparison.improvement_mode != "both") {
    return {StatusCode::invalid_argument, "comparison.improvement_mode '" + base::printable(comparison.improvement_mode) +
                                              "' is none of relative, absolute, both"};
  }
  if (!(comparison.improvement_threshold >= 0) || !std::isfinite(comparison.improvement_threshold)) {
    return {StatusCode::invalid_argument, "comparison.improvement_threshold " +
                                              base::format_double(comparison.improvement_threshold) +
                                              " is not a number from 0 up"};
  }
  return {};
}

Result<Comparison> compare_losses(const ComparisonSettings& comparison, const ValidationSettings& validation,
                                  const LossTest& test, const Evaluation& evaluation, const HoldoutLosses* holdout) {
  return Comparing(comparison, validation, test).compare(evaluation, holdout);
}

}  // namespace evaluate

namespace {

class LossComparator final : public Comparator {
 public:
  LossComparator(ComparisonSettings comparison, ValidationSettings validation)
      : comparison_(std::move(comparison)), validation_(std::move(validation)) {}

  PartId id() const override { return {"loss_comparator", "2"}; }

  Result<Comparison> compare(const Evaluation& evaluation) const override {
    if (const Status shape = evaluate::check_shape(evaluation); !shape) return shape;
    const evaluate::LossTest test{.name = validation_.test, .horizon = validation_.horizon};
    return evaluate::compare_losses(comparison_, validation_, test, evaluation);
  }

 private:
  ComparisonSettings comparison_;
  ValidationSettings validation_;
};

}  // namespace

Result<std::shared_ptr<Comparator>> make_comparator(const ComparisonSettings& comparison, const ValidationSettings& validation) {
  if (const Status settings = evaluate::check_comparison(comparison); !settings) return settings;
  return std::shared_ptr<Comparator>(std::make_shared<LossComparator>(comparison, validation));
}

}  // namespace retrain
