// The gate on losses other than the absolute error.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <retrain/gate.hpp>
#include <vector>

#include "evaluations.hpp"

namespace retrain {
namespace {

using reference::ErrorRow;
using reference::evaluation_of;
using reference::Noise;

/// Twelve sessions or more of 20 rows; errors change sign, the candidate's are `factor` of production's but for noise.
Evaluation evaluation_with(double factor, std::size_t sessions = 12, double noise_size = 0.1) {
  Noise noise(77);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < sessions; ++session) {
    for (int i = 0; i < 20; ++i) {
      const double error = (i % 2 == 0 ? 1 : -1) * (4 + noise());
      rows.push_back({session, factor * error + noise_size * noise(), error});
    }
  }
  return evaluation_of(rows);
}

GateReport judge(const Evaluation& evaluation, const ValidationSettings& validation = {}, const GateContext& context = {}) {
  const auto report = (*make_gate(validation))->judge(evaluation, context);
  REQUIRE_MESSAGE(report.ok(), report.status().message());
  return *report;
}

TEST_CASE("classes by probability, by name and by two go through the same gate") {
  Noise noise(3);
  Evaluation several;
  several.task = Task::multiclass;
  several.outputs_per_row = 3;
  several.loss = "log_loss";
  Evaluation named = several;
  named.outputs_per_row = 1;
  named.loss = "zero_one";
  for (std::uint32_t session = 0; session < 12; ++session) {
    several.sessions.push_back("G" + std::to_string(session));
    for (int i = 0; i < 30; ++i) {
      const int label = i % 3;
      several.session_of_row.push_back(session);
      several.row_number.push_back(i);
      several.actual.push_back(label);
      named.candidate.push_back(noise() > 0.7 ? (label + 1) % 3 : label);
      named.production.push_back(noise() > 0.1 ? (label + 1) % 3 : label);
      for (int k = 0; k < 3; ++k) {
        several.candidate.push_back((k == label ? 0.8 : 0.1) + 0.05 * noise());
        several.production.push_back((k == label ? 0.4 : 0.3) + 0.1 * noise());
      }
    }
  }
  named.sessions = several.sessions;
  named.session_of_row = several.session_of_row;
  named.row_number = several.row_number;
  named.actual = several.actual;

  CHECK(judge(several).verdict == GateVerdict::pass);
  several.loss = "brier";
  CHECK(judge(several).verdict == GateVerdict::pass);
  CHECK(judge(named).verdict == GateVerdict::pass);
  CHECK(judge(named).guardrails.empty());
}

TEST_CASE("a better quantile passes on its own loss, whatever its mean error") {
  auto evaluation = evaluation_with(0.9);
  evaluation.loss = "pinball(0.9)";
  for (double& value : evaluation.candidate) value += 3;
  ValidationSettings validation;
  validation.loss = "pinball(0.90)";

  const auto report = judge(evaluation, validation);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(report.guardrails.empty());
}

TEST_CASE("losses of the host are judged as they are: no RMSE, no bias, no ceiling in their name") {
  auto evaluation = evaluation_with(0.5);
  for (auto* losses : {&evaluation.candidate, &evaluation.production}) {
    for (double& loss : *losses) loss = std::abs(loss) - 10;  // below zero
  }
  evaluation.loss = "given";
  ValidationSettings ceiling;
  ceiling.max_mae = 1;

  const auto report = judge(evaluation);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(report.guardrails.empty());
  CHECK(std::isnan(report.candidate_rmse));
  CHECK(report.production_loss < 0);
  CHECK(report.relative_improvement == doctest::Approx(2.0 / 6).epsilon(0.05));
  CHECK_FALSE((*make_gate(ceiling))->judge(evaluation, {}).ok());
}

TEST_CASE("a recent slice of losses below zero has its margin on the side of worse") {
  auto evaluation = evaluation_with(0.5);
  for (auto* losses : {&evaluation.candidate, &evaluation.production}) {
    for (double& loss : *losses) loss = std::abs(loss) - 10;
  }
  evaluation.loss = "given";
  evaluation.recent = {"S11"};
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    if (evaluation.session_of_row[row] == 11) evaluation.candidate[row] = evaluation.production[row] + 0.3;
  }
  ValidationSettings narrow;
  narrow.recent_margin = 0.01;

  CHECK(judge(evaluation).verdict == GateVerdict::pass);
  CHECK(judge(evaluation, narrow).reason == "guardrail");
}

}  // namespace
}  // namespace retrain
