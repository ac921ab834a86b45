// Margins: is the improvement larger than asked, or the worsening smaller than allowed?
#pragma once

#include <cstdint>
#include <retrain/statistics.hpp>
#include <span>
#include <vector>

namespace retrain {

/// A test of mean difference against a margin instead of zero, from the estimate of another test.
struct MarginTest {
  double margin = 0;
  double t = 0;
  double df = 0;
  double p_less = 1;     ///< evidence that the mean is below the margin
  double p_greater = 1;  ///< evidence that it is above
};

/// H: mean difference < `margin`. Improvement by more than δ: margin −δ; non-inferiority within m: margin +m. Without any spread
/// p is 0, 1 or, on the margin itself, 1 on both sides. NaN where `test` has no standard error.
MarginTest margin_test(const PairedTest& test, double margin);

/// Two one-sided tests of |mean| < margin (Schuirmann 1987). The 90 % interval lies inside ±margin exactly when p ≤ 0.05.
struct Equivalence {
  double p = 1;                 ///< the larger of both
  double p_upper = 1;           ///< evidence for mean < +margin
  double p_lower = 1;           ///< evidence for mean > −margin
  double lower = 0, upper = 0;  ///< 90 % interval
};
Equivalence equivalence_test(const PairedTest& test, double margin);

/// Rows whose mean is below zero exactly when the candidate's mean loss is below (1 − share) of production's (Fieller's form): no
/// ratio is taken, so a production loss near zero does no harm. For the RMSE give squared errors and `share` = 1 − (1 − s)².
/// Fails with invalid_argument when the lengths differ.
Result<std::vector<double>> relative_margin_rows(std::span<const double> candidate_losses,
                                                 std::span<const double> production_losses, double share);

/// Difference of the root mean squared errors, candidate minus production, by the delta method: the only margin without an exact
/// transform. Errors, not losses, go in.
Result<PairedTest> rmse_difference_test(std::span<const double> candidate_errors, std::span<const double> production_errors,
                                        std::span<const std::uint32_t> clusters);

enum class Adjustment { bonferroni, holm, hochberg, benjamini_hochberg, benjamini_yekutieli };
/// p-values adjusted for their number, in the given order. The first three bound the chance of any false rejection, the last two
/// the share of false ones. hochberg and benjamini_hochberg need independence or positive dependence.
std::vector<double> adjust_p_values(std::span<const double> p_values, Adjustment adjustment);

}  // namespace retrain
