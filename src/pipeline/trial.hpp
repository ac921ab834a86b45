// Trial: the models that stand against each other in a run, and their predictions on the same held-out rows.
#pragma once

#include "steps.hpp"

namespace retrain::pipeline {

/// The models on trial, by hash; an empty hash = there is none.
struct Trial {
  std::string candidate, production, anchor;
};

Result<Trial> find_trial(Core& core, const store::RunRow& run);
/// Scores all of them now, on the holdout of `split`. Production or an anchor that cannot be loaded predicts nothing (NaN).
Result<Evaluation> evaluate(Work& work, const Split& split, const Trial& trial);

}  // namespace retrain::pipeline
