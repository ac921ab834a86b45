// Effects of the section validation: which sessions are judged, and what the gate says about made-up errors.
#include <limits>
#include <retrain/gate.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
#include "support/scripted_judges.hpp"
#include "unit/evaluate/evaluations.hpp"

using namespace retrain;
using namespace retrain::test;
using reference::ErrorRow;
using reference::Noise;

namespace {

/// Twelve sessions; the candidate's errors are `factor` times production's and a little noise.
Evaluation better_by(double factor) {
  Noise noise(31);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 25; ++i) {
      const double error = 4 + noise();
      rows.push_back({session, factor * error + 0.2 * noise(), error});
    }
  }
  return reference::evaluation_of(rows);
}

/// Verdict and reason only: a limit that is merely echoed is no effect.
std::string judged(const Config& config, const Evaluation& evaluation) {
  const auto report = make_gate(config.validation).value()->judge(evaluation, {}).value();
  return std::string(to_string(report.verdict)) + ": " + report.reason;
}

std::string clearly_better(const Config& config) {
  return judged(config, better_by(0.8));
}

std::string recently_worse(const Config& config) {
  Evaluation evaluation = better_by(0.8);
  evaluation.recent = {"S11"};
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    if (evaluation.session_of_row[row] == 11) evaluation.candidate[row] = 1.05 * evaluation.production[row];
  }
  return judged(config, evaluation);
}

/// Every error got smaller, but for one large one: the mean error improves, the root mean squared error does not.
std::string better_but_for_an_outlier(const Config& config) {
  Noise noise(7);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    for (int i = 0; i < 20; ++i) rows.push_back({session, 3.0 + 0.1 * noise(), 4.0});
    if (session == 5) rows.push_back({session, 60, 20});
  }
  return judged(config, reference::evaluation_of(rows));
}

std::string behind_the_anchor(const Config& config) {
  Evaluation evaluation = better_by(0.9);
  for (const double error : evaluation.production) evaluation.anchor.push_back(0.5 * error);
  return judged(config, evaluation);
}

/// Sessions differ a lot: rows taken one by one look like far more evidence.
std::string uneven_sessions(const Config& config) {
  Noise noise(3);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    const double shift = session % 2 == 0 ? -0.9 : 0.7;
    for (int i = 0; i < 40; ++i) rows.push_back({session, 4 + shift + 0.1 * noise(), 4});
  }
  return judged(config, reference::evaluation_of(rows));
}

std::string split(const Config& config) {
  Snapshot snapshot;
  for (int number = 10; number < 50; ++number) snapshot.sessions.push_back({.id = "s" + std::to_string(number)});
  const auto parts = split_sessions(snapshot, config.training, config.validation).value();
  return "from " + parts.holdout.front().id + ", recent from " + parts.recent.front();
}

/// What the gate of a whole pipeline reports about the second run.
GateReport gate_of_second_run(const Config& config) {
  SmallWorld world;
  world.config.validation.loss = config.validation.loss;
  world.config.validation.p_value_threshold = config.validation.p_value_threshold;
  world.config.validation.segments = config.validation.segments;
  return second_run(world).gate.value();
}

std::string second_gate(const Config& config) {
  return to_json(gate_of_second_run(config));
}
std::string second_verdict(const Config& config) {
  return gate_of_second_run(config).reason;
}

/// Errors get smaller but lean to one side a little, which production's do not; sessions lean too differently to be sure of it.
std::string better_but_biased(const Config& config) {
  Noise noise(11);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    const double lean = 0.15 + noise();
    for (int i = 0; i < 24; ++i) rows.push_back({session, (i % 2 == 0 ? 2 : -2) + lean, i % 2 == 0 ? 4.0 : -4.0});
  }
  return judged(config, reference::evaluation_of(rows));
}

/// Which column the rows of a run bring along as second cluster.
std::string second_grouping(const Config& config) {
  const auto selection = row_selection(config.model, config.data, config.validation);
  return selection.extra.empty() ? "none" : selection.extra.back();
}

/// Sessions in time order whose differences depend on their neighbours: a longer horizon, another p.
std::string serially_dependent(const Config& config) {
  Config tested = config;
  tested.validation.test = "dm_hln";
  std::vector<ErrorRow> rows;
  double level = 0;
  Noise noise(5);
  for (std::uint32_t session = 0; session < 20; ++session) {
    level = 0.8 * level + noise();
    for (int i = 0; i < 5; ++i) rows.push_back({session, 3.9 + 0.1 * level, 4});
  }
  return std::to_string(make_gate(tested.validation).value()->judge(reference::evaluation_of(rows), {}).value().p);
}

