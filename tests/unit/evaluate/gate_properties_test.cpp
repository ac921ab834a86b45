// What holds of the gate for any evaluation: units, symmetry, order of rows, and no number that is none.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <retrain/judgement.hpp>
#include <vector>

#include "evaluations.hpp"

namespace retrain {
namespace {

using reference::ErrorRow;
using reference::evaluation_of;

const std::vector<std::string> tests = {
    "cluster_t", "paired_t", "cluster_means_t", "cr0",       "cr1",      "cr3",  "two_way",
    "ewc",       "dm_hln",   "nadeau_bengio",   "sign_flip", "wilcoxon", "sign", "cluster_bootstrap"};

Evaluation random_evaluation(std::uint64_t seed, std::uint32_t sessions = 11) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < sessions; ++session) {
    const double level = 0.3 * noise(random);
    const auto size = 3 + random() % 9;
    for (std::size_t i = 0; i < size; ++i) {
      const double error = 2 * noise(random);
      rows.push_back({session, 0.8 * error + level, error});
    }
  }
  Evaluation evaluation = evaluation_of(rows);
  evaluation.second_cluster = {"driver", {}, {"a", "b", "c", "d", "e", "f"}};
  for (std::size_t row = 0; row < evaluation.rows(); ++row)
    evaluation.second_cluster.codes.push_back(static_cast<int>(random() % 6));
  return evaluation;
}

Judgement judged(const Evaluation& evaluation, const std::string& test) {
  ValidationSettings validation;
  validation.test = test;
  const auto judgement = judge(evaluation, validation, {}, {}, 0.1);
  REQUIRE_MESSAGE(judgement.ok(), judgement.status().message());
  return *judgement;
}

bool close(double a, double b, double digits = 1e-12) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= digits * std::max(std::abs(a), std::abs(b));
}

TEST_CASE("errors in any unit that is a power of two scale the estimate and leave t and p to the bit") {
  for (const auto& test : tests) {
    for (const int exponent : {-900, -500, -3, 7, 500, 900}) {
      auto evaluation = random_evaluation(1);
      const auto plain = judged(evaluation, test).gate;
      for (auto* values : {&evaluation.candidate, &evaluation.production}) {
        for (double& value : *values) value = std::ldexp(value, exponent);
      }

      const auto scaled = judged(evaluation, test).gate;

      CAPTURE(test);
      CAPTURE(exponent);
      CHECK(scaled.test.estimate == std::ldexp(plain.test.estimate, exponent));
      CHECK(close(scaled.test.t, plain.test.t));
      CHECK(close(scaled.test.p_less, plain.test.p_less));
      CHECK(close(scaled.test.p_two_sided, plain.test.p_two_sided));
      CHECK(close(scaled.relative_improvement, plain.relative_improvement));
      CHECK(scaled.verdict == plain.verdict);
    }
  }
}

TEST_CASE("models that change places negate t and exchange both one-sided p-values") {
  for (const auto& test : tests) {
    if (test == "wilcoxon" || test == "sign" || test == "cluster_bootstrap") continue;  // t is a count, p is drawn
    auto evaluation = random_evaluation(2);
    const auto one = judged(evaluation, test).gate.test;
    std::swap(evaluation.candidate, evaluation.production);
    const auto other = judged(evaluation, test).gate.test;

    CAPTURE(test);
    CHECK((one.t == -other.t || std::isnan(one.t)));
    CHECK(one.p_less == other.p_greater);
    CHECK(one.p_greater == other.p_less);
    CHECK(one.p_two_sided == other.p_two_sided);
  }
}

