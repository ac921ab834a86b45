#include "sessions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <retrain/paired_tests.hpp>
#include <retrain/statistics.hpp>
#include <vector>

namespace retrain::simulations {
namespace {

// Counts of two rules on the same repetitions.
struct Two {
  double first = 0, second = 0, sum = 0;
  Two& operator+=(const Two& other) {
    first += other.first;
    second += other.second;
    sum += other.sum;
    return *this;
  }
};

double one_if(bool condition) {
  return condition ? 1 : 0;
}

double share(double count, const Plan& plan) {
  return count / static_cast<double>(plan.repetitions);
}

std::vector<std::uint32_t> own_clusters(std::size_t sessions) {
  std::vector<std::uint32_t> numbers(sessions);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

}  // namespace

ClusteredRates clustered_rows(const Plan& plan, const ClusteredRows& world) {
  const auto counts = repeat<Two>(plan, [&](Random& random, Two& count) {
    std::vector<double> differences;
    std::vector<std::uint32_t> clusters;
    for (std::uint32_t cluster = 0; cluster < world.clusters; ++cluster) {
      const double mean_one = world.lognormal_sizes ? std::exp(0.8 * random.normal() - 0.32) : 1;
      const std::size_t rows = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(50 * mean_one)));
      const double common = std::sqrt(world.icc) * random.normal();
      for (std::size_t row = 0; row < rows; ++row) differences.push_back(common + std::sqrt(1 - world.icc) * random.normal());
      clusters.resize(differences.size(), cluster);
    }
    count.first += one_if(cluster_t_test(differences, clusters)->p_less <= level);
    count.second += one_if(paired_t_test(differences)->p_less <= level);
  });
  return {share(counts.first, plan), share(counts.second, plan)};
}

SkewedRates skewed_sessions(const Plan& plan, std::size_t sessions) {
  const auto each_its_own = own_clusters(sessions);
  const auto counts = repeat<Two>(plan, [&](Random& random, Two& count) {
    std::vector<double> differences(sessions);
    for (double& difference : differences) difference = random.exponential() - 1;
    const PairedTest test = *cluster_t_test(differences, each_its_own);
    count.first += one_if(std::max(test.p_less, test.p_hall_less.value_or(1)) <= level);
    count.second += one_if(test.p_less <= level);
  });
  return {share(counts.first, plan), share(counts.second, plan)};
}

SerialRates serial_sessions(const Plan& plan, std::size_t sessions, double correlation) {
  const auto counts = repeat<Two>(plan, [&](Random& random, Two& count) {
    std::vector<double> differences(sessions);
    double last = random.normal();
    for (double& difference : differences) {
      difference = last;
      last = correlation * last + std::sqrt(1 - correlation * correlation) * random.normal();
    }
    count.first += one_if(ewc_test(differences)->p_less <= level);
    count.second += one_if(paired_t_test(differences)->p_less <= level);
  });
  return {share(counts.first, plan), share(counts.second, plan)};
}

WatchRates watched_model(const Plan& plan, double harm) {
  constexpr std::size_t looks = 24;
  constexpr double watch_level = 0.05;
  const auto counts = repeat<Two>(plan, [&](Random& random, Two& count) {
    std::vector<double> worse;
    bool by_evidence = false, by_t_test = false;
    while (worse.size() < looks && !(by_evidence && by_t_test)) {
      worse.push_back(harm + random.normal());
      if (!by_evidence && log_e_value_greater(worse) >= std::log(1 / watch_level)) {
        by_evidence = true;
        count.sum += static_cast<double>(worse.size());
      }
      by_t_test = by_t_test || paired_t_test(worse)->p_greater <= watch_level;
    }
    count.first += one_if(by_evidence);
    count.second += one_if(by_t_test);
  });
  return {share(counts.first, plan), counts.sum / std::max(1.0, counts.first), share(counts.second, plan)};
}

std::vector<ThresholdRates> noise_beyond_thresholds(const Plan& plan, const std::vector<double>& standard_errors) {
  constexpr std::size_t sessions = 24;
  struct Counts {
    std::vector<ThresholdRates> of;
    Counts& operator+=(const Counts& other) {
      of.resize(std::max(of.size(), other.of.size()));
      for (std::size_t i = 0; i < other.of.size(); ++i) {
        of[i].with_test += other.of[i].with_test;
        of[i].threshold_only += other.of[i].threshold_only;
      }
      return *this;
    }
  };
  const auto each_its_own = own_clusters(sessions);
  auto counts = repeat<Counts>(plan, [&](Random& random, Counts& count) {
    count.of.resize(standard_errors.size());
    std::vector<double> differences(sessions);
    for (double& difference : differences) difference = random.normal();
    const PairedTest test = *cluster_t_test(differences, each_its_own);
    for (std::size_t i = 0; i < standard_errors.size(); ++i) {
      const bool beyond = test.estimate < -standard_errors[i] / std::sqrt(static_cast<double>(sessions));
      count.of[i].with_test += one_if(beyond && test.p_less <= level);
      count.of[i].threshold_only += one_if(beyond);
    }
  });
  for (ThresholdRates& rates : counts.of) rates = {share(rates.with_test, plan), share(rates.threshold_only, plan)};
  return counts.of;
}

}  // namespace retrain::simulations
