#include <retrain/judgement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "cluster_cases.hpp"
#include "digits.hpp"
#include "evaluations.hpp"
#include "reference_cases.hpp"

namespace retrain {
namespace {

using reference::ErrorRow;
using reference::evaluation_of;
using reference::Noise;
using reference::same_digits;

/// Given losses whose differences are `differences`: production's loss is 0.
Evaluation given_losses(const std::vector<double>& differences, const std::vector<std::uint32_t>& sessions) {
  std::vector<ErrorRow> rows;
  for (std::size_t i = 0; i < differences.size(); ++i) rows.push_back({sessions[i], differences[i], 0});
  Evaluation evaluation = evaluation_of(rows);
  evaluation.loss = "given";
  return evaluation;
}

Judgement judged(const Evaluation& evaluation, const std::string& test = "cluster_t", const ComparisonSettings& comparison = {}) {
  ValidationSettings validation;
  validation.test = test;
  validation.horizon = test == "dm_hln" ? 2 : 1;
  const auto judgement = judge(evaluation, validation, comparison, {}, 1.0 / 9);
  REQUIRE_MESSAGE(judgement.ok(), judgement.status().message());
  CHECK(judgement->message.find('\n') == std::string::npos);
  return *judgement;
}

struct Expected {
  std::string test;
  double error, t, df, two_sided, less;
};

void check_row(const Judgement& judgement, const Expected& expected) {
  const PairedTest& test = judgement.gate.test;
  CAPTURE(expected.test);
  CHECK(test.test == expected.test);
  CHECK(same_digits(test.standard_error, expected.error, 11));
  CHECK(same_digits(test.t, expected.t, 11));
  CHECK(same_digits(test.df, expected.df, 11));
  CHECK(same_digits(test.p_two_sided, expected.two_sided, 11));
  CHECK(same_digits(test.p_less, expected.less, 11));
}

/// Forty means of sessions in time order.
const std::vector<double> dm_series = {-0.008, -0.01,  -0.043, -0.045, -0.095, -0.055, -0.026, -0.039, -0.008, -0.073,
                                       -0.026, 0.071,  0.035,  -0.023, 0.053,  0.042,  0.001,  0.018,  -0.078, -0.076,
                                       -0.003, -0.044, -0.116, -0.016, -0.035, -0.071, -0.11,  -0.043, 0.04,   0.099,
                                       0.079,  -0.012, -0.014, -0.052, 0.074,  0.02,   0.004,  -0.037, -0.076, -0.125};

TEST_CASE("every cluster test equals its reference when it is asked for by name") {
  const auto& balanced = reference::cluster_cases()[0];
  const auto evaluation = given_losses(balanced.differences, reference::sessions_of(balanced));
  for (const Expected& expected :
       {Expected{"cluster_t", 0.024042414571184368, -4.1593160164475876, 7.0, 0.0042453831375958994, 0.0021226915687979497},
        Expected{"cluster_means_t", 0.024042414571184368, -4.1593160164475876, 7.0, 0.0042453831375958994, 0.0021226915687979497},
        Expected{"cr0", 0.022489619519038358, -4.4464958562480801, 7.0, 0.0029842235124731912, 0.0014921117562365956},
        Expected{"cr1", 0.024042414571184368, -4.1593160164475876, 7.0, 0.0042453831375958994, 0.0021226915687979497},
        Expected{"cr3", 0.025702422307472409, -3.8906838742170701, 7.0, 0.0059701252066489799, 0.0029850626033244899},
        Expected{"paired_t", 0.014744995544828804, -6.7819620355918558, 47.0, 1.7510934647048095e-8, 8.7554673235240474e-9}}) {
    check_row(judged(evaluation, expected.test), expected);
  }
}

TEST_CASE("the tests of series, folds, flips and crossed clusters equal their references by name") {
  std::vector<std::uint32_t> sessions(40), folds(10);
  for (std::uint32_t i = 0; i < 40; ++i) sessions[i] = i;
  for (std::uint32_t i = 0; i < 10; ++i) folds[i] = i;
  const std::vector<double> fold_means = {0.013, -0.004, 0.021, 0.008, 0.017, 0.002, 0.011, -0.001, 0.019, 0.006};
  const auto& crossed = reference::cluster_cases()[2];
  auto two_way = given_losses(crossed.differences, reference::sessions_of(crossed));
  two_way.second_cluster.name = "driver";
  two_way.second_cluster.dictionary = {"a", "b", "c", "d", "e", "f"};
  for (int row = 0; row < 72; ++row) two_way.second_cluster.codes.push_back(row % 6);

  check_row(judged(given_losses(dm_series, sessions), "dm_hln"),
            {"dm_hln", 0.012121450570532932, -1.6974041085493119, 39, 0.097587902677136307, 0.048793951338568153});
  check_row(judged(given_losses(dm_series, sessions), "ewc"),
            {"ewc", 0.010991973353382497, -1.8718204037192805, 4, 0.13454752569665182, 0.067273762848325912});
  check_row(judged(given_losses(fold_means, folds), "nadeau_bengio"),
            {"nadeau_bengio", 0.0039215139429738449, 2.3460327143509434, 9, 0.043587437720781975, 0.97820628113960901});
  check_row(judged(two_way, "two_way"),
            {"two_way", 0.025904468190528017, -3.2040804462586495, 5.0, 0.023886055140401831, 0.011943027570200915});
  const auto flipped = judged(two_way, "sign_flip").gate;
  CHECK(flipped.test.p_less == 6.0 / 4096);
  CHECK(flipped.test.p_two_sided == 12.0 / 4096);
  CHECK(flipped.smallest_detectable_effect > 0);
}

TEST_CASE("ranks and signs by name equal R's, and never promote") {
  for (const auto& item : reference::paired_cases()) {
    if (item.name != "laps_win") continue;
    std::vector<ErrorRow> rows;
    for (std::uint32_t i = 0; i < item.candidate.size(); ++i) rows.push_back({i, item.candidate[i], item.production[i]});
    auto evaluation = evaluation_of(rows);
    evaluation.loss = "given";

    const auto wilcoxon = judged(evaluation, "wilcoxon");

    CHECK(wilcoxon.gate.test.t == 1);
    CHECK(same_digits(wilcoxon.gate.test.p_less, 0.00162590306275612));
    CHECK(wilcoxon.verdict == GateVerdict::inconclusive);
    CHECK(wilcoxon.reason == "diagnostic_test");
    CHECK(judged(evaluation, "sign").reason == "diagnostic_test");
    CHECK(judged(evaluation, "paired_t").verdict == GateVerdict::pass);
    CHECK(same_digits(judged(evaluation, "paired_t").gate.test.t, item.t));
    CHECK(same_digits(judged(evaluation).gate.test.t, item.t));
    CHECK(std::count(wilcoxon.gate.flags.begin(), wilcoxon.gate.flags.end(), "diagnostic_only") == 1);
  }
}

TEST_CASE("most rows a little better and a few enormously worse fail, though ranks and signs count wins") {
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 20; ++session)
    rows.push_back({session, session == 7 ? 60.0 : 3.9 - 0.001 * session, 4.0});

