#include "key_builder.hpp"
#include "training_kinds.hpp"

namespace retrain::config {

std::vector<Key> training_keys() {
  using T = TrainingSettings;
  const auto t = &C::training;
  using Mode = TrainingMode;
  const Kind<Mode> mode = enumeration<Mode>({Mode::automatic, Mode::warm, Mode::full, Mode::recalibrate, Mode::best});
  using S = SearchSettings;
  const auto s = &T::search;
  return {
      key("training.mode", at(t, &T::mode), mode,
          "continue the stable champion (warm), start anew (full), the first where it applies (auto), shift the champion's "
          "predictions (recalibrate), or whichever a later slice likes best (best)"),
      key("training.window_sessions", at(t, &T::window_sessions), or_null(whole<Count>(1, most)),
          "newest training sessions that are used; null: all"),
      key("training.warm_sessions", at(t, &T::warm_sessions), whole<Count>(0, most),
          "newest training sessions that a warm start or a recalibration fits on; 0: all"),
      key("training.warm_rounds", at(t, &T::warm_rounds), whole<int>(1, most), "most boosting rounds that a warm start adds"),
      key("training.warm_eta", at(t, &T::warm_eta), or_null(number(Range{0, 1, true, false})),
          "learning rate of a warm start; null: that of training.parameters"),
      key("training.max_rounds", at(t, &T::max_rounds), whole<int>(1, most), "most boosting rounds of a full training"),
      key("training.early_stopping_rounds", at(t, &T::early_stopping_rounds), whole<int>(0, most),
          "rounds without improvement on a later slice after which training ends; 0: none"),
      key("training.max_growth", at(t, &T::max_growth), whole<int>(0, most),
          "rounds that warm starts and recalibrations may add since the last full training"),
      key("training.max_parent_age", at(t, &T::max_parent_age), duration(),
          "time since its training after which a champion is not continued; 0s: any"),
      key("training.half_life_sessions", at(t, &T::half_life_sessions), or_null(number(positive)),
          "sessions of age that halve the weight of a row; null: all weigh the same"),
      key("training.weight_column", at(t, &T::weight_column), text_or_null(),
          "column that holds the weight of each row, at least 0; null: all weigh the same"),
      key("training.choose_sessions", at(t, &T::choose_sessions), whole<Count>(1, most),
          "mode best: latest training sessions, which choose and are not fitted"),
      key("training.monotone", at(t, &T::monotone), monotone_rules(),
          "numeric features with which predictions never fall (1) or never rise (-1)"),
      key("training.interactions", at(t, &T::interactions), interaction_groups(),
          "features that may stand together in a tree; []: any"),
      key("training.deadline", at(t, &T::deadline), duration(), "time after which a training is given up; 0s: none"),
      key("training.search.trials", at(t, s, &S::trials), whole<Count>(0, 10'000),
          "sets of parameters that a full training tries, the configured ones first; 0: no search"),
      key("training.search.method", at(t, s, &S::method), choice({"random", "halving"}),
          "random: all trials meet every fold; halving: the worse half of them leaves after each"),
      key("training.search.folds", at(t, s, &S::folds), whole<Count>(1, 100),
          "stretches of the training sessions that judge trials fitted on what is before them"),
      key("training.search.budget", at(t, s, &S::budget), duration(), "time after which no trial begins; 0s: none"),
      key("training.search.seed", at(t, s, &S::seed), whole<std::uint64_t>(0, INT64_MAX), "seed of the trials"),
      key("training.search.space", at(t, s, &S::space), search_space(), "parameters that differ between trials, and how"),
      key("training.parameters", at(t, &T::parameters), parameters(), "XGBoost's parameters; replaces the default as a whole"),
      key("training.seed", at(t, &T::seed), whole<std::uint64_t>(0, INT64_MAX), "seed of all randomness in training"),
      key("training.xgboost_library", at(t, &T::xgboost_library), text_or_null(),
          "path of libxgboost; null: found by the usual names"),
  };
}

}  // namespace retrain::config
