#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <retrain/paired_tests.hpp>

#include "series.hpp"

namespace retrain {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t exact_limit = 50;

// A test that has p-values only; the mean is reported beside them.
PairedTest distribution_free(const char* name, const evaluate::Series& series, std::size_t used) {
  const double mean = std::ldexp(series.estimate.mean.value(), -series.estimate.exponent);
  PairedTest test = evaluate::insufficient(name, series.deviations.size(), used, mean);
  test.estimate = mean;
  test.flags.assign(1, "diagnostic");
  return test;
}

void set_p(PairedTest& test, double less, double greater, double two_sided) {
  test.p_less = std::min(1.0, less);
  test.p_greater = std::min(1.0, greater);
  test.p_two_sided = std::min(1.0, two_sided);
  test.log10_p_two_sided = std::log10(test.p_two_sided);
}

std::vector<double> without_zeros(std::span<const double> values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept), [](double value) { return value != 0; });
  return kept;
}

struct Ranks {
  double positive_sum = 0;  ///< V
  double tie_cubes = 0;     ///< Σ (t³ − t) over groups of equal sizes
};

Ranks signed_ranks(std::vector<double> values) {
  std::sort(values.begin(), values.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  Ranks ranks;
  for (std::size_t begin = 0; begin < values.size();) {
    std::size_t end = begin;
    while (end < values.size() && std::abs(values[end]) == std::abs(values[begin])) ++end;
    const double rank = (static_cast<double>(begin + 1) + static_cast<double>(end)) / 2;
    for (std::size_t i = begin; i < end; ++i) ranks.positive_sum += values[i] > 0 ? rank : 0;
    const double tied = static_cast<double>(end - begin);
    ranks.tie_cubes += tied * tied * tied - tied;
    begin = end;
  }
  return ranks;
}

// Shares of the 2^n sign patterns whose rank sum is at most v, by counting subsets of 1 … n.
double exact_rank_share(std::size_t n, std::size_t v) {
  std::vector<double> patterns(n * (n + 1) / 2 + 1);
  patterns[0] = 1;
  std::size_t reach = 0;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    reach += rank;
    for (std::size_t sum = reach; sum >= rank; --sum) patterns[sum] += patterns[sum - rank];
  }
  const auto upto = patterns.begin() + static_cast<std::ptrdiff_t>(std::min(v + 1, patterns.size()));
  return std::ldexp(std::accumulate(patterns.begin(), upto, 0.0), -static_cast<int>(n));
}

}  // namespace

Result<PairedTest> wilcoxon_test(std::span<const double> values) {
  const auto series = evaluate::series_of(values);
  if (!series) return series.status();
  const auto used = without_zeros(values);
  PairedTest test = distribution_free("wilcoxon", *series, used.size());
  if (used.empty()) {
    set_p(test, 1, 1, 1);
    return test;
  }
  const double n = static_cast<double>(used.size());
  const Ranks ranks = signed_ranks(used);
  test.t = ranks.positive_sum;
  if (used.size() <= exact_limit && ranks.tie_cubes == 0) {
    const auto v = static_cast<std::size_t>(ranks.positive_sum);
    const double less = exact_rank_share(used.size(), v);
    // V of the negated values is n(n+1)/2 − V.
    const double greater = exact_rank_share(used.size(), used.size() * (used.size() + 1) / 2 - v);
    set_p(test, less, greater, 2 * std::min(less, greater));
    return test;
  }
  const double distance = ranks.positive_sum - n * (n + 1) / 4;
  const double sigma = std::sqrt(n * (n + 1) * (2 * n + 1) / 24 - ranks.tie_cubes / 48);
  const boost::math::normal normal;
  const double less = boost::math::cdf(normal, (distance + 0.5) / sigma);
  const double greater = boost::math::cdf(boost::math::complement(normal, (distance - 0.5) / sigma));
  const double corrected = std::max(0.0, std::abs(distance) - 0.5) / sigma;
  set_p(test, less, greater, 2 * boost::math::cdf(boost::math::complement(normal, corrected)));
  test.flags.push_back("normal_approximation");
  return test;
}

Result<PairedTest> sign_test(std::span<const double> values) {
  const auto series = evaluate::series_of(values);
  if (!series) return series.status();
  const auto used = without_zeros(values);
  PairedTest test = distribution_free("sign", *series, used.size());
  const double n = static_cast<double>(used.size());
  const double positive = static_cast<double>(std::count_if(used.begin(), used.end(), [](double value) { return value > 0; }));
  test.t = positive;
  // P(at least k of n) under one half is the incomplete beta function I_½(k, n−k+1).
  const auto at_least = [n](double k) { return k <= 0 ? 1.0 : boost::math::ibeta(k, n - k + 1, 0.5); };
  const double less = at_least(n - positive);
  const double greater = at_least(positive);
  set_p(test, less, greater, 2 * std::min(less, greater));
  return test;
}

}  // namespace retrain
