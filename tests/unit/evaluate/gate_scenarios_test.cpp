#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/comparator.hpp>
#include <retrain/gate.hpp>
#include <vector>

#include "evaluations.hpp"

namespace retrain {
namespace {

using reference::ErrorRow;
using reference::evaluation_of;
using reference::Noise;

GateReport judge(const Evaluation& evaluation, const ValidationSettings& validation = {}, const GateContext& context = {}) {
  const auto report = (*make_gate(validation))->judge(evaluation, context);
  REQUIRE(report.ok());
  CHECK_FALSE(report->message.empty());
  CHECK(report->message.find('\n') == std::string::npos);
  return *report;
}

const Guardrail* find(const GateReport& report, const std::string& name) {
  const auto at =
      std::find_if(report.guardrails.begin(), report.guardrails.end(), [&](const Guardrail& g) { return g.name == name; });
  return at == report.guardrails.end() ? nullptr : &*at;
}

bool has_flag(const GateReport& report, const std::string& flag) {
  return std::find(report.flags.begin(), report.flags.end(), flag) != report.flags.end();
}

// Sessions of unequal size whose errors have a session level: rows of a session are alike, as lap times are.
std::vector<ErrorRow> race_rows(std::size_t sessions, std::uint64_t seed, double candidate_factor, double session_shift = 0) {
  Noise noise(seed);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < sessions; ++session) {
    const double level = 4 + 2 * noise();
    const double shift = session_shift * noise();
    const int size = 20 + static_cast<int>(60 * std::abs(noise()));
    for (int i = 0; i < size; ++i) {
      const double error = level + noise();
      rows.push_back({session, candidate_factor * error + shift, error});
    }
  }
  return rows;
}

TEST_CASE("a candidate that halves every error over 12 unequal sessions passes the shipped defaults") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto evaluation = evaluation_of(race_rows(12, seed, 0.5));
    evaluation.recent = {evaluation.sessions[10], evaluation.sessions[11]};

    const auto report = judge(evaluation);

    CAPTURE(report.message);
    CHECK(report.verdict == GateVerdict::pass);
    CHECK(report.reason == "better");
    CHECK(report.p <= report.level);
    CHECK(report.relative_improvement == doctest::Approx(0.5));
    CHECK(report.smallest_detectable_effect > 0);
  }
}

TEST_CASE("an improvement by a constant below the minimum effect fails, however small its p") {
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 30; ++i) rows.push_back({session, 3.999 + 0.25 * i, 4 + 0.25 * i});
  }
  ValidationSettings validation;
  validation.mae_threshold = 0.04;  // one percent of four seconds

  const auto report = judge(evaluation_of(rows), validation);

  CHECK(report.verdict == GateVerdict::fail);
  CHECK(report.reason == "below_minimum_effect");
  CHECK(report.p < 1e-20);
  CHECK(has_flag(report, "zero_variance"));
}

TEST_CASE("identical models are never promoted and have p one") {
  const auto report = judge(evaluation_of(race_rows(12, 1, 1.0)));

  CHECK(report.verdict == GateVerdict::fail);
  CHECK(report.reason == "identical");
  CHECK(report.p == 1);
  CHECK(report.test.p_two_sided == 1);
}

TEST_CASE("two equal models whose sessions differ are inconclusive, although the rows cry significance") {
  const auto evaluation = evaluation_of(race_rows(19, 25, 1.0, 0.5));
  ValidationSettings rows;
  rows.test = "paired_t";

  const auto report = judge(evaluation);
  const auto naive = judge(evaluation, rows);

  REQUIRE(report.test.estimate < 0);
  CHECK(report.verdict == GateVerdict::inconclusive);
  CHECK(report.reason == "not_significant");
  CHECK(report.p > 0.1);
  CHECK(naive.test.p_less < 1e-6);
  CHECK(has_flag(naive, "assumes_independent_rows"));
  CHECK(report.message.find("not proven: p = ") != std::string::npos);
  CHECK(report.message.find("over 19 sessions; with these sessions only a change of ") != std::string::npos);
  CHECK(report.sessions_needed > 19);
}

TEST_CASE("15000 rows of one session decide nothing") {
  std::vector<ErrorRow> rows;
  Noise noise(4);
  for (int i = 0; i < 15000; ++i) rows.push_back({0, 1 + noise(), 2 + noise()});

  const auto report = judge(evaluation_of(rows));

  CHECK(report.verdict == GateVerdict::inconclusive);
  CHECK(report.reason == "insufficient_clusters");
  CHECK(report.message.find("15000 rows in 1 session") != std::string::npos);
  CHECK(report.p == 1);
}

TEST_CASE("one session with ninety percent of the rows is named as dominating") {
  std::vector<ErrorRow> rows;
  Noise noise(5);
  for (std::uint32_t session = 0; session < 6; ++session) {
    for (int i = 0; i < (session == 3 ? 900 : 20); ++i) rows.push_back({session, 1 + 0.1 * noise(), 2 + 0.1 * noise()});
  }

  const auto report = judge(evaluation_of(rows));

  CHECK(report.verdict == GateVerdict::inconclusive);
  CHECK(report.reason == "dominated_by");
  CHECK(report.test.df < 4);
  CHECK(report.message.find("session S03 has 90 % of the rows") != std::string::npos);
}

