// Series: a time-ordered sample of session means, centred and scaled for the tests that look along it.
#pragma once

#include <retrain/statistics.hpp>
#include <span>
#include <string>
#include <vector>

#include "cluster_sums.hpp"

namespace retrain::evaluate {

struct Series {
  ScaledEstimate estimate;         ///< mean; standard error and df are left to the test
  std::vector<double> deviations;  ///< from the mean, scaled

  double count() const { return static_cast<double>(deviations.size()); }
  /// γ_lag with divisor n; circular: the end is followed by the beginning.
  double autocovariance(std::size_t lag, bool circular = false) const;
  /// The result for a long-run variance.
  PairedTest conclude_with(std::string name, double standard_error, double df, double baseline) const;
};

/// Fails with invalid_argument when a value is not finite.
Result<Series> series_of(std::span<const double> values);

}  // namespace retrain::evaluate
