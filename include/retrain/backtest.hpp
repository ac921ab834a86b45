// Backtest: your own retraining policy on your own past, against never and always retraining.
#pragma once

#include <functional>
#include <optional>
#include <retrain/pipeline_parts.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

/// One thing the pipeline decided on the way.
struct BacktestDecision {
  std::size_t session_number = 0;  ///< from 1: known when it was decided
  std::string session;
  Time time{};
  std::string kind;  ///< alert | promoted | rejected | data_not_ready | failed | stable | rolled_back
  std::string reason;
  std::string message;  ///< one line for people
  double severity = 0;
};

/// One scored session.
struct BacktestSession {
  std::size_t number = 0;
  std::string id;
  Time time{};
  std::int64_t rows = 0;
  double pipeline = 0, frozen = 0, always = 0;  ///< mean loss over its rows by the model in production before it
};

struct BacktestLoss {
  double pipeline = 0, frozen = 0, always = 0;
};  ///< mean over rows

struct BacktestRuns {
  int trained = 0, promoted = 0, rejected = 0, rolled_back = 0;
};

struct BacktestReport {
  std::string schema = "retrain.backtest/1";
  std::string model;
  std::string loss_name;
  std::size_t sessions = 0;  ///< in the data
  BacktestLoss loss;
  BacktestRuns runs;
  int always_trained = 0;
  std::vector<BacktestSession> series;
  std::vector<BacktestDecision> decisions;
  std::int64_t leaked_rows = 0;  ///< holdout rows that either model was trained on: always 0, counted to be sure
  std::string settings;          ///< the settings that decided, as one JSON object
};

struct BacktestOptions {
  std::string state_directory;                               ///< empty = a scratch folder, removed afterwards
  std::function<void(const BacktestDecision&)> on_decision;  ///< called on the calling thread, as it happens
  Observer* observer = nullptr;
};

/// Plays all sessions of the configured data in time order through the same Pipeline under a simulated clock. Deterministic:
/// the same data, configuration and XGBoost give the same report. Fails with data_not_ready when sessions have no time.
Result<BacktestReport> backtest(const Config& config, const BacktestOptions& options = {}, PipelineParts parts = {});

}  // namespace retrain