TEST_CASE("five equal sessions have exactly four degrees of freedom and are judged") {
  std::vector<ErrorRow> rows;
  Noise noise(6);
  for (std::uint32_t session = 0; session < 5; ++session) {
    for (int i = 0; i < 37; ++i) rows.push_back({session, 1 + 0.1 * noise(), 2 + 0.1 * noise()});
  }

  CHECK(judge(evaluation_of(rows)).verdict == GateVerdict::pass);

  rows.erase(std::remove_if(rows.begin(), rows.end(), [](const ErrorRow& row) { return row.session == 4; }), rows.end());
  CHECK(judge(evaluation_of(rows)).reason == "insufficient_clusters");
}

TEST_CASE("a smaller mean error bought with a larger RMSE fails at the rmse guardrail") {
  std::vector<ErrorRow> rows;
  Noise noise(7);
  for (std::uint32_t session = 0; session < 30; ++session) {
    for (int i = 0; i < 40; ++i) {
      const double error = 4 + noise();
      rows.push_back({session, i == 0 ? 3.5 * error : 0.88 * error, error});
    }
  }

  const auto report = judge(evaluation_of(rows));

  CHECK(report.verdict == GateVerdict::fail);
  CHECK(report.reason == "guardrail");
  CHECK(report.relative_improvement > 0.05);
  CHECK(report.candidate_rmse > report.production_rmse);
  REQUIRE(find(report, "rmse"));
  CHECK_FALSE(find(report, "rmse")->passed);
  ValidationSettings tolerant;
  tolerant.rmse_margin = 0.1;
  const auto within = judge(evaluation_of(rows), tolerant);
  CHECK(within.reason == "guardrail");
  CHECK(find(within, "rmse")->message.find("significantly worse") != std::string::npos);
}

TEST_CASE("a larger RMSE within its margin passes the guardrail while it may be chance") {
  std::vector<ErrorRow> rows;
  Noise noise(7);
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 40; ++i) {
      const double error = 4 + noise();
      rows.push_back({session, session < 2 && i < 2 ? 5.9 * error : 0.88 * error, error});
    }
  }
  ValidationSettings tolerant;
  tolerant.rmse_margin = 0.1;

  CHECK_FALSE(find(judge(evaluation_of(rows)), "rmse")->passed);
  CHECK(find(judge(evaluation_of(rows), tolerant), "rmse")->passed);
}

TEST_CASE("a circuit that gets significantly worse blocks a candidate that is better overall") {
  std::vector<ErrorRow> rows;
  Noise noise(8);
  std::vector<std::int32_t> circuits;
  for (std::uint32_t session = 0; session < 36; ++session) {
    const bool monza = session % 6 == 0;
    for (int i = 0; i < 30; ++i) {
      const double error = 4 + noise();
      rows.push_back({session, (monza ? 1.2 : 0.8) * error + 0.05 * noise(), error});
      circuits.push_back(monza ? 1 : session < 4 ? 2 : 0);
    }
  }
  auto evaluation = evaluation_of(rows);
  evaluation.segments.push_back({"circuit", circuits, {"other", "monza", "spa"}});

  const auto report = judge(evaluation);

  CHECK(report.verdict == GateVerdict::fail);
  CHECK(report.reason == "guardrail");
  const auto* monza = find(report, "segment circuit=monza");
  REQUIRE(monza);
  CHECK_FALSE(monza->passed);
  REQUIRE(monza->p.has_value());
  CHECK(*monza->p < 0.05);
  CHECK(report.message.find("circuit=monza") != std::string::npos);
  const auto* spa = find(report, "segment circuit=spa");
  REQUIRE(spa);
  CHECK_MESSAGE(spa->passed, "three sessions are listed, not tested");
  CHECK_FALSE(spa->p.has_value());
}

TEST_CASE("the same p passes as first test and is inconclusive at a later, smaller level") {
  // find a case with p between the two levels
  for (std::uint64_t seed = 1; seed < 500; ++seed) {
    const auto evaluation = evaluation_of(race_rows(12, seed, 0.97, 0.25));
    const auto first = judge(evaluation, {}, {.level = 0.025});
    if (first.verdict != GateVerdict::pass || first.p < 0.01) continue;

    const auto sixth = judge(evaluation, {}, {.level = 0.0027});

    CHECK(sixth.p == first.p);
    CHECK(sixth.verdict == GateVerdict::inconclusive);
    CHECK(sixth.reason == "not_significant");
    CHECK(sixth.smallest_detectable_effect > first.smallest_detectable_effect);
    CHECK(judge(evaluation, {}, {.level = 0}).reason == "holdout_exhausted");
    return;
  }
  FAIL("no seed gave a p between 0.01 and 0.025");
}

TEST_CASE("a few enormous errors make the mean worse: that decides, not the count of wins") {
  std::vector<ErrorRow> rows;
  int wins = 0;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 50; ++i) {
      rows.push_back({session, i == 0 ? 60.0 : 3.9, 4.0});
      wins += i == 0 ? 0 : 1;
    }
  }

  const auto report = judge(evaluation_of(rows));

  CHECK(wins > 580);
  CHECK(report.verdict == GateVerdict::fail);
  CHECK(report.reason == "not_better");
  CHECK(report.relative_improvement < 0);
}

}  // namespace
}  // namespace retrain
