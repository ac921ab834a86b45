#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/gate.hpp>
#include <vector>

#include "evaluations.hpp"

namespace retrain {
namespace {

using reference::ErrorRow;
using reference::evaluation_of;
using reference::Noise;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Twelve sessions of 20 rows in which the candidate halves the error, which passes unless something is broken.
Evaluation good_evaluation(double scale = 1) {
  Noise noise(21);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 20; ++i) {
      const double error = scale * (4 + noise());
      rows.push_back({session, error / 2, error});
    }
  }
  return evaluation_of(rows);
}

Result<GateReport> judge(const Evaluation& evaluation, const ValidationSettings& validation = {},
                         const GateContext& context = {}) {
  return (*make_gate(validation))->judge(evaluation, context);
}

std::string refusal(const Evaluation& evaluation) {
  const auto report = judge(evaluation);
  REQUIRE_FALSE(report.ok());
  CHECK(report.status().code() == StatusCode::invalid_argument);
  return report.status().message();
}

TEST_CASE("lengths that differ are refused with both, never cut or repeated") {
  auto evaluation = good_evaluation();
  evaluation.candidate.pop_back();

  const auto message = refusal(evaluation);

  CHECK(message.find("239") != std::string::npos);
  CHECK(message.find("240") != std::string::npos);
}

TEST_CASE("a row key that stands twice is refused by name") {
  auto evaluation = good_evaluation();
  evaluation.row_number[30] = evaluation.row_number[35];

  CHECK(refusal(evaluation).find("session") == std::string::npos);
  CHECK(refusal(evaluation).find("S01 row 16") != std::string::npos);
}

TEST_CASE("a session that was trained on may not judge") {
  auto evaluation = good_evaluation();
  evaluation.trained_sessions = {"S98", "S07"};

  CHECK(refusal(evaluation).find("S07") != std::string::npos);
}

TEST_CASE("a number that points outside its list is refused before anything reads through it") {
  auto outside = good_evaluation();
  outside.session_of_row[3] = 12;
  auto segment = good_evaluation();
  segment.segments.push_back({"wet", std::vector<std::int32_t>(240, 2), {"yes", "no"}});
  auto recent = good_evaluation();
  recent.recent = {"S55"};

  CHECK(refusal(outside).find("12") != std::string::npos);
  CHECK(refusal(segment).find("wet") != std::string::npos);
  CHECK(refusal(recent).find("S55") != std::string::npos);
}

TEST_CASE("one candidate prediction that is not finite fails the candidate, naming the row") {
  for (const double broken : {nan, std::numeric_limits<double>::infinity()}) {
    auto evaluation = good_evaluation();
    evaluation.candidate[45] = broken;

    const auto report = *judge(evaluation);

    CHECK(report.verdict == GateVerdict::fail);
    CHECK(report.reason == "candidate_fault");
    CHECK(report.message.find("1 row, first S02 row 6") != std::string::npos);
  }
}

TEST_CASE("a candidate that breaks where the label is missing is still a faulty candidate") {
  auto evaluation = good_evaluation();
  evaluation.candidate[45] = nan;
  evaluation.actual[45] = nan;

  CHECK(judge(evaluation)->reason == "candidate_fault");
}

TEST_CASE("production predictions that are not finite hold the decision") {
  auto evaluation = good_evaluation();
  evaluation.production[0] = nan;

  const auto report = *judge(evaluation);

  CHECK(report.verdict == GateVerdict::inconclusive);
  CHECK(report.reason == "production_fault");
  CHECK(report.message.find("S00 row 1") != std::string::npos);
}

TEST_CASE("rows without a label are dropped for both models and counted") {
  auto evaluation = good_evaluation();
  evaluation.actual[3] = evaluation.actual[4] = nan;
  ValidationSettings tolerant;
  tolerant.max_missing_label_share = 0.01;

  const auto report = *judge(evaluation, tolerant);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(report.test.rows == 238);
  CHECK(report.flags == std::vector<std::string>{"missing_labels=2"});
}

