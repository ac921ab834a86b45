#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <retrain/statistics.hpp>
#include <vector>

#include "cluster_cases.hpp"
#include "digits.hpp"

namespace retrain {
namespace {

using reference::same_digits;
using reference::sessions_of;

struct ClusterResult {
  std::string name;
  double estimate, standard_error, t, df, p_two_sided, p_less;
};

// clubSandwich CR2 with Satterthwaite degrees of freedom; t.test on session means; Hall's corrected p.
const std::vector<ClusterResult> cr2 = {
    {"balanced_8x6", -0.1, 0.024042414571184368, -4.1593160164475876, 7.0, 0.0042453831375958994, 0.0021226915687979497},
    {"dominant_6", -0.061597560975609757, 0.028824386275302673, -2.1369947095244076, 1.625665021114579, 0.19461397198417314,
     0.09730698599208657},
    {"two_way_12x6", -0.083, 0.019890715733491653, -4.1728010752396402, 11.0, 0.0015553424808371946, 7.7767124041859729e-4}};
const std::vector<ClusterResult> means_t = {
    {"balanced_8x6", -0.1, 0.024042414571184368, -4.1593160164475876, 7.0, 0.0042453831375958994, 0.0021226915687979497},
    {"dominant_6", -0.018694444444444444, 0.016208812570273975, -1.1533506457301489, 5.0, 0.30090295554972041,
     0.15045147777486021},
    {"two_way_12x6", -0.083, 0.019890715733491653, -4.1728010752396402, 11.0, 0.0015553424808371946, 7.7767124041859729e-4}};
const std::vector<double> hall_less = {0.0013058546175858493, 0.12330002934682294, 4.1612625946972297e-4};

void check_result(const PairedTest& test, const ClusterResult& expected) {
  CAPTURE(expected.name);
  CHECK(same_digits(test.estimate, expected.estimate));
  CHECK(same_digits(test.standard_error, expected.standard_error));
  CHECK(same_digits(test.t, expected.t));
  CHECK(same_digits(test.df, expected.df));
  CHECK(same_digits(test.p_two_sided, expected.p_two_sided));
  CHECK(same_digits(test.p_less, expected.p_less));
}

TEST_CASE("the cluster test equals clubSandwich on equal, dominated and crossed clusters") {
  for (std::size_t i = 0; i < cr2.size(); ++i) {
    const auto& item = reference::cluster_cases()[i];

    const auto test = cluster_t_test(item.differences, sessions_of(item));

    REQUIRE(test.ok());
    REQUIRE(item.name == cr2[i].name);
    check_result(*test, cr2[i]);
    CHECK(test->clusters == item.sizes.size());
    CHECK(test->rows == item.differences.size());
  }
}

TEST_CASE("the test on session means equals the t test of R, and Hall's p is its corrected one") {
  for (std::size_t i = 0; i < means_t.size(); ++i) {
    const auto& item = reference::cluster_cases()[i];

    const auto test = *cluster_means_t_test(item.differences, sessions_of(item));
    const auto rows_test = *cluster_t_test(item.differences, sessions_of(item));

    check_result(test, means_t[i]);
    REQUIRE(test.p_hall_less.has_value());
    CHECK(same_digits(*test.p_hall_less, hall_less[i]));
    CHECK(rows_test.p_hall_less == test.p_hall_less);
  }
}

TEST_CASE("degrees of freedom follow the definition by matrices for any cluster sizes") {
  std::mt19937_64 random(7);
  for (int repetition = 0; repetition < 20; ++repetition) {
    std::vector<std::uint32_t> clusters;
    std::vector<double> differences;
    std::vector<double> sizes;
    for (std::uint32_t g = 0; g < 7; ++g) {
      const auto size = 1 + random() % 30;
      sizes.push_back(static_cast<double>(size));
      for (std::size_t i = 0; i < size; ++i) {
        clusters.push_back(g);
        differences.push_back(static_cast<double>(random() % 1000) - 480);
      }
    }
    const double rows = static_cast<double>(clusters.size());

    const auto test = *cluster_t_test(differences, clusters);

    // V = e'Be with B = Σ_g c_g c_g'/(1−p_g), c_g = (1_g − p_g)/N: E V = tr B, Var V = 2 tr B², df = 2 (tr B)²/(2 tr B²)
    double trace = 0;
    double trace_squared = 0;
    for (std::size_t g = 0; g < sizes.size(); ++g) {
      for (std::size_t h = 0; h < sizes.size(); ++h) {
        const double p = sizes[g] / rows;
        const double q = sizes[h] / rows;
        const double inner = ((g == h ? p : 0) - p * q) / rows;
        if (g == h) trace += inner / (1 - p);
        trace_squared += inner * inner / ((1 - p) * (1 - q));
      }
    }
    CHECK(test.df == doctest::Approx(trace * trace / trace_squared).epsilon(1e-12));
  }
}

TEST_CASE("neither the order of rows nor the numbers of the clusters matter") {
  const auto& item = reference::cluster_cases()[1];
  const auto clusters = sessions_of(item);
  const auto expected = *cluster_t_test(item.differences, clusters);
  std::vector<std::size_t> order(clusters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  std::vector<double> differences;
  std::vector<std::uint32_t> sparse;
  for (const auto row : order) {
    differences.push_back(item.differences[row]);
    sparse.push_back(4000000000U + 7 * clusters[row]);
  }

  const auto test = *cluster_t_test(differences, sparse);

  CHECK(test.t == doctest::Approx(expected.t).epsilon(1e-15));
  CHECK(test.df == expected.df);
  CHECK(test.clusters == 6);
}

TEST_CASE("one cluster is insufficient: the mean is reported, no p-value is") {
  const auto test = *cluster_t_test(std::vector<double>{1, 2, 3}, std::vector<std::uint32_t>{5, 5, 5});

  CHECK(test.flags == std::vector<std::string>{"insufficient"});
  CHECK(test.estimate == 2);
  CHECK(std::isnan(test.p_less));
  CHECK(std::isnan(test.t));
}

TEST_CASE("clusters whose means agree up to the rounding of sums have zero variance") {
  // the same four values in another order; beside the huge one even compensated sums round the small ones differently
  const std::vector<double> differences = {-1e20, -0.1, -0.2, -0.7, -1e20, -0.7, -0.1, -0.2, -1e20, -0.2, -0.7, -0.1};
  const std::vector<std::uint32_t> clusters = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};

  const auto test = *cluster_t_test(differences, clusters);

  CHECK(test.flags == std::vector<std::string>{"zero_variance"});
  CHECK(test.p_less == 0);
  CHECK(test.p_greater == 1);
  CHECK_FALSE(test.p_hall_less.has_value());
}

TEST_CASE("lengths that differ are refused with both") {
  const auto test = cluster_t_test(std::vector<double>(100, 1.0), std::vector<std::uint32_t>(99, 0));

  REQUIRE_FALSE(test.ok());
  CHECK(test.status().message().find("100") != std::string::npos);
  CHECK(test.status().message().find("99") != std::string::npos);
}

TEST_CASE("a million rows in equal pairs keep their digits") {
  std::vector<double> differences;
  std::vector<std::uint32_t> clusters;
  for (std::uint32_t i = 0; i < 1000000; ++i) {
    differences.push_back(1e9 + (i / 2 % 2 == 0 ? 0.25 : -0.25));
    clusters.push_back(i / 2);
  }

  const auto test = *cluster_t_test(differences, clusters);

  // 500000 cluster means, half of them 0.25 above and half below
  CHECK(test.estimate == 1e9);
  CHECK(same_digits(test.standard_error, 0.25 / std::sqrt(499999.0), 14));
  CHECK(test.df == doctest::Approx(499999.0).epsilon(1e-12));
}

}  // namespace
}  // namespace retrain
