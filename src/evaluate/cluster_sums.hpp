// ClusterSums: what the cluster tests need of the rows, and the PairedTest they end in.
#pragma once

#include <cstdint>
#include <retrain/statistics.hpp>
#include <span>
#include <string>
#include <vector>

#include "double_double.hpp"

namespace retrain::evaluate {

/// Differences times 2^exponent, summed per cluster; clusters in ascending order of their numbers.
struct ClusterSums {
  int exponent = 0;
  double largest = 0;    ///< greatest |difference|, scaled
  bool constant = true;  ///< every difference is the same
  std::size_t rows = 0;
  std::vector<double> counts;
  std::vector<DoubleDouble> sums;

  std::size_t clusters() const { return counts.size(); }
  DoubleDouble mean() const;  ///< over rows
  std::vector<DoubleDouble> cluster_means() const;
};

/// Fails with invalid_argument when the lengths differ or a difference is not finite.
Result<ClusterSums> sum_clusters(std::span<const double> differences, std::span<const std::uint32_t> clusters);
/// Fails with invalid_argument, naming the row of the first value that is not finite.
Status check_finite(std::span<const double> differences);

/// A mean with its standard error, both times 2^exponent.
struct ScaledEstimate {
  DoubleDouble mean;
  double standard_error = 0;
  double df = 0;
  int exponent = 0;
  double largest = 0;  ///< greatest |value| that went in, scaled: what rounding noise is measured against
  bool constant = false;
};

/// t, p-values, interval and flags ("identical", "zero_variance") of an estimate. `baseline` in the unit of the differences.
PairedTest conclude(std::string name, std::size_t rows, std::size_t clusters, const ScaledEstimate& estimate, double baseline);
/// The typed answer for too few rows or clusters: flag "insufficient", every statistic NaN except, from two rows on, the mean.
PairedTest insufficient(std::string name, std::size_t rows, std::size_t clusters, double mean);

/// Mean and standard error of independent values, with values.size() − 1 degrees of freedom. Needs two values.
ScaledEstimate estimate_of(std::span<const DoubleDouble> values);
/// One-sided p ("less") of Hall's skewness-corrected t (Hall 1992) on independent values; nullopt when their spread is zero.
std::optional<double> hall_p_less(std::span<const DoubleDouble> values);

}  // namespace retrain::evaluate