TEST_CASE("the order of rows within their sessions, or of all rows, changes no more than the last digit") {
  std::mt19937_64 random(4);
  const auto evaluation = random_evaluation(3);
  std::vector<std::size_t> order(evaluation.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  Evaluation shuffled = evaluation;
  for (std::size_t row = 0; row < order.size(); ++row) {
    shuffled.session_of_row[row] = evaluation.session_of_row[order[row]];
    shuffled.row_number[row] = evaluation.row_number[order[row]];
    shuffled.candidate[row] = evaluation.candidate[order[row]];
    shuffled.production[row] = evaluation.production[order[row]];
    shuffled.second_cluster.codes[row] = evaluation.second_cluster.codes[order[row]];
  }
  for (const auto& test : tests) {
    const auto one = judged(evaluation, test).gate.test;
    const auto other = judged(shuffled, test).gate.test;

    CAPTURE(test);
    CHECK(close(one.estimate, other.estimate));
    CHECK(close(one.t, other.t));
    CHECK(close(one.p_less, other.p_less));
    CHECK(close(one.lower, other.lower));
  }
}

TEST_CASE("every row its own session is the paired t test, and says that rows are taken as independent") {
  auto evaluation = random_evaluation(5);
  const std::size_t rows = evaluation.rows();
  evaluation.sessions.clear();
  for (std::size_t row = 0; row < rows; ++row) {
    evaluation.sessions.push_back("R" + std::to_string(row));
    evaluation.session_of_row[row] = static_cast<std::uint32_t>(row);
  }

  const auto clusters = judged(evaluation, "cluster_t").gate;
  const auto paired = judged(evaluation, "paired_t").gate;

  CHECK(close(clusters.test.t, paired.test.t));
  CHECK(close(clusters.test.df, paired.test.df));
  CHECK(close(clusters.test.p_less, paired.test.p_less));
  CHECK(clusters.flags == paired.flags);
  CHECK(clusters.flags.front() == "assumes_independent_rows");
}

// Only finite numbers and null can stand in JSON: what is looked for is text that is none.
void check_document(const Judgement& judgement) {
  const std::string text = to_json(judgement);
  const auto document = nlohmann::json::parse(text);
  CHECK(document["p"].is_number());
  for (const char* word : {"nan", "inf,", "inf]", "-inf", "Infinity"}) {
    // the messages may hold a word of their own
    const auto numbers = text.substr(text.find("\"test\""));
    CHECK(numbers.substr(0, numbers.find("\"flags\"")).find(word) == std::string::npos);
  }
  CHECK(judgement.message.find("nan") == std::string::npos);
  if (judgement.reason == "better") CHECK(judgement.gate.test.estimate < 0);
}

TEST_CASE("nothing that a file may hold throws, and no number that is none reaches the document") {
  std::mt19937_64 random(6);
  const double specials[] = {0.0,    -0.0,    1.0,    -1.0,    1e308,
                             -1e308, 1.7e308, 5e-324, -5e-324, 1e-300,
                             1e160,  -1e160,  1e-160, 3.5,     std::numeric_limits<double>::max()};
  int refused = 0;
  for (int round = 0; round < 600; ++round) {
    const auto kind = random() % 4;  // mostly plain, mostly special, constant, with faults
    const std::uint32_t sessions = 1 + static_cast<std::uint32_t>(random() % 9);
    std::vector<ErrorRow> rows;
    const auto value = [&]() -> double {
      if (kind == 2) return specials[round % 15];
      if (kind == 0 && random() % 4 != 0) return static_cast<double>(random() % 1000) / 100 - 5;
      if (kind == 3 && random() % 30 == 0) return random() % 2 == 0 ? std::nan("") : INFINITY;
      return specials[random() % 15];
    };
    const auto count = random() % 40;
    for (std::size_t i = 0; i < count; ++i) rows.push_back({static_cast<std::uint32_t>(random() % sessions), value(), value()});
    Evaluation evaluation = evaluation_of(rows);
    for (double& actual : evaluation.actual) {
      if (random() % 50 == 0) actual = std::nan("");
      if (random() % 50 == 0) actual = specials[random() % 15];
    }
    if (random() % 3 == 0) evaluation.loss = "given";
    if (random() % 5 == 0) evaluation.loss = "squared_error";
    if (random() % 5 == 0) evaluation.anchor = evaluation.production;
    if (!evaluation.sessions.empty() && random() % 2 == 0) evaluation.recent = {evaluation.sessions.back()};
    evaluation.second_cluster = {"d", std::vector<std::int32_t>(evaluation.rows()), {"a", "b"}};
    for (auto& code : evaluation.second_cluster.codes) code = static_cast<std::int32_t>(random() % 2);
    evaluation.segments = {evaluation.second_cluster};
    if (evaluation.rows() == 0) evaluation.second_cluster = {};
    ValidationSettings validation;
    validation.test = tests[static_cast<std::size_t>(round) % tests.size()];
    validation.horizon = 1 + random() % 3;
    validation.min_clusters = 2 + random() % 3;
    validation.min_df = static_cast<double>(random() % 3);
    validation.max_missing_label_share = random() % 2 == 0 ? 1 : 0;
    validation.margin_mode = random() % 2 == 0 ? "confident" : "observed";
    validation.guardrail = random() % 2 == 0 ? "prove" : "deterioration";
    validation.rule = evaluation.loss != "given" && random() % 3 == 0 ? "legacy_all" : "primary";
    validation.on_production_fault = random() % 2 == 0 ? "ceilings" : "hold";
    const char* modes[] = {"relative", "absolute", "both"};

    const auto judgement =
        judge(evaluation, validation, {.improvement_threshold = 0.01, .improvement_mode = modes[random() % 3]});

    CAPTURE(round);
    CAPTURE(validation.test);
    if (judgement) {
      check_document(*judgement);
    } else {
      ++refused;
      CHECK_MESSAGE(judgement.status().code() == StatusCode::invalid_argument, judgement.status().message());
    }
  }
  CHECK(refused < 60);
}

}  // namespace
}  // namespace retrain
