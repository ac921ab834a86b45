// TrainingStart: whether a training continues a parent or begins anew, and why.
#pragma once

#include <optional>
#include <retrain/trainer.hpp>
#include <string>

#include "parameters.hpp"
#include "xgboost_api.hpp"

namespace retrain::train {

/// Why `request` cannot go on from its parent by `rounds` more rounds, as far as can be said before data is read; nullopt when
/// it can.
std::optional<std::string> obstacle_to_continuing(const TrainRequest& request, int rounds, const ModelSettings& model,
                                                  const TrainingSettings& training, const Parameters& wanted,
                                                  const XgboostApi& api);

/// Why the rows to learn from do not fit the parent: categories (which a mere shift of predictions may take for missing) or
/// classes that are new since it was made; nullopt when they do.
std::optional<std::string> obstacle_in_data(const Survey& survey, const ModelDescription& parent, bool categories_matter);

}  // namespace retrain::train
