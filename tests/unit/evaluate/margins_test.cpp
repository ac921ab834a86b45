#include <retrain/margins.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "digits.hpp"
#include "reference_cases.hpp"

namespace retrain {
namespace {

using reference::same_digits;

const reference::PairedCase& find(const std::string& name) {
  for (const auto& item : reference::paired_cases()) {
    if (item.name == name) return item;
  }
  FAIL("no case " << name);
  return reference::paired_cases().front();
}

PairedTest test_of(const std::string& name) {
  const auto& item = find(name);
  std::vector<double> differences;
  for (std::size_t i = 0; i < item.candidate.size(); ++i) differences.push_back(item.candidate[i] - item.production[i]);
  return *paired_t_test(differences);
}

TEST_CASE("tests against absolute margins equal R's t.test with mu") {
  const auto beyond = margin_test(test_of("laps_win"), -0.05);
  const auto non_inferior = margin_test(test_of("laps_win"), 0.02);
  const auto null_case = margin_test(test_of("laps_null"), 0.02);

  CHECK(same_digits(beyond.t, -2.37257042102768, 11));
  CHECK(same_digits(beyond.p_less, 0.0184917649498943, 11));
  CHECK(same_digits(non_inferior.t, -8.69942487710148, 11));
  CHECK(same_digits(non_inferior.p_less, 1.45943789399595e-06, 11));
  CHECK(same_digits(null_case.p_less, 0.000566891551679826, 11));
  CHECK(same_digits(margin_test(test_of("laps_null"), -0.05).p_less, 0.999998351464331, 11));
}

TEST_CASE("equivalence is the larger of two one-sided tests, and its interval the 90 percent one") {
  const auto win = equivalence_test(test_of("laps_win"), 0.05);
  const auto sleep = equivalence_test(test_of("sleep"), 0.02);
  const auto null_case = equivalence_test(test_of("laps_null"), 0.05);

  CHECK(same_digits(win.p, 0.981508235050106, 11));
  CHECK(same_digits(win.p_upper, 9.74075452526756e-08, 11));
  CHECK(same_digits(win.p_lower, 0.981508235050106, 11));
  CHECK(same_digits(win.lower, -0.0961195794540681, 11));
  CHECK(same_digits(win.upper, -0.0563804205459319, 11));
  CHECK(same_digits(sleep.p_upper, 0.00131154135726042, 11));
  CHECK(same_digits(sleep.lower, -2.29300526702928, 11));
  CHECK(same_digits(null_case.p, 1.6485356691153e-06, 10));
  CHECK(null_case.p_upper == doctest::Approx(null_case.p_lower));
}

TEST_CASE("the interval lies inside the margin exactly when equivalence is shown at 0.05") {
  const auto test = test_of("laps_win");
  const auto edge = equivalence_test(test, 1);

  CHECK(same_digits(equivalence_test(test, -edge.lower).p, 0.05, 9));
  CHECK(equivalence_test(test, -edge.lower * 1.001).p < 0.05);
}

TEST_CASE("relative margins are tested without taking a ratio") {
  struct Row {
    const char* name;
    double share, t, p_less;
  };
  for (const auto& row :
       {Row{"laps_win", 0.01, -6.65956788208675, 1.78243361351324e-05}, Row{"laps_win", 0.2, -0.911898141404836, 0.1906863701563},
        Row{"sleep", 0, -4.06212768338204, 0.00141644509869214}, Row{"sleep", 0.05, -3.9018416829638, 0.00180463945657841},
        Row{"laps_null", 0.01, 0.802943246035773, 0.775796205108094},
        Row{"laps_null", 0.2, 7.60207263325739, 0.999936967956007}}) {
    const auto& item = find(row.name);

    const auto test = *paired_t_test(*relative_margin_rows(item.candidate, item.production, row.share));

    CAPTURE(row.name);
    CHECK(same_digits(test.t, row.t, 11));
    CHECK(same_digits(test.p_less, row.p_less, 11));
  }
  CHECK_FALSE(relative_margin_rows(std::vector<double>(2), std::vector<double>(3), 0.1).ok());
}

TEST_CASE("a margin without any spread is decided by the sign, and unknown without an estimate") {
  const auto constant = *paired_t_test(std::vector<double>(6, -0.5));

  CHECK(margin_test(constant, -0.25).p_less == 0);
  CHECK(margin_test(constant, -0.75).p_less == 1);
  CHECK(margin_test(constant, -0.5).p_less == 1);
  CHECK(margin_test(constant, -0.5).p_greater == 1);
  CHECK(std::isnan(margin_test(*paired_t_test(std::vector<double>{1}), 0).p_less));
  CHECK(std::isnan(equivalence_test(*paired_t_test(std::vector<double>{1}), 1).p));
}

TEST_CASE("the difference of two RMSE has the error that leaving out single sessions shows") {
  std::vector<double> candidate;
  std::vector<double> production;
  std::vector<std::uint32_t> clusters;
  for (std::uint32_t g = 0; g < 200; ++g) {
    for (int i = 0; i < 5; ++i) {
      const double base = std::sin(7.0 * g + i) + 0.5 * std::cos(3.0 * g);
      candidate.push_back(0.9 * base + 0.1 * std::sin(11.0 * g));
      production.push_back(base);
      clusters.push_back(g);
    }
  }
  const auto difference = [&](std::int64_t left_out) {
    double c = 0, p = 0, n = 0;
    for (std::size_t i = 0; i < candidate.size(); ++i) {
      if (clusters[i] == left_out) continue;
      c += candidate[i] * candidate[i];
      p += production[i] * production[i];
      n += 1;
    }
    return std::sqrt(c / n) - std::sqrt(p / n);
  };
  double jackknife = 0;
  const double whole = difference(-1);
  for (std::int64_t g = 0; g < 200; ++g) jackknife += 199.0 / 200 * std::pow(difference(g) - whole, 2);

  const auto test = *rmse_difference_test(candidate, production, clusters);

  CHECK(test.test == "rmse_difference");
  CHECK(test.estimate == doctest::Approx(whole).epsilon(1e-12));
  CHECK(test.standard_error == doctest::Approx(std::sqrt(jackknife)).epsilon(0.01));
}

TEST_CASE("adjusted p-values equal R's p.adjust") {
  const std::vector<double> p = {.0004, .011, .013, .020, .041, .043, .30, .62, .62, .98};
  const auto check = [&](Adjustment adjustment, const std::vector<double>& expected) {
    const auto adjusted = adjust_p_values(p, adjustment);
    for (std::size_t i = 0; i < p.size(); ++i) CHECK(same_digits(adjusted[i], expected[i]));
  };

  check(Adjustment::bonferroni, {0.004, 0.11, 0.13, 0.2, 0.41, 0.43, 1, 1, 1, 1});
  check(Adjustment::hochberg, {0.004, 0.099, 0.104, 0.14, 0.215, 0.215, 0.98, 0.98, 0.98, 0.98});
  check(Adjustment::benjamini_yekutieli, {0.011715873015873, 0.126921957671958, 0.126921957671958, 0.146448412698413,
                                          0.209909391534392, 0.209909391534392, 1, 1, 1, 1});
  check(Adjustment::holm, holm_adjust(p));
  CHECK(same_digits(adjust_p_values(p, Adjustment::benjamini_hochberg)[2], 0.13 / 3));
  CHECK(adjust_p_values({}, Adjustment::hochberg).empty());
}

}  // namespace
}  // namespace retrain