/// The error gets a little better on the whole, and not at all in the last sessions.
std::string better_before(const Config& config) {
  Evaluation evaluation = better_by(0.8);
  evaluation.recent = {"S11"};
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    if (evaluation.session_of_row[row] == 11) evaluation.candidate[row] = evaluation.production[row];
  }
  return judged(config, evaluation);
}

/// Beyond the asked improvement as observed, but not with confidence.
std::string barely_beyond_threshold(const Config& config) {
  Config tested = config;
  tested.validation.mae_threshold = 0.15;
  Noise noise(13);
  std::vector<ErrorRow> rows;
  for (std::uint32_t session = 0; session < 12; ++session) {
    const double gain = 0.2 + 0.2 * noise();
    for (int i = 0; i < 10; ++i) rows.push_back({session, 4 - gain, 4});
  }
  return judged(tested, reference::evaluation_of(rows));
}

/// Recent sessions are too few to prove anything about them.
std::string few_recent_sessions(const Config& config) {
  Evaluation evaluation = better_by(0.8);
  evaluation.recent = {"S10", "S11"};
  return judged(config, evaluation);
}

std::string broken_production(const Config& config) {
  Evaluation evaluation = better_by(0.8);
  evaluation.production[3] = std::numeric_limits<double>::quiet_NaN();
  return judged(config, evaluation);
}

std::string unlabelled_rows(const Config& config) {
  Evaluation evaluation = better_by(0.8);
  for (std::size_t row = 0; row < 10; ++row) evaluation.actual[row] = std::numeric_limits<double>::quiet_NaN();
  return judged(config, evaluation);
}

std::string a_row_twice(const Config& config) {
  Evaluation evaluation = better_by(0.8);
  evaluation.row_number[1] = evaluation.row_number[0];
  const auto report = make_gate(config.validation).value()->judge(evaluation, {});
  return report ? report->reason : report.status().message();
}

/// Levels of a first model's challengers, a month apart with new sessions each time.
std::string monthly_levels(const Config& config) {
  ScriptedWorld world;
  world.config.validation.lifetime = config.validation.lifetime;
  world.config.validation.alpha_per_year = config.validation.alpha_per_year;
  const auto pipeline = world.open();
  world.run(*pipeline);
  std::string levels;
  for (int i = 0; i < 3; ++i) {
    world.clock->advance(std::chrono::days(30));
    world.add_sessions(7);
    levels += std::to_string(world.run(*pipeline).gate_context->level) + " ";
  }
  return levels;
}

}  // namespace

Effects retrain::test::validation_effects() {
  return {
      {"validation.holdout_sessions", "14", split},
      {"validation.recent_sessions", "3", split},
      {"validation.loss", "squared_error", second_gate},
      {"validation.p_value_threshold", "0.000001", second_verdict},
      {"validation.mae_threshold", "2", clearly_better},
      {"validation.rmse_threshold", "2", clearly_better},
      {"validation.rmse_margin", "0.5", better_but_for_an_outlier},
      {"validation.recent_margin", "0.02", recently_worse},
      {"validation.bias_margin", "0.01", better_but_biased},
      {"validation.max_mae", "1", clearly_better},
      {"validation.max_rmse", "1", clearly_better},
      {"validation.min_clusters", "13", clearly_better},
      {"validation.min_df", "50", clearly_better},
      {"validation.anchor", "none", behind_the_anchor},
      {"validation.segments", "[colour]", second_gate},
      {"validation.test", "paired_t", uneven_sessions},
      {"validation.second_cluster", "colour", second_grouping},
      {"validation.horizon", "3", serially_dependent},
      {"validation.rule", "legacy_all", better_before},
      {"validation.margin_mode", "confident", barely_beyond_threshold},
      {"validation.guardrail", "prove", few_recent_sessions},
      {"validation.on_production_fault", "ceilings", broken_production},
      {"validation.max_missing_label_share", "0.5", unlabelled_rows},
      {"validation.allow_duplicates", "true", a_row_twice},
      {"validation.lifetime", "addis", monthly_levels},
      {"validation.alpha_per_year", "0.5", monthly_levels},
  };
}

TEST_CASE("every key of validation has an effect") {
  check_effects(validation_effects());
}