  const auto wilcoxon = judged(evaluation_of(rows), "wilcoxon");

  CHECK(wilcoxon.gate.test.p_less < 0.01);
  CHECK(wilcoxon.verdict == GateVerdict::fail);
  CHECK(wilcoxon.reason == "not_better");
  CHECK(judged(evaluation_of(rows)).reason == "not_better");
}

TEST_CASE("a constant millisecond better than four seconds is below one percent, however small its p") {
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 10; ++i) rows.push_back({session, 3.999 + 0.1 * i, 4 + 0.1 * i});
  }

  const auto judgement = judged(evaluation_of(rows));

  CHECK(judgement.gate.p < 1e-20);
  CHECK(judgement.verdict == GateVerdict::fail);
  CHECK(judgement.reason == "below_minimum_effect");
  CHECK(judgement.message.find("less than the 1 % asked") != std::string::npos);
}

TEST_CASE("too small an improvement is told before missing evidence, with p and what could be seen") {
  Noise noise(5);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 19; ++session) {
    const double shift = 0.4 * noise();
    for (int i = 0; i < 20; ++i) {
      const double error = 4 + noise();
      rows.push_back({session, error + shift, error});
    }
  }
  auto evaluation = evaluation_of(rows);
  double mean = 0;
  for (const auto& row : rows) mean += (row.production_error - row.candidate_error) / static_cast<double>(rows.size());
  for (double& value : evaluation.candidate) value += mean - 0.016;  // 0.4 % of four

  const auto judgement = judged(evaluation);

  CHECK(judgement.gate.reason == "not_significant");
  CHECK(judgement.reason == "below_minimum_effect");
  CHECK_MESSAGE(judgement.message.starts_with("rejected: 0.4 % better, less than the 1 % asked; p = 0.4"), judgement.message);
  CHECK(judgement.message.find(" over 19 sessions; with these sessions only a change of ") != std::string::npos);
  CHECK(judgement.message.find(" sessions would show this one") != std::string::npos);
}

