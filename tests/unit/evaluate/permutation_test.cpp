#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <retrain/paired_tests.hpp>
#include <vector>

#include "cluster_cases.hpp"
#include "digits.hpp"
#include "reference_cases.hpp"

namespace retrain {
namespace {

using reference::same_digits;

std::vector<double> means_of(std::size_t item) {
  const auto& data = reference::cluster_cases()[item];
  return *cluster_means(data.differences, reference::sessions_of(data));
}

std::vector<double> differences_of(const std::string& name) {
  for (const auto& item : reference::paired_cases()) {
    if (item.name != name) continue;
    std::vector<double> differences;
    for (std::size_t i = 0; i < item.candidate.size(); ++i) differences.push_back(item.candidate[i] - item.production[i]);
    return differences;
  }
  return {};
}

bool has_flag(const PairedTest& test, const std::string& flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

TEST_CASE("the exact sign-flip test counts the flips of the references") {
  const auto balanced = *sign_flip_test(means_of(0));
  const auto dominant = *sign_flip_test(means_of(1));
  const auto crossed = *sign_flip_test(means_of(2));

  CHECK(balanced.p_less == 1.0 / 256);
  CHECK(balanced.p_two_sided == 2.0 / 256);
  CHECK(dominant.p_less == 11.0 / 64);
  CHECK(dominant.p_two_sided == 22.0 / 64);
  CHECK(crossed.p_less == 6.0 / 4096);
  CHECK(crossed.p_two_sided == 12.0 / 4096);
}

TEST_CASE("twenty values are flipped exactly, twenty-one by reproducible draws that agree with them") {
  std::vector<double> values;
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(-0.3);
  for (int i = 0; i < 20; ++i) values.push_back(noise(random));
  const auto exact = *sign_flip_test(values);
  values.push_back(0);  // changes no sum

  const auto drawn = *sign_flip_test(values, 42);

  CHECK_FALSE(has_flag(exact, "random_draws"));
  CHECK(has_flag(drawn, "random_draws"));
  CHECK(std::abs(drawn.p_less - exact.p_less) < 4 * std::sqrt(exact.p_less / 9999) + 1e-4);
  CHECK(drawn.p_less == sign_flip_test(values, 42)->p_less);
  CHECK(drawn.p_less != sign_flip_test(values, 43)->p_less);
  CHECK(drawn.p_less > 0);
}

TEST_CASE("flips whose sums tie up to rounding count as ties") {
  // by symmetry exactly half of the flips plus the ties are at most the observed zero
  const std::vector<double> values = {0.1, 0.2, -0.3};

  const auto test = *sign_flip_test(values);

  CHECK(test.p_less == 5.0 / 8);
  CHECK(test.p_greater == 5.0 / 8);
  CHECK(test.p_two_sided == 1);
}

TEST_CASE("Wilcoxon's test equals R's, exact without ties and corrected with them") {
  const auto win = *wilcoxon_test(differences_of("laps_win"));
  const auto worse = *wilcoxon_test(differences_of("laps_worse"));
  const auto exact = *wilcoxon_test(differences_of("float32_pred_abs"));

  CHECK(win.t == 1);
  CHECK(same_digits(win.p_two_sided, 0.00325180612551224));
  CHECK(same_digits(win.p_less, 0.00162590306275612));
  CHECK(worse.t == 28);
  CHECK(same_digits(worse.p_two_sided, 0.0222541248230991));
  CHECK(same_digits(worse.p_less, 0.992962347844987));
  CHECK(exact.t == 0);
  CHECK(exact.p_two_sided == 0.0078125);
  CHECK(exact.p_less == 0.00390625);
  CHECK_FALSE(has_flag(exact, "normal_approximation"));
}

TEST_CASE("the exact rank distribution equals enumeration of all signs") {
  const std::vector<double> values = {0.4, -1.3, 2.1, -0.2, 0.9, -3.0, 1.7, 0.05, -0.6};
  const auto test = *wilcoxon_test(values);
  int less = 0;
  int greater = 0;
  for (int signs = 0; signs < 512; ++signs) {
    double sum = 0;
    for (int rank = 1; rank <= 9; ++rank) sum += (signs >> (rank - 1) & 1) != 0 ? rank : 0;
    less += sum <= test.t ? 1 : 0;
    greater += sum >= test.t ? 1 : 0;
  }

  CHECK(test.p_less == less / 512.0);
  CHECK(test.p_greater == greater / 512.0);
  CHECK(test.clusters == 9);
}

TEST_CASE("the sign test is the exact binomial one, without zeros") {
  const auto test = *sign_test(std::vector<double>{-1, -2, -3, 0, 4, -5, -6, 0, -7, -8, 9});

  // 2 of 9 positive: (1 + 9 + 36)/512
  CHECK(same_digits(test.p_less, 46.0 / 512));
  CHECK(same_digits(test.p_greater, 1 - 10.0 / 512));
  CHECK(same_digits(test.p_two_sided, 92.0 / 512));
  CHECK(test.clusters == 9);
  CHECK(sign_test(std::vector<double>(4, 0.0))->p_two_sided == 1);
  CHECK(wilcoxon_test(std::vector<double>(4, 0.0))->p_two_sided == 1);
}

TEST_CASE("ranks and signs call a candidate better whose mean is worse: they stay diagnostic") {
  std::vector<double> values(19, -0.1);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= 0.001 * static_cast<double>(i);
  values.push_back(50);

  const auto wilcoxon = *wilcoxon_test(values);

  CHECK(wilcoxon.p_less < 0.01);
  CHECK(wilcoxon.estimate > 0);
  CHECK(wilcoxon.flags.front() == "diagnostic");
  CHECK(sign_test(values)->p_less < 0.001);
  CHECK(paired_t_test(values)->p_less > 0.5);
}

TEST_CASE("the cluster bootstrap agrees with the t test where that is right, and is reproducible") {
  std::vector<double> differences;
  std::vector<std::uint32_t> clusters;
  std::mt19937_64 random(9);
  std::normal_distribution<double> noise;
  for (std::uint32_t g = 0; g < 40; ++g) {
    const double level = -0.3 + noise(random);
    for (int i = 0; i < 10; ++i) {
      differences.push_back(level + noise(random));
      clusters.push_back(g);
    }
  }

  const auto bootstrap = *cluster_bootstrap_test(differences, clusters, 7);
  const auto parametric = *cluster_t_test(differences, clusters);

  CHECK(bootstrap.p_less == doctest::Approx(parametric.p_less).epsilon(0.02));
  CHECK(bootstrap.lower == doctest::Approx(parametric.lower).epsilon(0.1));
  CHECK(bootstrap.upper == doctest::Approx(parametric.upper).epsilon(0.1));
  CHECK(bootstrap.p_less == cluster_bootstrap_test(differences, clusters, 7)->p_less);
  CHECK(bootstrap.p_less != cluster_bootstrap_test(differences, clusters, 8)->p_less);
  CHECK(bootstrap.flags.empty());
  CHECK_FALSE(cluster_bootstrap_test(differences, clusters, 7, 10).ok());
}

TEST_CASE("a bootstrap of few clusters is flagged, one of a single cluster is insufficient") {
  const std::vector<double> differences = {-1, -2, -3, -1.5, -2.5, 0.5};
  const auto few = *cluster_bootstrap_test(differences, std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2});
  const auto one = *cluster_bootstrap_test(differences, std::vector<std::uint32_t>(6, 3));

  CHECK(has_flag(few, "few_clusters"));
  CHECK(std::isfinite(few.lower));
  CHECK(has_flag(one, "insufficient"));
  CHECK(std::isnan(one.p_less));
}

}  // namespace
}  // namespace retrain
