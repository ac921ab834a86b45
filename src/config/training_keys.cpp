#include "key_builder.hpp"

namespace retrain::config {

std::vector<Key> training_keys() {
  using T = TrainingSettings;
  const auto t = &C::training;
  using Mode = TrainingMode;
  const Kind<Mode> mode = enumeration<Mode>({Mode::automatic, Mode::warm, Mode::full}, {"recalibrate", "best"});
  return {
      key("training.mode", at(t, &T::mode), mode,
          "continue the stable champion (warm), start anew (full), or the first where it applies (auto)"),
      key("training.window_sessions", at(t, &T::window_sessions), or_null(whole<Count>(1, most)),
          "newest training sessions that are used; null: all"),
      key("training.warm_sessions", at(t, &T::warm_sessions), whole<Count>(1, most),
          "newest training sessions that a warm start fits on"),
      key("training.warm_rounds", at(t, &T::warm_rounds), whole<int>(1, most), "most boosting rounds that a warm start adds"),
      key("training.max_rounds", at(t, &T::max_rounds), whole<int>(1, most), "most boosting rounds of a full training"),
      key("training.early_stopping_rounds", at(t, &T::early_stopping_rounds), whole<int>(0, most),
          "rounds without improvement on a later slice after which training ends; 0: none"),
      key("training.max_growth", at(t, &T::max_growth), whole<int>(0, most),
          "rounds that warm starts may add since the last full training"),
      key("training.parameters", at(t, &T::parameters), parameters(), "XGBoost's parameters; replaces the default as a whole"),
      key("training.seed", at(t, &T::seed), whole<std::uint64_t>(0, INT64_MAX), "seed of all randomness in training"),
      key("training.xgboost_library", at(t, &T::xgboost_library), text_or_null(),
          "path of libxgboost; null: found by the usual names"),
  };
}

}  // namespace retrain::config
