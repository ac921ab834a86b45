#include "claims.hpp"

#include <cmath>
#include <retrain/margins.hpp>

#include "guardrails.hpp"

namespace retrain::evaluate {
namespace {

/// What a claim is made of: the errors of both models on a slice.
class Claimant {
 public:
  Claimant(const ValidationSettings& validation, const LossTest& test, const HoldoutLosses& holdout)
      : confident_(validation.margin_mode == "confident"), test_(test.diagnostic() ? test.quick() : test), holdout_(holdout) {}

  Result<Claim> mae(std::string name, const ComparedRows& errors, double threshold, bool with_p) const {
    Claim claim{.name = std::move(name), .threshold = threshold, .sessions = errors.count_sessions()};
    claim.improvement = holdout_.errors.unscaled(mean_absolute(errors.reference) - mean_absolute(errors.candidate));
    if (!with_p) return claim;
    std::vector<double> differences;
    const double shift = confident_ ? std::ldexp(threshold, holdout_.errors.exponent) : 0;
    for (std::size_t row = 0; row < errors.candidate.size(); ++row) {
      differences.push_back(std::abs(errors.candidate[row]) - std::abs(errors.reference[row]) + shift);
    }
    const auto test = run_test(test_, differences, errors);
    if (!test) return test.status();
    claim.p = p_better(*test);
    return claim;
  }

  Result<Claim> rmse(std::string name, const ComparedRows& errors, double threshold, bool with_p) const {
    Claim claim{.name = std::move(name), .threshold = threshold, .sessions = errors.count_sessions()};
    claim.improvement = holdout_.errors.unscaled(root_mean_square(errors.reference) - root_mean_square(errors.candidate));
    if (!with_p) return claim;
    if (confident_ && threshold > 0) {
      // Only here no transform of rows is exact.
      const auto difference = rmse_difference_test(errors.candidate, errors.reference, errors.sessions);
      if (!difference) return difference.status();
      const double p = margin_test(*difference, -std::ldexp(threshold, holdout_.errors.exponent)).p_less;
      claim.p = std::isnan(p) ? 1 : p;
      return claim;
    }
    std::vector<double> differences;
    for (std::size_t row = 0; row < errors.candidate.size(); ++row) {
      const double candidate = errors.candidate[row], reference = errors.reference[row];
      differences.push_back(candidate * candidate - reference * reference);
    }
    const auto test = run_test(test_, differences, errors);
    if (!test) return test.status();
    claim.p = p_better(*test);
    return claim;
  }

 private:
  bool confident_;
  LossTest test_;
  const HoldoutLosses& holdout_;
};

}  // namespace

Result<std::vector<Claim>> check_claims(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                                        const HoldoutLosses& holdout) {
  std::vector<Claim> claims;
  const bool all = validation.rule == "legacy_all";
  if (!all && !(validation.mae_threshold > 0) && !(validation.rmse_threshold > 0)) return claims;
  const Claimant claimant(validation, test, holdout);
  Status failure;
  const auto keep = [&](Result<Claim> claim) {
    if (claim) {
      claims.push_back(std::move(*claim));
    } else if (failure.ok()) {
      failure = claim.status();
    }
  };
  const auto claim_both = [&](const std::string& slice, const ComparedRows& errors) {
    const bool with_p = all ? errors.count_sessions() >= validation.min_clusters : validation.margin_mode == "confident";
    if (all || validation.mae_threshold > 0) keep(claimant.mae(slice + "mae", errors, validation.mae_threshold, with_p));
    if (all || validation.rmse_threshold > 0) keep(claimant.rmse(slice + "rmse", errors, validation.rmse_threshold, with_p));
  };

  const auto& errors = holdout.errors;
  claim_both("", ComparedRows(holdout, errors.candidate, errors.production));
  if (all) {
    const Slice recent = recent_slice(evaluation, holdout);
    if (!recent.empty()) claim_both("recent ", ComparedRows(holdout, errors.candidate, errors.production, recent));
  }
  if (!failure.ok()) return failure;
  return claims;
}

}  // namespace retrain::evaluate
