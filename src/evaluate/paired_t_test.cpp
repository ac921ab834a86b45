#include <algorithm>
#include <cmath>
#include <retrain/statistics.hpp>

#include "cluster_sums.hpp"
#include "moments.hpp"

namespace retrain {

Result<PairedTest> paired_t_test(std::span<const double> differences, double baseline) {
  if (const Status finite = evaluate::check_finite(differences); !finite) return finite;
  evaluate::ScaledEstimate estimate{.constant = true};
  for (const double value : differences) {
    estimate.largest = std::max(estimate.largest, std::abs(value));
    estimate.constant = estimate.constant && value == differences.front();
  }
  estimate.exponent = evaluate::scaling_exponent(estimate.largest);
  const double scale = std::ldexp(1.0, estimate.exponent);
  estimate.largest *= scale;

  evaluate::Moments moments;
  if (estimate.exponent == 0) {
    moments.add(differences);
  } else {
    for (const double value : differences) {
      const double scaled = value * scale;
      moments.add({&scaled, 1});
    }
  }
  if (differences.size() < 2) return evaluate::insufficient("paired_t", differences.size(), differences.size(), 0);
  const double n = static_cast<double>(differences.size());
  estimate.mean = moments.mean();
  estimate.standard_error = std::sqrt((moments.squares() / (n * (n - 1))).value());
  estimate.df = n - 1;
  return evaluate::conclude("paired_t", differences.size(), differences.size(), estimate, baseline);
}

}  // namespace retrain
