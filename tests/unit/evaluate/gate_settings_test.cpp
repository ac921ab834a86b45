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

// Twelve sessions; candidate errors are `factor` times production's plus a little noise.
Evaluation evaluation_with(double factor, std::size_t sessions = 12) {
  Noise noise(31);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < sessions; ++session) {
    for (int i = 0; i < 25; ++i) {
      const double error = 4 + noise();
      rows.push_back({session, factor * error + 0.2 * noise(), error});
    }
  }
  return evaluation_of(rows);
}

GateReport judge(const Evaluation& evaluation, const ValidationSettings& validation = {}) {
  const auto report = (*make_gate(validation))->judge(evaluation, {});
  REQUIRE(report.ok());
  return *report;
}

const Guardrail& guardrail(const GateReport& report, const std::string& name) {
  const auto at =
      std::find_if(report.guardrails.begin(), report.guardrails.end(), [&](const Guardrail& g) { return g.name == name; });
  REQUIRE(at != report.guardrails.end());
  return *at;
}

TEST_CASE("recent sessions that get worse beyond the margin block, within it they do not") {
  auto evaluation = evaluation_with(0.8, 30);
  evaluation.recent = {"S28", "S29"};
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    if (evaluation.session_of_row[row] >= 28) evaluation.candidate[row] = 1.05 * evaluation.production[row];
  }
  ValidationSettings narrow;
  narrow.recent_margin = 0.02;

  const auto within = judge(evaluation);
  const auto beyond = judge(evaluation, narrow);

  CHECK(guardrail(within, "recent").passed);
  CHECK_FALSE(guardrail(within, "recent").p.has_value());
  CHECK(within.verdict == GateVerdict::pass);
  CHECK(beyond.reason == "guardrail");
  CHECK(guardrail(beyond, "recent").limit == doctest::Approx(1.02 * guardrail(beyond, "recent").production));
}

TEST_CASE("a candidate that beats a decayed champion but not the anchor is refused, unless no anchor is asked for") {
  auto evaluation = evaluation_with(0.9);
  for (const double error : evaluation.production) evaluation.anchor.push_back(0.5 * error);
  ValidationSettings no_anchor;
  no_anchor.anchor = "none";

  const auto report = judge(evaluation);

  CHECK(report.reason == "guardrail");
  CHECK_FALSE(guardrail(report, "anchor").passed);
  CHECK(guardrail(report, "anchor").message.find("the anchor's") != std::string::npos);
  CHECK(judge(evaluation, no_anchor).verdict == GateVerdict::pass);
}

TEST_CASE("an anchor that predicts nonsense is set aside and flagged, it blocks nobody") {
  auto evaluation = evaluation_with(0.9);
  evaluation.anchor = evaluation.production;
  evaluation.anchor[7] = std::nan("");

  const auto report = judge(evaluation);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(report.flags == std::vector<std::string>{"anchor_fault"});
}

TEST_CASE("24 equal segments rarely block a good candidate, because they share one Holm family") {
  int blocked = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Noise noise(seed);
    std::vector<ErrorRow> rows;
    std::vector<std::int32_t> codes;
    for (std::uint32_t session = 0; session < 8; ++session) {
      for (std::int32_t segment = 0; segment < 24; ++segment) {
        const double effect = noise() + noise() + noise();
        rows.push_back({session, 10 + effect - 0.05, 10});
        codes.push_back(segment);
      }
    }
    auto evaluation = evaluation_of(rows);
    SegmentColumn column{"driver", codes, {}};
    for (int i = 0; i < 24; ++i) column.dictionary.push_back("d" + std::to_string(i));
    evaluation.segments.push_back(column);
    ValidationSettings validation;
    validation.rmse_margin = 0.5;

    const auto report = judge(evaluation, validation);

    if (report.reason == "guardrail") ++blocked;
  }

  CHECK(blocked <= 14);  // 5 % of 200, and three standard deviations; unadjusted it would be 140
}

