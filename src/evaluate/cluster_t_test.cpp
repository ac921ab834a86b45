#include <cmath>
#include <retrain/paired_tests.hpp>

#include "cluster_sums.hpp"

namespace retrain {
namespace {

// Cluster-robust variance of a mean and its Satterthwaite degrees of freedom (Bell, McCaffrey 2002). For a mean all corrections
// have the closed form V = Σ w_g u_g², with p_g the cluster's share of the rows, u_g its part of the deviations and the weight
// w_g = (1−p_g)^−k, k = 0 (CR0), 1 (CR2), 2 (CR3). Under equal independent errors u_g and u_h have covariance p_g δ_gh − p_g p_h,
// so with b_g = w_g p_g(1−p_g) and a_g = w_g p_g²: df = (Σ b_g)² / [Σ b_g² + (Σ a_g)² − Σ a_g²]. No matrix, one pass over the
// clusters.
evaluate::ScaledEstimate robust_estimate(const evaluate::ClusterSums& sums, ClusterCorrection correction) {
  const double rows = static_cast<double>(sums.rows);
  const double clusters = static_cast<double>(sums.clusters());
  evaluate::ScaledEstimate estimate{
      .mean = sums.mean(), .exponent = sums.exponent, .largest = sums.largest, .constant = sums.constant};
  evaluate::DoubleDouble variance, sum_b, sum_b2, sum_a, sum_a2;
  for (std::size_t g = 0; g < sums.clusters(); ++g) {
    const double share = sums.counts[g] / rows;
    const double rest = (rows - sums.counts[g]) / rows;
    const double weight = correction == ClusterCorrection::cr2   ? 1 / rest
                          : correction == ClusterCorrection::cr3 ? 1 / (rest * rest)
                                                                 : 1;
    const evaluate::DoubleDouble part = (sums.sums[g] - estimate.mean * sums.counts[g]) / rows;
    // For CR2 this is the share itself, to the bit.
    const double b = correction == ClusterCorrection::cr2 ? share : weight * share * rest;
    const double a = weight * share * share;
    variance = variance + part * part * weight;
    sum_b = sum_b + b;
    sum_b2 = sum_b2 + b * b;
    sum_a = sum_a + a;
    sum_a2 = sum_a2 + a * a;
  }
  if (correction == ClusterCorrection::cr1) variance = variance * clusters / (clusters - 1);
  estimate.standard_error = std::sqrt(variance.value());
  estimate.df = (sum_b * sum_b / (sum_b2 + sum_a * sum_a - sum_a2)).value();
  return estimate;
}

const char* name_of(ClusterCorrection correction) {
  switch (correction) {
    case ClusterCorrection::cr0: return "cr0";
    case ClusterCorrection::cr1: return "cr1";
    case ClusterCorrection::cr2: return "cluster_t";
    case ClusterCorrection::cr3: return "cr3";
  }
  return "";
}

}  // namespace

Result<PairedTest> cluster_robust_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                       ClusterCorrection correction, double baseline) {
  const auto sums = evaluate::sum_clusters(differences, clusters);
  if (!sums) return sums.status();
  if (sums->clusters() < 2) {
    const double mean = sums->rows == 0 ? 0 : std::ldexp(sums->mean().value(), -sums->exponent);
    return evaluate::insufficient(name_of(correction), sums->rows, sums->clusters(), mean);
  }
  PairedTest test =
      evaluate::conclude(name_of(correction), sums->rows, sums->clusters(), robust_estimate(*sums, correction), baseline);
  test.p_hall_less = evaluate::hall_p_less(sums->cluster_means());
  return test;
}

Result<PairedTest> cluster_t_test(std::span<const double> differences, std::span<const std::uint32_t> clusters, double baseline) {
  return cluster_robust_test(differences, clusters, ClusterCorrection::cr2, baseline);
}

Result<PairedTest> cluster_means_t_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                        double baseline) {
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

Result<std::vector<double>> cluster_means(std::span<const double> differences, std::span<const std::uint32_t> clusters) {
  const auto sums = evaluate::sum_clusters(differences, clusters);
  if (!sums) return sums.status();
  std::vector<double> means;
  for (const auto& mean : sums->cluster_means()) means.push_back(std::ldexp(mean.value(), -sums->exponent));
  return means;
}

}  // namespace retrain
