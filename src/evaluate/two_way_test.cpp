#include <algorithm>
#include <cmath>
#include <retrain/paired_tests.hpp>

#include "cluster_sums.hpp"

namespace retrain {
namespace {

// Σ u_g² · G/(G−1) of one grouping.
evaluate::DoubleDouble one_way_variance(const evaluate::ClusterSums& sums) {
  const double rows = static_cast<double>(sums.rows);
  const double clusters = static_cast<double>(sums.clusters());
  const evaluate::DoubleDouble mean = sums.mean();
  evaluate::DoubleDouble variance;
  for (std::size_t g = 0; g < sums.clusters(); ++g) {
    const evaluate::DoubleDouble part = (sums.sums[g] - mean * sums.counts[g]) / rows;
    variance = variance + part * part;
  }
  return variance * clusters / (clusters - 1);
}

// One number for each pair of numbers that occurs.
std::vector<std::uint32_t> intersection(std::span<const std::uint32_t> first, std::span<const std::uint32_t> second) {
  std::vector<std::uint64_t> pairs(first.size());
  for (std::size_t row = 0; row < pairs.size(); ++row) pairs[row] = (std::uint64_t{first[row]} << 32U) | second[row];
  std::vector<std::uint64_t> known = pairs;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  std::vector<std::uint32_t> numbers(pairs.size());
  for (std::size_t row = 0; row < pairs.size(); ++row) {
    numbers[row] = static_cast<std::uint32_t>(std::lower_bound(known.begin(), known.end(), pairs[row]) - known.begin());
  }
  return numbers;
}

}  // namespace

Result<PairedTest> two_way_test(std::span<const double> differences, std::span<const std::uint32_t> first,
                                std::span<const std::uint32_t> second, double baseline) {
  const auto by_first = evaluate::sum_clusters(differences, first);
  if (!by_first) return by_first.status();
  const auto by_second = evaluate::sum_clusters(differences, second);
  if (!by_second) return by_second.status();
  const std::size_t clusters = std::min(by_first->clusters(), by_second->clusters());
  if (clusters < 2) {
    const double mean = by_first->rows == 0 ? 0 : std::ldexp(by_first->mean().value(), -by_first->exponent);
    return evaluate::insufficient("two_way", by_first->rows, clusters, mean);
  }
  const auto by_both = evaluate::sum_clusters(differences, intersection(first, second));
  if (!by_both) return by_both.status();

  const auto first_variance = one_way_variance(*by_first);
  const auto second_variance = one_way_variance(*by_second);
  double variance = (first_variance + second_variance - one_way_variance(*by_both)).value();
  const bool usable = variance > 0;
  if (!usable) variance = std::max(first_variance.value(), second_variance.value());
  const evaluate::ScaledEstimate estimate{.mean = by_first->mean(),
                                          .standard_error = std::sqrt(variance),
                                          .df = static_cast<double>(clusters - 1),
                                          .exponent = by_first->exponent,
                                          .largest = by_first->largest,
                                          .constant = by_first->constant};
  PairedTest test = evaluate::conclude("two_way", by_first->rows, clusters, estimate, baseline);
  if (!usable && !by_first->constant) test.flags.push_back("one_way");
  return test;
}

}  // namespace retrain