TEST_CASE("an absolute improvement of exactly the threshold is not beyond it") {
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 8; ++i) rows.push_back({session, 3.5 + 0.25 * (i % 3), 4 + 0.25 * (i % 3)});
  }
  ValidationSettings exact;
  exact.mae_threshold = 0.5;
  ValidationSettings below;
  below.mae_threshold = 0.4999;
  ValidationSettings rmse;
  rmse.rmse_threshold = 0.51;

  CHECK(judge(evaluation_of(rows), exact).reason == "below_minimum_effect");
  CHECK(judge(evaluation_of(rows), below).verdict == GateVerdict::pass);
  CHECK(judge(evaluation_of(rows), rmse).reason == "below_minimum_effect");
}

TEST_CASE("the test that is named is the test that is run") {
  const auto evaluation = evaluation_with(0.9);
  for (const char* name : {"cluster_t", "paired_t", "cluster_means_t"}) {
    ValidationSettings validation;
    validation.test = name;

    const auto report = judge(evaluation, validation);

    CHECK(report.test.test == name);
    CHECK(report.test.clusters == (report.test.test == "paired_t" ? 300 : 12));
    CHECK(report.p == std::max(report.test.p_less, report.test.p_hall_less.value_or(0)));
  }
}

TEST_CASE("Hall's corrected p decides where right skew makes the t test too generous") {
  // one session in which the candidate is awful, eleven in which it is a little better
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 10; ++i) rows.push_back({session, session == 5 ? 6.0 : 3.0 + 0.01 * session, 4.0});
  }

  const auto report = judge(evaluation_of(rows));

  REQUIRE(report.test.p_hall_less.has_value());
  CHECK(*report.test.p_hall_less > report.test.p_less);
  CHECK(report.p == *report.test.p_hall_less);
}

TEST_CASE("min_clusters and min_df move the boundary of what is judged") {
  ValidationSettings few;
  few.min_clusters = 3;
  few.min_df = 2;
  ValidationSettings many;
  many.min_clusters = 13;

  CHECK(judge(evaluation_with(0.5, 3), few).verdict == GateVerdict::pass);
  CHECK(judge(evaluation_with(0.5, 3)).reason == "insufficient_clusters");
  CHECK(judge(evaluation_with(0.5), many).reason == "insufficient_clusters");
}

TEST_CASE("classification goes through the same gate on its log loss") {
  Noise noise(41);
  Evaluation evaluation;
  evaluation.task = Task::binary;
  evaluation.loss = "auto";
  for (std::uint32_t session = 0; session < 10; ++session) {
    evaluation.sessions.push_back("G" + std::to_string(session));
    for (int i = 0; i < 40; ++i) {
      const double label = noise() > 0 ? 1 : 0;
      evaluation.session_of_row.push_back(session);
      evaluation.row_number.push_back(i);
      evaluation.actual.push_back(label);
      evaluation.production.push_back(0.5 + 0.1 * (label - 0.5) + 0.2 * noise());
      evaluation.candidate.push_back(0.5 + 0.6 * (label - 0.5) + 0.15 * noise());
    }
  }
  ValidationSettings ceiling;
  ceiling.max_mae = 1;

  const auto report = judge(evaluation);

  CHECK(report.verdict == GateVerdict::pass);
  CHECK(std::isnan(report.candidate_rmse));
  CHECK(report.guardrails.empty());
  CHECK_FALSE((*make_gate(ceiling))->judge(evaluation, {}).ok());
}

TEST_CASE("session means that follow each other are flagged as serially dependent") {
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 20; ++session) {
    for (int i = 0; i < 5; ++i) rows.push_back({session, 3.5 + std::sin(session / 3.0) * 0.3, 4.0});
  }

  const auto report = judge(evaluation_of(rows));

  CHECK(std::find(report.flags.begin(), report.flags.end(), "serial_dependence") != report.flags.end());
  CHECK(judge(evaluation_with(0.9)).flags.empty());
}

}  // namespace
}  // namespace retrain
