// How candidates are made: the section `training` of a configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <retrain/time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain {

enum class TrainingMode { automatic, warm, full, recalibrate, best };
std::string_view to_string(TrainingMode mode);

/// One parameter of the search: numbers from `least` to `most`, or one of `values`.
struct SearchRange {
  double least = 0, most = 0;
  bool logarithmic = false;  ///< drawn evenly on the scale of logarithms; both ends are positive
  bool whole = false;        ///< whole numbers only
  std::vector<std::string> values;
};

/// Search for XGBoost's parameters inside the training sessions.
struct SearchSettings {
  std::size_t trials = 0;         ///< 0 = no search
  std::string method = "random";  ///< random | halving
  std::size_t folds = 3;          ///< ordered in time: each is judged by sessions after those it fits
  Duration budget{};              ///< no trial begins later; 0 = none
  std::uint64_t seed = 0;
  std::map<std::string, SearchRange> space;
};

struct TrainingSettings {
  TrainingMode mode = TrainingMode::automatic;
  std::optional<std::size_t> window_sessions;  ///< newest training sessions to use; empty = all
  std::size_t warm_sessions = 2;               ///< newest training sessions that a warm start fits on; 0 = all
  int warm_rounds = 50;
  std::optional<double> warm_eta;  ///< learning rate of a warm start; empty = that of `parameters`
  int max_rounds = 500;
  int early_stopping_rounds = 25;            ///< 0 = none
  int max_growth = 500;                      ///< rounds that warm starts may add since the last full training
  Duration max_parent_age{};                 ///< older parents are not continued; 0 = any age
  std::optional<double> half_life_sessions;  ///< a session this much older than the newest weighs half; empty = all the same
  std::string weight_column;                 ///< weight of a row; empty = all the same
  std::size_t choose_sessions = 2;           ///< best: the latest training sessions, which choose and are not fitted
  std::map<std::string, int> monotone;       ///< feature → 1 or -1: predictions never fall or never rise with it
  std::vector<std::vector<std::string>> interactions;  ///< features that may stand together in a tree; empty = any
  Duration deadline{};                                 ///< of one training; 0 = none
  SearchSettings search;
  std::map<std::string, std::string> parameters = {{"eta", "0.1"}, {"max_depth", "6"}};
  std::uint64_t seed = 0;
  std::string xgboost_library;  ///< path; empty = found by the usual names
};

}  // namespace retrain
