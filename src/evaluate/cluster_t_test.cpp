#include <cmath>
#include <retrain/statistics.hpp>

#include "cluster_sums.hpp"

namespace retrain {
namespace {

// Bias-reduced variance CR2 of a mean and its Satterthwaite degrees of freedom (Bell, McCaffrey 2002). For a mean both have the closed
// form V = Σ u_g²/(1−p_g) and 1/df = Σ p_g² + (Σ a_g)² − Σ a_g², with p_g the cluster's share of the rows, u_g its part of the
// deviations and a_g = p_g²/(1−p_g): no matrix, one pass over the clusters.
evaluate::ScaledEstimate robust_estimate(const evaluate::ClusterSums& sums) {
  const double rows = static_cast<double>(sums.rows);
  evaluate::ScaledEstimate estimate{.mean = sums.mean(), .exponent = sums.exponent, .largest = sums.largest, .constant = sums.constant};
  evaluate::DoubleDouble variance;
  evaluate::DoubleDouble sum_p2;
  evaluate::DoubleDouble sum_a;
  evaluate::DoubleDouble sum_a2;
  for (std::size_t g = 0; g < sums.clusters(); ++g) {
    const double share = sums.counts[g] / rows;
    const double rest = (rows - sums.counts[g]) / rows;
    const evaluate::DoubleDouble part = (sums.sums[g] - estimate.mean * sums.counts[g]) / rows;
    const double a = share * share / rest;
    variance = variance + part * part / rest;
    sum_p2 = sum_p2 + share * share;
    sum_a = sum_a + a;
    sum_a2 = sum_a2 + a * a;
  }
  estimate.standard_error = std::sqrt(variance.value());
  estimate.df = 1 / (sum_p2 + sum_a * sum_a - sum_a2).value();
  return estimate;
}

}  // namespace

Result<PairedTest> cluster_t_test(std::span<const double> differences, std::span<const std::uint32_t> clusters, double baseline) {
  const auto sums = evaluate::sum_clusters(differences, clusters);
  if (!sums) return sums.status();
  if (sums->clusters() < 2) {
    const double mean = sums->rows == 0 ? 0 : std::ldexp(sums->mean().value(), -sums->exponent);
    return evaluate::insufficient("cluster_t", sums->rows, sums->clusters(), mean);
  }
  PairedTest test = evaluate::conclude("cluster_t", sums->rows, sums->clusters(), robust_estimate(*sums), baseline);
  test.p_hall_less = evaluate::hall_p_less(sums->cluster_means());
  return test;
}

Result<PairedTest> cluster_means_t_test(std::span<const double> differences, std::span<const std::uint32_t> clusters, double baseline) {
  const auto sums = evaluate::sum_clusters(differences, clusters);
  if (!sums) return sums.status();
  const auto means = sums->cluster_means();
  if (means.size() < 2) {
    const double mean = means.empty() ? 0 : std::ldexp(means.front().value(), -sums->exponent);
    return evaluate::insufficient("cluster_means_t", sums->rows, means.size(), mean);
  }
  evaluate::ScaledEstimate estimate = evaluate::estimate_of(means);
  estimate.exponent = sums->exponent;
  estimate.largest = sums->largest;
  PairedTest test = evaluate::conclude("cluster_means_t", sums->rows, means.size(), estimate, baseline);
  test.p_hall_less = evaluate::hall_p_less(means);
  return test;
}

}  // namespace retrain
