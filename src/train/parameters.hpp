// Parameters: which of the library's parameters a user may set, and the full set of one training.
#pragma once

#include <cstdint>
#include <map>
#include <retrain/config.hpp>
#include <string>

#include "survey.hpp"

namespace retrain::train {

using Parameters = std::map<std::string, std::string>;

/// Fails with invalid_argument for a parameter that the trainer sets itself, or an objective that does not suit the task.
/// Names that the library does not know are found when it first trains: only it has the list.
Status check_user_parameters(const Parameters& parameters, Task task);

/// The parameters that training.monotone and training.interactions stand for, which name features: the library counts columns.
/// Fails with invalid_argument for a name that is no feature, a category that should rise, a constraint given twice.
Result<Parameters> constraints(const TrainingSettings& training, const ModelSettings& model);

/// Everything that is set on the booster but the number of threads, which changes no model. `first` sets the starting
/// prediction as well: a warm start inherits its parent's.
Parameters training_parameters(const Parameters& user, Task task, std::size_t classes, std::uint64_t seed);
/// Starts at the mean target, so that every version of the library starts at the same place.
void set_first_prediction(Parameters& parameters, double target_mean);

/// A learning rate in place of the one that `parameters` name.
void set_learning_rate(Parameters& parameters, double eta);

/// The bins of a quantile matrix. Fails with invalid_argument when it is no whole number from 2 to 65536.
Result<int> max_bin(const Parameters& parameters);

}  // namespace retrain::train
