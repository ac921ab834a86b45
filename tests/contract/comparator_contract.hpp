// What every Comparator does.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <retrain/comparator.hpp>
#include <retrain/json.hpp>

#include "contract/judged_rows.hpp"
#include "contract/part_contract.hpp"

namespace retrain::test {

inline void check_comparator_contract(const Maker<Comparator>& make) {
  check_part_contract(make);
  const auto comparator = make();
  const auto compare = [&](const Evaluation& evaluation) {
    const auto comparison = comparator->compare(evaluation);
    REQUIRE_MESSAGE(comparison.ok(), comparison.status().message());
    CHECK_FALSE(comparison->reason.empty());
    CHECK_FALSE(comparison->message.empty());
    return *comparison;
  };

  SUBCASE("a candidate with half of production's loss is promoted") {
    const Comparison comparison = compare(judged_rows(0.5));

    CHECK(comparison.verdict == ComparisonVerdict::promote);
    CHECK(comparison.reason == "better");
    CHECK(comparison.improvement > comparison.threshold);
    CHECK(comparison.candidate_loss < comparison.production_loss);
  }

  SUBCASE("a tie keeps production") {
    const Comparison comparison = compare(judged_rows(1));

    CHECK(comparison.verdict == ComparisonVerdict::keep);
    CHECK(comparison.improvement == 0);
  }

  SUBCASE("a worse candidate keeps production") {
    const Comparison comparison = compare(judged_rows(1.2));

    CHECK(comparison.verdict == ComparisonVerdict::keep);
    CHECK(comparison.reason == "worse");
    CHECK(comparison.improvement < 0);
  }

  SUBCASE("no improvement counts where the candidate's errors grow in one session by as much as they shrink in another") {
    Evaluation evaluation = judged_rows(1);
    for (std::size_t row = 0; row < evaluation.rows(); ++row) {
      evaluation.production[row] = 10;
      evaluation.candidate[row] = evaluation.session_of_row[row] % 2 == 0 ? 8 : 12;
    }

    CHECK(compare(evaluation).verdict == ComparisonVerdict::keep);
  }

  SUBCASE("where there is no production model the candidate is promoted") {
    const Comparison comparison = compare(without_production(judged_rows(1)));

    CHECK(comparison.verdict == ComparisonVerdict::promote);
    CHECK(comparison.reason == "no_production");
  }

  SUBCASE("a candidate with a prediction that is no number is never promoted") {
    Evaluation evaluation = judged_rows(0.5);
    evaluation.candidate[3] = std::nan("");

    const auto comparison = comparator->compare(evaluation);

    CHECK((!comparison.ok() || comparison->verdict != ComparisonVerdict::promote));
  }

  SUBCASE("columns that do not fit are refused") {
    Evaluation evaluation = judged_rows(0.5);
    evaluation.candidate.pop_back();

    CHECK_FALSE(comparator->compare(evaluation).ok());
  }

  SUBCASE("the same evaluation gives the same comparison, also from another comparator made alike") {
    for (const double factor : {0.5, 0.99, 1.0, 1.2}) {
      const std::string first = to_json(compare(judged_rows(factor, 0.1)));

      CHECK(to_json(compare(judged_rows(factor, 0.1))) == first);
      CHECK(to_json(*make()->compare(judged_rows(factor, 0.1))) == first);
    }
  }
}

}  // namespace retrain::test
