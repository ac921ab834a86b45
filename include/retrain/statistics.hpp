// Statistics: paired tests on per-row losses, usable alone. Differences are candidate minus production: negative = better.
#pragma once

#include <cstdint>
#include <optional>
#include <retrain/status.hpp>
#include <span>
#include <string>
#include <vector>

namespace retrain {

/// A tested mean difference. A value that does not exist is NaN here and null in JSON.
struct PairedTest {
  std::string test;  ///< "cluster_t", …
  std::size_t rows = 0;
  std::size_t clusters = 0;
  double estimate = 0;  ///< mean difference
  double standard_error = 0;
  double t = 0;
  double df = 0;
  double p_less = 1, p_greater = 1, p_two_sided = 1;
  double log10_p_two_sided = 0;       ///< exact where p_two_sided has underflowed
  double lower = 0, upper = 0;        ///< 95 % interval, two-sided
  double upper_one_sided = 0;         ///< 95 % bound
  std::optional<double> p_hall_less;  ///< Hall's skewness-corrected p on session means
  /// "identical": every difference is zero, p = 1 on every side. "zero_variance": the spread is none, or no more than rounding;
  /// without any, t is infinite and p 0 or 1. "insufficient": fewer than two rows or clusters, every statistic is NaN.
  std::vector<std::string> flags;
};

/// Cluster-robust t test of the mean of `differences` (CR2 variance, Bell-McCaffrey degrees of freedom); every row its own
/// cluster gives the classical paired t test. `clusters` holds a cluster number per row. `baseline` (mean absolute loss) scales
/// the test for rounding noise; 0 = unknown. Fails with invalid_argument when the lengths differ or a value is not finite.
Result<PairedTest> cluster_t_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                  double baseline = 0);
/// The classical paired t test: rows are taken as independent.
Result<PairedTest> paired_t_test(std::span<const double> differences, double baseline = 0);
/// The t test on cluster means: the average session instead of the average row.
Result<PairedTest> cluster_means_t_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                        double baseline = 0);

/// What the data could have shown: the smallest effect that `clusters` sessions of this spread would show at one-sided `level`
/// with `power`.
double smallest_detectable_effect(const PairedTest& test, double level, double power = 0.8);
/// Sessions needed to show `effect` at that level and power, from the spread in `test`; 0 = never (effect is zero or unknown
/// spread).
std::int64_t sessions_needed(const PairedTest& test, double effect, double level, double power = 0.8);

/// Natural log of the one-sided t-mixture e-value that the mean of `values` is above zero (prior on mean/sd ~ N(0, g)).
/// May be looked at after every value: P(ever ≥ log(1/level)) ≤ level when the mean is not above zero. Has no unit: any scale of
/// the values gives the same evidence. Fewer than two values, or all zero, or one not finite: 0.
double log_e_value_greater(std::span<const double> values, double g = 1.0);

/// Holm's step-down adjusted p-values, in the given order.
std::vector<double> holm_adjust(std::span<const double> p_values);

}  // namespace retrain
