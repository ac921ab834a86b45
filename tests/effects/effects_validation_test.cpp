// Effects of the section validation: which sessions are judged, and what the gate says about made-up errors.
#include <retrain/gate.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
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

std::string accepted(const Config&) {
  return "accepted";
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
      {"validation.max_mae", "1", clearly_better},
      {"validation.max_rmse", "1", clearly_better},
      {"validation.min_clusters", "13", clearly_better},
      {"validation.min_df", "50", clearly_better},
      {"validation.anchor", "none", behind_the_anchor},
      {"validation.segments", "[colour]", second_gate},
      {"validation.test", "paired_t", uneven_sessions},
      {"validation.lifetime", "budget", accepted, true},
  };
}

TEST_CASE("every key of validation has an effect") {
  check_effects(validation_effects());
}