TEST_CASE("more rows without a label than allowed are no holdout yet") {
  auto evaluation = good_evaluation();
  evaluation.actual[3] = evaluation.actual[4] = evaluation.actual[5] = nan;
  ValidationSettings tolerant;
  tolerant.max_missing_label_share = 3.0 / 240;

  const auto strict = *judge(evaluation);

  CHECK(strict.verdict == GateVerdict::inconclusive);
  CHECK(strict.reason == "not_ready");
  CHECK(strict.message.find("3 of 240 rows (1.25 %) have no label") != std::string::npos);
  CHECK(judge(evaluation, tolerant)->verdict == GateVerdict::pass);
}

TEST_CASE("without a single label nothing is decided") {
  auto evaluation = good_evaluation();
  std::fill(evaluation.actual.begin(), evaluation.actual.end(), nan);

  const auto report = *judge(evaluation);

  CHECK(report.verdict == GateVerdict::inconclusive);
  CHECK(report.reason == "no_labelled_rows");
}

TEST_CASE("the first model is accepted on its ceilings alone, and refused above them") {
  auto evaluation = good_evaluation();
  evaluation.production.clear();
  ValidationSettings strict;
  strict.max_mae = 1.0;

  const auto first = *judge(evaluation);
  const auto above = *judge(evaluation, strict);

  CHECK(first.verdict == GateVerdict::pass);
  CHECK(first.reason == "cold_start");
  CHECK(first.test.clusters == 0);
  CHECK(above.verdict == GateVerdict::fail);
  CHECK(above.reason == "ceiling");
  REQUIRE(above.guardrails.size() == 1);
  CHECK(above.guardrails[0].name == "max_mae");
  CHECK(above.guardrails[0].limit == 1.0);
}

TEST_CASE("a ceiling on the RMSE holds for every candidate, better ones too") {
  ValidationSettings strict;
  strict.max_rmse = 1.0;

  CHECK(judge(good_evaluation(), strict)->reason == "ceiling");
}

TEST_CASE("errors of 1e170 and of 1e-320 are judged like errors of one") {
  const auto expected = *judge(good_evaluation());
  for (const double scale : {1e170, 1e305, 1e-160, 1e-290}) {
    const auto report = *judge(good_evaluation(scale));

    CAPTURE(scale);
    CHECK(report.verdict == GateVerdict::pass);
    CHECK(report.test.t == doctest::Approx(expected.test.t).epsilon(1e-9));
    CHECK(report.p == doctest::Approx(expected.p).epsilon(1e-9));
    CHECK(report.candidate_rmse / scale == doctest::Approx(expected.candidate_rmse));
  }
  CHECK(judge(good_evaluation(1e-320))->verdict == GateVerdict::pass);
}

TEST_CASE("labels and predictions at opposite ends of double do not overflow into a verdict") {
  auto evaluation = good_evaluation(1e307);
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    evaluation.actual[row] = -1.5e308;
    evaluation.production[row] = 1.5e308;
    evaluation.candidate[row] = row % 2 == 0 ? 1e308 : 1.2e308;
  }

  const auto report = *judge(evaluation);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(std::isfinite(report.p));
}

TEST_CASE("settings of a gate that cannot be met are refused when it is made") {
  ValidationSettings unknown;
  unknown.test = "z_test";
  ValidationSettings negative;
  negative.recent_margin = -0.1;
  ValidationSettings single;
  single.min_clusters = 1;

  CHECK(make_gate(unknown).status().message().find("z_test") != std::string::npos);
  CHECK(make_gate(negative).status().message().find("recent_margin -0.1") != std::string::npos);
  CHECK_FALSE(make_gate(single).ok());
}

TEST_CASE("a level outside 0 to 1 and a loss other than the configured one are refused") {
  ValidationSettings squared;
  squared.loss = "squared_error";

  CHECK_FALSE(judge(good_evaluation(), {}, {.level = 1.5}).ok());
  CHECK_FALSE(judge(good_evaluation(), {}, {.level = nan}).ok());
  CHECK(judge(good_evaluation(), squared).status().message().find("squared_error") != std::string::npos);
}

}  // namespace
}  // namespace retrain
