#include "student_t.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>

namespace retrain::evaluate {
namespace {

namespace policies = boost::math::policies;
// Out-of-range results become 0 or infinity instead of exceptions.
using Quiet = policies::policy<policies::domain_error<policies::ignore_error>, policies::overflow_error<policies::ignore_error>,
                               policies::underflow_error<policies::ignore_error>,
                               policies::evaluation_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>>;
using StudentsT = boost::math::students_t_distribution<double, Quiet>;
using ChiSquared = boost::math::chi_squared_distribution<double, Quiet>;
using NonCentralT = boost::math::non_central_t_distribution<double, Quiet>;

constexpr double large_noncentrality = 1e4;

// Continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method; x below a / (a + b).
double beta_fraction(double a, double b, double x) {
  constexpr double tiny = 1e-300;
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < tiny ? tiny : d);
  double value = d;
  for (int m = 1; m < 100000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 + even * d;
    c = 1 + even / c;
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    if (std::abs(c) < tiny) c = tiny;
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + odd * d;
    c = 1 + odd / c;
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    if (std::abs(c) < tiny) c = tiny;
    const double factor = d * c;
    value *= factor;
    if (std::abs(factor - 1) < 1e-16) break;
  }
  return value;
}

// log(df / (df + t²)) without overflow of t².
double log_share(double t, double df) {
  const double ratio = std::abs(t) / std::sqrt(df);
  return ratio > 1e8 ? -2 * std::log(ratio) : -std::log1p(ratio * ratio);
}

}  // namespace

double t_upper_tail(double t, double df) {
  if (std::isnan(t) || !(df > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(t)) return t > 0 ? 0 : 1;
  return boost::math::cdf(boost::math::complement(StudentsT(df), t));
}

double log_t_upper_tail(double t, double df) {
  if (std::isnan(t) || !(df > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(t)) return t > 0 ? -std::numeric_limits<double>::infinity() : 0;
  if (t < 0) return std::log1p(-t_upper_tail(-t, df));
  // At t = 1e8 and beyond boost squares t; there and far in the tail the incomplete beta function is taken in logs.
  if (t < 1e8) {
    const double tail = t_upper_tail(t, df);
    if (tail > 1e-280) return std::log(tail);
  }
  const double a = df / 2;
  const double log_x = log_share(t, df);
  const double x = std::exp(log_x);
  // ½ I_x(a, ½), where (1 − x)^½ is 1 − O(x): log1p keeps it.
  return a * log_x + 0.5 * std::log1p(-x) - std::log(a) - std::log(boost::math::beta(a, 0.5, Quiet())) +
         std::log(beta_fraction(a, 0.5, x)) - std::log(2.0);
}

double t_upper_quantile(double p, double df) {
  return boost::math::quantile(boost::math::complement(StudentsT(df), p));
}

double noncentral_t_upper_tail(double t, double df, double noncentrality) {
  if (!(noncentrality < large_noncentrality)) {
    // Beyond what boost sums up. There the normal part is a hair beside the shift: P(χ² ≤ df · (noncentrality/t)²), to 1e-8.
    if (!(t > 0)) return 1;
    const double ratio = noncentrality / t;
    return ratio > 1e100 ? 1 : boost::math::cdf(ChiSquared(df), df * ratio * ratio);
  }
  return boost::math::cdf(boost::math::complement(NonCentralT(df, noncentrality), t));
}

}  // namespace retrain::evaluate
