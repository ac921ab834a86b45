#include <cmath>
#include <limits>
#include <retrain/statistics.hpp>

#include "student_t.hpp"

namespace retrain {
namespace {

bool usable(double level, double power) {
  return level > 0 && level < 1 && power > level && power < 1;
}

// Power of the one-sided t test at `level` when the mean is `noncentrality` standard errors from zero.
double power_at(double noncentrality, double df, double level) {
  return evaluate::noncentral_t_upper_tail(evaluate::t_upper_quantile(level, df), df, noncentrality);
}

// The distance in standard errors that is found with probability `power`.
double detectable_standard_errors(double df, double level, double power) {
  double low = 0;
  double high = 1;
  while (power_at(high, df, level) < power) {
    low = high;
    high *= 2;
    if (!(high < 1e12)) return std::numeric_limits<double>::quiet_NaN();
  }
  while (high - low > 1e-14 * high) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (power_at(middle, df, level) < power ? low : high) = middle;
  }
  return high;
}

}  // namespace

double smallest_detectable_effect(const PairedTest& test, double level, double power) {
  if (!usable(level, power) || !(test.standard_error > 0) || !(test.df > 0)) {
    return test.standard_error == 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
  }
  return detectable_standard_errors(test.df, level, power) * test.standard_error;
}

std::int64_t sessions_needed(const PairedTest& test, double effect, double level, double power) {
  if (!usable(level, power) || !(test.standard_error > 0) || test.clusters < 2 || !(std::abs(effect) > 0)) return 0;
  // The spread of a single session, and the effect in units of it.
  const double effect_size = std::abs(effect) / (test.standard_error * std::sqrt(static_cast<double>(test.clusters)));
  const double normal_sum = evaluate::t_upper_quantile(level, 1e12) + evaluate::t_upper_quantile(1 - power, 1e12);
  const double normal_count = std::ceil(normal_sum * normal_sum / (effect_size * effect_size));
  if (!(normal_count < 9e18)) return std::numeric_limits<std::int64_t>::max();
  if (normal_count > 1e6) return static_cast<std::int64_t>(normal_count);  // the t distribution adds two sessions, at most

  const auto enough = [&](std::int64_t sessions) {
    const auto count = static_cast<double>(sessions);
    return power_at(effect_size * std::sqrt(count), count - 1, level) >= power;
  };
  std::int64_t high = 2;
  while (!enough(high)) high *= 2;
  std::int64_t low = 1;  // one session shows nothing
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace retrain
