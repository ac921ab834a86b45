#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/paired_tests.hpp>

#include "cluster_sums.hpp"
#include "resampling.hpp"

namespace retrain {
namespace {

constexpr std::size_t enough_clusters = 12;

struct Studentised {
  double mean = 0;
  double error = 0;
};

// Mean over rows of the chosen clusters and its CR1 standard error.
Studentised of_clusters(const std::vector<double>& counts, const std::vector<double>& sums,
                        const std::vector<std::size_t>& chosen) {
  double rows = 0;
  double total = 0;
  for (const std::size_t g : chosen) {
    rows += counts[g];
    total += sums[g];
  }
  Studentised result{.mean = total / rows};
  double variance = 0;
  for (const std::size_t g : chosen) {
    const double part = (sums[g] - counts[g] * result.mean) / rows;
    variance += part * part;
  }
  const double clusters = static_cast<double>(chosen.size());
  result.error = std::sqrt(variance * clusters / (clusters - 1));
  return result;
}

// t of a resample around the observed mean; a resample without spread lies infinitely far out, unless it hits the mean.
double studentised_distance(const Studentised& resample, double center, double noise) {
  const double distance = resample.mean - center;
  if (std::abs(distance) <= noise) return 0;
  return resample.error > noise ? distance / resample.error : std::copysign(std::numeric_limits<double>::infinity(), distance);
}

}  // namespace

Result<PairedTest> cluster_bootstrap_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                          std::uint64_t seed, std::size_t draws) {
  if (draws < 99) return Status{StatusCode::invalid_argument, std::to_string(draws) + " bootstrap draws, at least 99 are needed"};
  const auto original = cluster_robust_test(differences, clusters, ClusterCorrection::cr1);
  if (!original) return original.status();
  PairedTest test = *original;
  test.test = "cluster_bootstrap";
  test.p_hall_less.reset();
  if (!(test.standard_error > 0)) return test;

  const auto cluster_sums = evaluate::sum_clusters(differences, clusters);
  if (!cluster_sums) return cluster_sums.status();
  std::vector<double> sums;
  std::vector<std::size_t> chosen;
  for (std::size_t g = 0; g < cluster_sums->clusters(); ++g) {
    sums.push_back(cluster_sums->sums[g].value());
    chosen.push_back(g);
  }
  const Studentised observed = of_clusters(cluster_sums->counts, sums, chosen);
  const double t = observed.mean / observed.error;
  const double noise = 1e-14 * cluster_sums->largest;

  evaluate::CounterRandom random(seed);
  std::vector<double> distances(draws);
  for (double& distance : distances) {
    for (std::size_t& g : chosen) g = random.below(sums.size());
    distance = studentised_distance(of_clusters(cluster_sums->counts, sums, chosen), observed.mean, noise);
  }
  std::sort(distances.begin(), distances.end());
  const auto share = [&](auto counts) {
    return (1 + static_cast<double>(std::count_if(distances.begin(), distances.end(), counts))) / static_cast<double>(draws + 1);
  };
  const auto quantile = [&](double p) {
    const auto position = static_cast<std::size_t>(std::ceil(p * static_cast<double>(draws + 1))) - 1;
    return std::clamp(distances[std::min(position, draws - 1)], -1e300, 1e300);
  };
  test.t = t;
  test.p_less = share([&](double distance) { return distance <= t; });
  test.p_greater = share([&](double distance) { return distance >= t; });
  test.p_two_sided = std::min(1.0, 2 * std::min(test.p_less, test.p_greater));
  test.log10_p_two_sided = std::log10(test.p_two_sided);
  test.lower = test.estimate - quantile(0.975) * test.standard_error;
  test.upper = test.estimate - quantile(0.025) * test.standard_error;
  test.upper_one_sided = test.estimate - quantile(0.05) * test.standard_error;
  test.df = std::numeric_limits<double>::quiet_NaN();
  if (test.clusters < enough_clusters) test.flags.push_back("few_clusters");
  return test;
}

}  // namespace retrain
