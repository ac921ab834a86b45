#include <algorithm>
#include <cmath>
#include <retrain/statistics.hpp>

#include "student_t.hpp"

namespace retrain {

// With r = 1/(1+ng) the two-sided t-mixture e-value of n values is E = √r·((1+t²/ν)/(1+r·t²/ν))^(n/2), ν = n−1. Restricting the
// prior on mean/sd to its positive half multiplies it by 2·P(T ≤ b√n), T Student with n degrees of freedom and
// b = t·√((1−r)/(ν+r·t²)): the inner integral ∫w^ν e^(−w²/2) Φ(bw) dw is the t distribution function in disguise.
double log_e_value_greater(std::span<const double> values, double g) {
  if (values.size() < 2 || !(g > 0)) return 0;
  double largest = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) return 0;
    largest = std::max(largest, std::abs(value));
  }
  if (largest == 0) return 0;

  // The statistic has no unit: a power of two keeps huge and subnormal values from overflowing and vanishing.
  int exponent = 0;
  std::frexp(largest, &exponent);
  const double n = static_cast<double>(values.size());
  const double first = std::ldexp(values.front(), -exponent);
  double shift = 0;
  for (const double value : values) shift += std::ldexp(value, -exponent) - first;
  const double mean = first + shift / n;
  double squares = 0;
  double residue = 0;
  for (const double value : values) {
    const double deviation = std::ldexp(value, -exponent) - mean;
    squares += deviation * deviation;
    residue += deviation;
  }
  squares = std::max(0.0, squares - residue * residue / n);

  const double nu = n - 1;
  // u = t²/(ν+t²) runs from 0 to 1, and stays finite for equal values where t does not.
  const double between = n * mean * mean;
  const double u = between / (squares + between);
  const double one_minus_u = squares / (squares + between);
  const double log_r = -std::log1p(n * g);
  const double r = 1 / (1 + n * g);
  // (1+t²/ν)/(1+r·t²/ν) = 1/(1 − u(1−r)); the argument is summed from positive parts.
  const double denominator = one_minus_u + r * u;
  const double log_two_sided = 0.5 * log_r - 0.5 * (nu + 1) * std::log(denominator);
  const double b = std::copysign(std::sqrt(u * n * g / (1 + n * g) / denominator), mean);
  return std::log(2.0) + log_two_sided + evaluate::log_t_upper_tail(-b * std::sqrt(n), n);
}

}  // namespace retrain
