#include <doctest/doctest.h>

#include <cmath>
#include <retrain/comparator.hpp>
#include <vector>

#include "evaluations.hpp"

namespace retrain {
namespace {

Evaluation flat(double candidate, double production) {
  std::vector<reference::ErrorRow> rows;
  for (std::uint32_t session = 0; session < 4; ++session) {
    for (int i = 0; i < 4; ++i) rows.push_back({session, candidate, production});
  }
  return reference::evaluation_of(rows);
}

Comparison compare(const Evaluation& evaluation, double threshold, const char* mode, const ValidationSettings& validation = {}) {
  ComparisonSettings settings;
  settings.improvement_threshold = threshold;
  settings.improvement_mode = mode;
  const auto comparison = (*make_comparator(settings, validation))->compare(evaluation);
  REQUIRE(comparison.ok());
  CHECK_FALSE(comparison->message.empty());
  return *comparison;
}

TEST_CASE("one percent is not enough in seconds but enough as a share") {
  const auto evaluation = flat(0.492, 0.5);

  const auto absolute = compare(evaluation, 0.01, "absolute");
  const auto relative = compare(evaluation, 0.01, "relative");

  CHECK(absolute.verdict == ComparisonVerdict::keep);
  CHECK(absolute.reason == "not_enough");
  CHECK(absolute.improvement == doctest::Approx(0.008));
  CHECK(relative.verdict == ComparisonVerdict::promote);
  CHECK(relative.reason == "better");
  CHECK(relative.improvement == doctest::Approx(0.016));
}

TEST_CASE("an improvement of exactly the threshold keeps production, so does a tie at threshold zero") {
  CHECK(compare(flat(0.75, 1), 0.25, "relative").reason == "not_enough");
  CHECK(compare(flat(0.75, 1), 0.2499, "relative").reason == "better");
  CHECK(compare(flat(1, 1), 0, "relative").reason == "not_enough");
  CHECK(compare(flat(1, 1), 0, "absolute").verdict == ComparisonVerdict::keep);
}

TEST_CASE("a higher loss is worse, and nothing improves on a loss of zero") {
  CHECK(compare(flat(1.1, 1), 0, "relative").reason == "worse");
  CHECK(compare(flat(0, 0), 0, "relative").reason == "not_enough");
  CHECK(compare(flat(1e-9, 0), 0, "absolute").reason == "worse");
}

TEST_CASE("without production the candidate is promoted when its ceilings hold") {
  auto evaluation = flat(2, 1);
  evaluation.production.clear();
  ValidationSettings strict;
  strict.max_mae = 1;

  CHECK(compare(evaluation, 0.01, "relative").reason == "no_production");
  CHECK(compare(evaluation, 0.01, "relative").verdict == ComparisonVerdict::promote);
  CHECK(compare(evaluation, 0.01, "relative", strict).verdict == ComparisonVerdict::keep);
}

TEST_CASE("production that cannot predict is unavailable, and keeps its place") {
  auto evaluation = flat(1, 2);
  evaluation.production[5] = std::nan("");

  const auto comparison = compare(evaluation, 0, "relative");

  CHECK(comparison.reason == "production_unavailable");
  CHECK(comparison.verdict == ComparisonVerdict::keep);
  CHECK(comparison.message.find("S01 row 2") != std::string::npos);
}

TEST_CASE("a candidate that cannot predict is worse than any production model") {
  auto evaluation = flat(1, 2);
  evaluation.candidate[5] = INFINITY;

  CHECK(compare(evaluation, 0, "relative").reason == "worse");
}

TEST_CASE("rows without a label count for neither model") {
  auto evaluation = flat(1, 2);
  evaluation.candidate[0] = 100;
  evaluation.actual[0] = std::nan("");

  const auto comparison = compare(evaluation, 0.1, "relative");

  CHECK(comparison.reason == "better");
  CHECK(comparison.candidate_loss == 1);
}

TEST_CASE("a comparator with an unknown mode or a negative threshold is not made") {
  CHECK_FALSE(make_comparator({.improvement_mode = "sideways"}, {}).ok());
  CHECK_FALSE(make_comparator({.improvement_threshold = -0.01}, {}).ok());
  CHECK_FALSE(make_comparator({.improvement_threshold = std::nan("")}, {}).ok());
}

}  // namespace
}  // namespace retrain
