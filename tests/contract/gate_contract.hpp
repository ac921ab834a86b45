// What every Gate does.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <retrain/gate.hpp>
#include <retrain/json.hpp>

#include "contract/judged_rows.hpp"
#include "contract/part_contract.hpp"

namespace retrain::test {

inline void check_gate_contract(const Maker<Gate>& make) {
  check_part_contract(make);
  const auto gate = make();
  const auto judge = [&](const Evaluation& evaluation) {
    const auto report = gate->judge(evaluation, {});
    REQUIRE_MESSAGE(report.ok(), report.status().message());
    CHECK_MESSAGE((report->p >= 0 && report->p <= 1), "p lies in [0, 1] and is a number");
    CHECK_FALSE(report->reason.empty());
    CHECK_FALSE(report->message.empty());
    return *report;
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  SUBCASE("a candidate that is better in every session passes") {
    const GateReport report = judge(judged_rows(0.7, 0.5));

    CHECK(report.verdict == GateVerdict::pass);
    CHECK(report.reason == "better");
    CHECK(report.p <= GateContext{}.level);
    CHECK(report.candidate_loss < report.production_loss);
    CHECK(report.relative_improvement == doctest::Approx(0.3).epsilon(0.1));
  }

  SUBCASE("a candidate that predicts what production predicts never passes") {
    const GateReport report = judge(judged_rows(1));

    CHECK(report.verdict == GateVerdict::fail);
    CHECK(report.reason == "identical");
  }

  SUBCASE("a candidate that is worse never passes") {
    for (const double factor : {1.0001, 1.3, 1e6}) {
      CAPTURE(factor);
      CHECK(judge(judged_rows(factor, 0.5)).verdict != GateVerdict::pass);
    }
  }

  SUBCASE("a candidate that differs by noise alone does not pass") {
    CHECK(judge(judged_rows(1, 0.01)).verdict != GateVerdict::pass);
  }

  SUBCASE("the first model of all passes for want of another") {
    const GateReport report = judge(without_production(judged_rows(1)));

    CHECK(report.verdict == GateVerdict::pass);
    CHECK(report.reason == "cold_start");
  }

  SUBCASE("a candidate with one prediction that is no number never passes, and is a verdict, not a failure") {
    for (const double fault : {nan, std::numeric_limits<double>::infinity()}) {
      Evaluation evaluation = judged_rows(0.5, 0.5);
      evaluation.candidate[17] = fault;

      CHECK(judge(evaluation).verdict == GateVerdict::fail);
      CHECK(judge(without_production(evaluation)).verdict == GateVerdict::fail);
    }
  }

  SUBCASE("without a labelled row nothing is decided") {
    Evaluation evaluation = judged_rows(0.5, 0.5);
    for (double& actual : evaluation.actual) actual = nan;

    CHECK(judge(evaluation).verdict == GateVerdict::inconclusive);
  }

  SUBCASE("a level is needed to compare, whichever model is better, and not for the first model of all") {
    for (const double factor : {0.5, 0.999, 1.5}) CHECK(gate->needs_level(judged_rows(factor, 0.5)));
    CHECK_FALSE(gate->needs_level(without_production(judged_rows(0.5, 0.5))));
  }

  SUBCASE("an evaluation on rows that were trained on, that chose the candidate, or whose columns do not fit, is refused") {
    Evaluation leaked = judged_rows(0.5, 0.5), chosen = leaked, short_column = leaked;
    leaked.trained_sessions = {leaked.sessions[4]};
    chosen.selection_sessions = {chosen.sessions[4]};
    short_column.candidate.pop_back();

    CHECK_FALSE(gate->judge(leaked, {}).ok());
    CHECK_FALSE(gate->judge(chosen, {}).ok());
    CHECK_FALSE(gate->judge(short_column, {}).ok());
  }

  SUBCASE("the same arguments give the same report, also from another gate made alike") {
    for (const double factor : {0.7, 0.98, 1.0, 1.1}) {
      const Evaluation evaluation = judged_rows(factor, 0.5);
      const std::string first = to_json(judge(evaluation));

      CHECK(to_json(judge(evaluation)) == first);
      CHECK(to_json(*make()->judge(evaluation, {})) == first);
    }
  }

  SUBCASE("a report that was stored reads back the same") {
    const std::string stored = to_json(judge(judged_rows(0.7, 0.5)));

    CHECK(to_json(parse_gate_report(stored).value()) == stored);
  }
}

}  // namespace retrain::test
