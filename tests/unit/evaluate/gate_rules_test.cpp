// Rules of the gate beyond the default: leaked rows, levels, faulty production, proofs, the bias, the legacy rule.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <retrain/comparator.hpp>
#include <retrain/gate.hpp>
#include <vector>

#include "evaluations.hpp"

namespace retrain {
namespace {

using reference::ErrorRow;
using reference::evaluation_of;
using reference::Noise;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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

bool needs_level(const Evaluation& evaluation, const ValidationSettings& validation = {}) {
  return (*make_gate(validation))->needs_level(evaluation);
}

const Guardrail& guardrail(const GateReport& report, const std::string& name) {
  const auto at =
      std::find_if(report.guardrails.begin(), report.guardrails.end(), [&](const Guardrail& g) { return g.name == name; });
  REQUIRE(at != report.guardrails.end());
  return *at;
}

bool has_flag(const GateReport& report, const std::string& flag) {
  return std::find(report.flags.begin(), report.flags.end(), flag) != report.flags.end();
}

TEST_CASE("rows that chose a candidate may not judge it: both keys are named with their places") {
  auto chosen = evaluation_with(0.5);
  chosen.selection_sessions = {"S97", "S03"};
  auto trained = evaluation_with(0.5);
  trained.trained_sessions = {"S11"};
  const auto gate = *make_gate({});

  const auto refused = gate->judge(chosen, {});

  CHECK(refused.status().code() == StatusCode::invalid_argument);
  CHECK(refused.status().message() ==
        "selection and gate rows overlap: selection session S03 (2 of 2) is gate session S03 (4 of 12)");
  CHECK(gate->judge(trained, {}).status().message() ==
        "training and gate rows overlap: trained session S11 (1 of 1) is gate session S11 (12 of 12)");
  CHECK_FALSE(gate->needs_level(chosen));
}

TEST_CASE("a level is needed exactly when the evidence is looked at, whichever model is better") {
  auto faulty = evaluation_with(0.5), broken = faulty, unlabelled = faulty, cold = faulty, uneven = faulty;
  faulty.candidate[7] = nan;
  broken.production[7] = nan;
  unlabelled.actual[7] = nan;
  cold.production.clear();
  for (std::size_t row = 0; row < uneven.rows(); ++row) {
    if (row >= 40) uneven.session_of_row[row] = 0, uneven.row_number[row] = static_cast<std::int64_t>(row) + 1000;
  }
  ValidationSettings ceiling;
  ceiling.max_mae = 0.1;

  for (const double factor : {0.01, 0.999, 1.0001, 50.0}) CHECK(needs_level(evaluation_with(factor)));
  CHECK_FALSE(needs_level(evaluation_with(1, 12, 0)));
  CHECK_FALSE(needs_level(evaluation_with(0.5, 4)));
  CHECK_FALSE(needs_level(evaluation_with(0.5), ceiling));
  CHECK_FALSE(needs_level(Evaluation{}));
  for (const auto& evaluation : {faulty, broken, unlabelled, cold, uneven}) CHECK_FALSE(needs_level(evaluation));
}

TEST_CASE("a level is needed for every test alike, and no test is so needed that judges nothing") {
  for (const char* test :
       {"cluster_t", "paired_t", "cluster_means_t", "cr0", "cr1", "cr3", "ewc", "dm_hln", "sign_flip", "cluster_bootstrap"}) {
    ValidationSettings validation;
    validation.test = test;
    CAPTURE(test);

    CHECK(needs_level(evaluation_with(0.5), validation));
    CHECK(judge(evaluation_with(0.5, 20), validation).verdict == GateVerdict::pass);
    CHECK(judge(evaluation_with(1.5, 20), validation).reason == "not_better");
  }
}

TEST_CASE("tests that cannot promote are not gates, and the refusal says where they are") {
  for (const char* test : {"wilcoxon", "sign", "nadeau_bengio"}) {
    ValidationSettings validation;
    validation.test = test;

    CHECK(make_gate(validation).status().message().find("retrain judge --test " + std::string(test)) != std::string::npos);
  }
}

TEST_CASE("an evaluation without rows is no first model: nothing is decided") {
  const auto report = judge(Evaluation{});

  CHECK(report.verdict == GateVerdict::inconclusive);
  CHECK(report.reason == "no_labelled_rows");
  CHECK(std::isnan(report.test.estimate));
  CHECK(std::isnan(report.test.p_less));
}

TEST_CASE("rows of one session are described and decide nothing") {
  auto evaluation = evaluation_with(0.5, 1);

  const auto report = judge(evaluation);

  CHECK(report.reason == "insufficient_clusters");
  CHECK(report.test.test == "paired_t");
  CHECK(report.test.df == 19);
  CHECK(report.p == 1);
  CHECK(has_flag(report, "descriptive"));
}

TEST_CASE("where production cannot predict, ceilings decide if that is asked for") {
  auto evaluation = evaluation_with(0.5);
  evaluation.production[3] = INFINITY;
  ValidationSettings ceilings;
  ceilings.on_production_fault = "ceilings";
  ceilings.max_mae = 3;
  ValidationSettings strict = ceilings;
  strict.max_mae = 1;

  const auto report = judge(evaluation, ceilings);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(report.reason == "cold_start");
  CHECK(has_flag(report, "production_fault"));
  CHECK(std::isnan(report.production_loss));
  CHECK(judge(evaluation, strict).reason == "ceiling");
  CHECK(judge(evaluation).reason == "production_fault");
  const auto comparison = *(*make_comparator({}, ceilings))->compare(evaluation);
  CHECK(comparison.verdict == ComparisonVerdict::promote);
  CHECK(comparison.reason == "production_unavailable");
}

TEST_CASE("a candidate that is better but leans to one side is stopped by its bias, beyond a margin or by evidence") {
  auto evaluation = evaluation_with(0.5);
  for (double& value : evaluation.candidate) value += 0.5;
  ValidationSettings margin;
  margin.bias_margin = 0.05;

  const auto report = judge(evaluation);

  CHECK(report.reason == "guardrail");
  CHECK(guardrail(report, "bias").message.find("significantly worse") != std::string::npos);
  CHECK(guardrail(report, "bias").candidate == doctest::Approx(0.5).epsilon(0.1));
  CHECK(guardrail(judge(evaluation, margin), "bias").message.find("beyond the limit") != std::string::npos);
  CHECK(judge(evaluation_with(0.5)).verdict == GateVerdict::pass);
}

TEST_CASE("a production model whose errors cancel exactly does not stop a better one for its rounding") {
  auto evaluation = evaluation_with(0.5, 12, 0);
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    evaluation.production[row] = row % 2 == 0 ? 4 : -4;
    evaluation.candidate[row] = (row % 2 == 0 ? 2 : -2) * (1 + 1e-16 * static_cast<double>(row % 5));
  }