TEST_CASE("eight milliseconds of half a second are one percent as a share, not as seconds, and both asks for both") {
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 5; ++i) rows.push_back({session, 0.492 + 0.0001 * (session % 3), 0.5});
  }

  CHECK(judged(evaluation_of(rows)).verdict == GateVerdict::pass);
  CHECK(judged(evaluation_of(rows), "cluster_t", {.improvement_mode = "absolute"}).reason == "below_minimum_effect");
  const auto both = judged(evaluation_of(rows), "cluster_t", {.improvement_mode = "both"});
  CHECK(both.reason == "below_minimum_effect");
  CHECK(both.message.starts_with("rejected: 1.6 % better, but improvement of 0.0079 in units of the loss against 0.01 asked; p"));
  CHECK(judged(evaluation_of(rows), "cluster_t", {.improvement_threshold = 0.005, .improvement_mode = "both"}).verdict ==
        GateVerdict::pass);
}

TEST_CASE("an improvement that must be proven to exceed the threshold stays open where it only seems to") {
  Noise noise(9);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 20; ++session) {
    const double error = 4 + noise();
    rows.push_back({session, 0.97 * error + 0.1 * noise(), error});
    rows.push_back({session, 0.97 * error + 0.1 * noise(), error});
  }
  ValidationSettings confident;
  confident.margin_mode = "confident";

  const auto open = *judge(evaluation_of(rows), confident, {.improvement_threshold = 0.025});

  CHECK(judged(evaluation_of(rows), "cluster_t", {.improvement_threshold = 0.025}).verdict == GateVerdict::pass);
  CHECK(judge(evaluation_of(rows), confident, {.improvement_threshold = 0.005})->verdict == GateVerdict::pass);
  CHECK(judge(evaluation_of(rows), confident, {.improvement_threshold = 0.02, .improvement_mode = "absolute"})->verdict ==
        GateVerdict::pass);
  CHECK(open.verdict == GateVerdict::inconclusive);
  CHECK(open.reason == "not_significant");
  CHECK(open.message.find("is not shown to be more than the 2.5 % asked") != std::string::npos);
}

TEST_CASE("where production's loss is zero any improvement on it is more than every share, and no share is reported") {
  std::vector<std::uint32_t> sessions;
  std::vector<double> differences;
  for (std::uint32_t i = 0; i < 12; ++i) {
    sessions.push_back(i);
    differences.push_back(-1 - 0.01 * i);
  }
  const auto evaluation = given_losses(differences, sessions);

  const auto relative = judged(evaluation);

  CHECK(std::isnan(relative.gate.relative_improvement));
  CHECK(nlohmann::json::parse(to_json(relative))["relative_improvement"].is_null());
  CHECK(relative.verdict == GateVerdict::pass);
  CHECK(relative.comparison.message.find("inf") == std::string::npos);
  CHECK(judged(evaluation, "cluster_t", {.improvement_mode = "absolute"}).verdict == GateVerdict::pass);
}

TEST_CASE("under elond the gate weighs an e-value of the session means, and 1/e stands for p") {
  Noise noise(3);
  std::vector<ErrorRow> rows;
  std::vector<double> better;
  for (std::uint32_t session = 0; session < 14; ++session) {
    const double gain = 0.4 + 0.2 * noise();
    for (int i = 0; i < 6; ++i) rows.push_back({session, 4 - gain, 4});
    better.push_back(4 - (4 - gain));
  }
  const double e = std::exp(log_e_value_greater(better));
  REQUIRE(e > 50);

  const auto passed = judge(evaluation_of(rows), {}, {}, {.level = 1.01 / e, .level_rule = "elond"});
  const auto refused = judge(evaluation_of(rows), {}, {}, {.level = 0.99 / e, .level_rule = "elond"});

  CHECK(same_digits(passed->gate.p, 1 / e, 9));
  CHECK(passed->verdict == GateVerdict::pass);
  CHECK(refused->reason == "not_significant");
}

}  // namespace
}  // namespace retrain
