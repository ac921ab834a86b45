#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <retrain/statistics.hpp>
#include <vector>

#include "digits.hpp"
#include "reference_cases.hpp"

namespace retrain {
namespace {

using reference::same_digits;

bool has_flag(const PairedTest& test, const std::string& flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

std::vector<double> differences_of(const reference::PairedCase& item) {
  std::vector<double> differences(item.candidate.size());
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = item.candidate[i] - item.production[i];
  return differences;
}

void check_case(const reference::PairedCase& item, const PairedTest& test) {
  CAPTURE(item.name);
  CAPTURE(test.test);
  CHECK(same_digits(test.estimate, item.mean));
  CHECK(same_digits(test.t, item.t));
  CHECK(same_digits(test.df, static_cast<double>(item.candidate.size() - 1)));
  CHECK(same_digits(test.standard_error, item.t == 0 ? test.standard_error : item.mean / item.t));
  CHECK(same_digits(test.p_two_sided, item.p_two_sided));
  CHECK(same_digits(test.log10_p_two_sided, item.log10_p_two_sided));
  CHECK(same_digits(test.p_less, item.p_less));
  CHECK(same_digits(test.p_greater, item.p_greater));
  CHECK(same_digits(test.lower, item.lower));
  CHECK(same_digits(test.upper, item.upper));
  CHECK(same_digits(test.upper_one_sided, item.upper_one_sided));
}

TEST_CASE("the paired t test has twelve correct digits on every reference case") {
  for (const auto& item : reference::paired_cases()) {
    const auto test = paired_t_test(differences_of(item));

    REQUIRE(test.ok());
    check_case(item, *test);
  }
}

TEST_CASE("the cluster test with every row its own cluster is the classical paired t test") {
  for (const auto& item : reference::paired_cases()) {
    std::vector<std::uint32_t> rows(item.candidate.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);

    const auto test = cluster_t_test(differences_of(item), rows);

    REQUIRE(test.ok());
    check_case(item, *test);
  }
}

TEST_CASE("scaling all losses by a power of two changes no bit of t and p, down to subnormal numbers") {
  const auto& item = reference::paired_cases().front();
  const auto expected = *paired_t_test(differences_of(item));

  for (const int exponent : {-1060, -1020, -600, -1, 600, 1000}) {
    std::vector<double> differences;
    for (const double value : differences_of(item)) differences.push_back(std::round(value * 10));
    const auto whole = *paired_t_test(differences);
    for (double& value : differences) value = std::ldexp(value, exponent);
    const auto test = *paired_t_test(differences);
    CAPTURE(exponent);
    CHECK(test.t == whole.t);
    CHECK(test.p_two_sided == whole.p_two_sided);
    CHECK(test.estimate == doctest::Approx(std::ldexp(whole.estimate, exponent)));
  }
  CHECK(expected.t < 0);
}

TEST_CASE("no rows or one row are insufficient, and no statistic pretends otherwise") {
  for (const std::vector<double>& differences : {std::vector<double>{}, std::vector<double>{1.5}}) {
    const auto test = *paired_t_test(differences);

    CHECK(has_flag(test, "insufficient"));
    CHECK(test.rows == differences.size());
    for (const double statistic : {test.estimate, test.standard_error, test.t, test.p_less, test.p_two_sided, test.upper}) {
      CHECK(std::isnan(statistic));
    }
  }
}

TEST_CASE("identical models have effect zero and p one on every side") {
  const auto test = *paired_t_test(std::vector<double>(12, 0.0), 4.0);

  CHECK(has_flag(test, "identical"));
  CHECK(test.estimate == 0);
  CHECK(test.t == 0);
  CHECK(test.p_less == 1);
  CHECK(test.p_greater == 1);
  CHECK(test.p_two_sided == 1);
  CHECK(test.lower == 0);
  CHECK(test.upper == 0);
}

TEST_CASE("a constant difference is the limit: infinite t, p zero on one side and one on the other") {
  for (const double constant : {-0.1, 0.1}) {
    const auto test = *paired_t_test(std::vector<double>(12, constant));

    CHECK(has_flag(test, "zero_variance"));
    CHECK(test.estimate == doctest::Approx(constant).epsilon(1e-15));
    CHECK(std::isinf(test.t));
    CHECK(std::signbit(test.t) == std::signbit(constant));
    CHECK(test.p_less == (constant < 0 ? 0 : 1));
    CHECK(test.p_greater == (constant < 0 ? 1 : 0));
    CHECK(test.lower == test.upper);
  }
}

TEST_CASE("a difference that is constant up to rounding is computed but flagged") {
  std::vector<double> differences;
  const std::vector<double> candidate = {.1, .2, .3, .4};
  const std::vector<double> production = {.2, .3, .4, .5};
  for (std::size_t i = 0; i < 4; ++i) differences.push_back(candidate[i] - production[i]);

  const auto test = *paired_t_test(differences, 0.35);

  CHECK(has_flag(test, "zero_variance"));
  CHECK(std::isfinite(test.t));
  CHECK(test.t < -1e15);
}

TEST_CASE("a value that is not finite is refused with its row") {
  const auto test = paired_t_test(std::vector<double>{1, 2, std::nan(""), 4});

  REQUIRE_FALSE(test.ok());
  CHECK(test.status().code() == StatusCode::invalid_argument);
  CHECK(test.status().message().find("row 3") != std::string::npos);
}

}  // namespace
}  // namespace retrain