  const auto report = judge(evaluation);

  CHECK(guardrail(report, "bias").production == 0);
  CHECK(report.verdict == GateVerdict::pass);
}

TEST_CASE("with guardrail prove a candidate must be shown to be no worse where deterioration alone would not block") {
  auto evaluation = evaluation_with(0.9, 12, 0.2);
  std::vector<std::int32_t> few;
  for (const auto session : evaluation.session_of_row) few.push_back(session < 3 ? 0 : 1);
  evaluation.segments.push_back({"wet", few, {"yes", "no"}});
  ValidationSettings prove;
  prove.guardrail = "prove";

  const auto open = judge(evaluation, prove);
  evaluation.segments.clear();
  const auto shown = judge(evaluation, prove);

  CHECK(open.verdict == GateVerdict::inconclusive);
  CHECK(open.reason == "not_proved");
  CHECK(open.message.find("segment wet=yes") != std::string::npos);
  CHECK(open.message.find("wet=no") == std::string::npos);
  CHECK(shown.verdict == GateVerdict::pass);
  CHECK(*guardrail(shown, "rmse").p < 0.05);
}

TEST_CASE("the legacy rule passes when both metrics improve on both slices, and names the one that does not") {
  auto evaluation = evaluation_with(0.9, 12, 0.05);
  evaluation.recent = {"S10", "S11"};
  ValidationSettings legacy;
  legacy.rule = "legacy_all";
  auto worse = evaluation;
  for (std::size_t row = 0; row < worse.rows(); ++row) {
    if (worse.session_of_row[row] >= 10) worse.candidate[row] = 1.05 * worse.production[row];
  }
  ValidationSettings threshold = legacy;
  threshold.rmse_threshold = 1;

  CHECK(judge(evaluation, legacy).reason == "better");
  CHECK(judge(worse, legacy).reason == "below_minimum_effect");
  CHECK(judge(worse, legacy).message.find("recent mae improves by -") != std::string::npos);
  CHECK(judge(evaluation, threshold).message.find("rmse improves by 0.") != std::string::npos);
  CHECK(judge(evaluation_with(0.999, 12, 0.5), legacy).verdict != GateVerdict::pass);
  Evaluation classes;
  classes.task = Task::binary;
  classes.loss = "brier";
  CHECK_FALSE((*make_gate(legacy))->judge(classes, {}).ok());
}

TEST_CASE("a confident threshold is met by evidence, an observed one by the estimate") {
  const auto evaluation = evaluation_with(0.9, 12, 2);
  ValidationSettings observed;
  observed.mae_threshold = 0.3;
  ValidationSettings confident = observed;
  confident.margin_mode = "confident";
  ValidationSettings rmse = confident;
  rmse.mae_threshold = 0;
  rmse.rmse_threshold = 0.05;
  ValidationSettings beyond = confident;
  beyond.mae_threshold = 1;

  const auto plain = judge(evaluation);
  REQUIRE(plain.verdict == GateVerdict::pass);
  const double improvement = plain.production_loss - plain.candidate_loss;
  observed.mae_threshold = confident.mae_threshold = 0.95 * improvement;

  CHECK(judge(evaluation, observed).verdict == GateVerdict::pass);
  CHECK(judge(evaluation, confident).reason == "not_significant");
  CHECK(judge(evaluation, confident).message.find("that mae improves by more than ") != std::string::npos);
  CHECK(judge(evaluation, beyond).reason == "below_minimum_effect");
  CHECK(judge(evaluation, rmse).p == plain.p);
}

}  // namespace
}  // namespace retrain
