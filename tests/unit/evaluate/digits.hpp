// Comparison of doubles by correct digits.
#pragma once

#include <cmath>

namespace retrain::reference {

/// Whether `got` equals `expected` in the first `digits` significant digits; zero only equals what is below 1e-280.
inline bool same_digits(double got, double expected, double digits = 12) {
  if (got == expected) return true;
  const double size = expected == 0 ? 1e-280 : std::abs(expected);
  return std::abs(got - expected) <= std::pow(10.0, -digits) * size;
}

}  // namespace retrain::reference
