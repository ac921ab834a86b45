#include "parameters.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"

namespace retrain::train {
namespace {

struct ReservedParameter {
  const char* name;
  const char* instead;  ///< what decides it
};

constexpr std::array<ReservedParameter, 33> reserved = {{
    {"base_score", "the trainer starts at the mean target"},
    {"booster", "the trainer grows trees (gbtree)"},
    {"data_split_mode", "the trainer runs on one machine"},
    {"device", "the trainer runs on the processor"},
    {"disable_default_eval_metric", "the trainer judges rounds itself"},
    {"dsplit", "the trainer runs on one machine"},
    {"early_stopping_rounds", "use training.early_stopping_rounds"},
    {"enable_categorical", "model.features.categorical decides it"},
    {"eval_metric", "the task's loss judges the rounds"},
    {"gpu_id", "the trainer runs on the processor"},
    {"missing", "an empty cell is missing"},
    {"multi_strategy", "the trainer predicts one target"},
    {"n_estimators", "use training.max_rounds"},
    {"n_jobs", "use resources.threads"},
    {"nthread", "use resources.threads"},
    {"num_boost_round", "use training.max_rounds"},
    {"num_class", "the labels decide it"},
    {"num_feature", "model.features decides it"},
    {"num_round", "use training.max_rounds"},
    {"num_target", "the trainer predicts one target"},
    {"predictor", "the trainer chooses it"},
    {"process_type", "training.mode decides it"},
    {"random_state", "use training.seed"},
    {"refresh_leaf", "training.mode decides it"},
    {"sampling_method", "the trainer runs on the processor, which samples uniformly"},
    {"seed", "use training.seed"},
    {"seed_per_iteration", "rounds are replayable always"},
    {"silent", "the library's warnings go to the observer"},
    {"tree_method", "the trainer uses histograms (hist)"},
    {"updater", "the trainer uses histograms (hist)"},
    {"use_rmm", "the trainer runs on the processor"},
    {"validate_parameters", "names are checked always"},
    {"verbosity", "the library's warnings go to the observer"},
}};

constexpr std::array<const char*, 7> regression_objectives = {"reg:squarederror",    "reg:absoluteerror", "reg:pseudohubererror",
                                                              "reg:squaredlogerror", "reg:gamma",         "reg:tweedie",
                                                              "count:poisson"};
constexpr std::array<const char*, 1> binary_objectives = {"binary:logistic"};
constexpr std::array<const char*, 1> multiclass_objectives = {"multi:softprob"};

/// The first is the default.
std::span<const char* const> objectives(Task task) {
  switch (task) {
    case Task::binary: return binary_objectives;
    case Task::multiclass: return multiclass_objectives;
    case Task::regression: break;
  }
  return regression_objectives;
}

Status no_feature(const char* key, const std::string& name) {
  return {StatusCode::invalid_argument, std::string(key) + " names '" + base::printable(name) + "', which is no feature"};
}

Status twice(const char* key, const char* parameter) {
  return {StatusCode::invalid_argument, std::string(key) + " and training.parameters." + parameter + " say the same: keep one"};
}

}  // namespace

Status check_user_parameters(const Parameters& parameters, Task task) {
  for (const auto& [name, value] : parameters) {
    const auto found =
        std::find_if(reserved.begin(), reserved.end(), [&](const ReservedParameter& entry) { return entry.name == name; });
    if (found != reserved.end()) {
      return {StatusCode::invalid_argument,
              "training.parameters." + base::printable(name) + " is not yours to set: " + found->instead};
    }
    if (name != "objective") continue;
    const auto allowed = objectives(task);
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      return {StatusCode::invalid_argument, "training.parameters.objective is '" + base::printable(value) + "', and the task " +
                                                std::string(to_string(task)) + " takes " +
                                                base::join({allowed.begin(), allowed.end()}, ", ")};
    }
  }
  return max_bin(parameters).status();
}

Result<Parameters> constraints(const TrainingSettings& training, const ModelSettings& model) {
  Parameters parameters;
  const auto given_twice = [&](const char* name) { return training.parameters.contains(name); };
  std::vector<std::string> features = model.numeric;
  features.insert(features.end(), model.categorical.begin(), model.categorical.end());
  const auto place = [&](const std::string& name) {
    return std::find(features.begin(), features.end(), name) - features.begin();
  };
  const auto count = static_cast<std::ptrdiff_t>(features.size());
  if (!training.monotone.empty()) {
    if (given_twice("monotone_constraints")) return twice("training.monotone", "monotone_constraints");
    std::vector<std::string> signs(features.size(), "0");
    for (const auto& [name, sign] : training.monotone) {
      const auto at = place(name);
      if (at == count) return no_feature("training.monotone", name);
      if (at >= static_cast<std::ptrdiff_t>(model.numeric.size())) {
        return Status{StatusCode::invalid_argument,
                      "training.monotone names the category feature '" + base::printable(name) + "', which has no order"};
      }
      if (sign != 1 && sign != -1) {
        return Status{StatusCode::invalid_argument,
                      "training.monotone." + base::printable(name) + " is " + std::to_string(sign) + ", neither 1 nor -1"};
      }
      signs[static_cast<std::size_t>(at)] = std::to_string(sign);
    }
    parameters["monotone_constraints"] = "(" + base::join(signs, ",") + ")";
  }
  if (!training.interactions.empty()) {
    if (given_twice("interaction_constraints")) return twice("training.interactions", "interaction_constraints");
    std::vector<std::string> groups;
    for (const auto& group : training.interactions) {
      std::vector<std::string> numbers;
      for (const std::string& name : group) {
        if (place(name) == count) return no_feature("training.interactions", name);
        numbers.push_back(std::to_string(place(name)));
      }
      groups.push_back("[" + base::join(numbers, ",") + "]");
    }
    parameters["interaction_constraints"] = "[" + base::join(groups, ",") + "]";
  }
  return parameters;
}

Parameters training_parameters(const Parameters& user, Task task, std::size_t classes, std::uint64_t seed) {
  Parameters parameters = user;
  parameters.emplace("objective", objectives(task).front());
  parameters.emplace("max_bin", "256");
  parameters["tree_method"] = "hist";
  parameters["validate_parameters"] = "1";
  // Sampling by seed and round number alone: a warm start from round n draws what one go would have drawn there.
  parameters["seed_per_iteration"] = "1";
  // The library's seed is signed, and some versions keep 32 bits of it.
  parameters["seed"] = std::to_string((seed ^ (seed >> 32U)) & 0x7fffffffU);
  if (task == Task::multiclass) parameters["num_class"] = std::to_string(classes);
  return parameters;
}

void set_first_prediction(Parameters& parameters, double target_mean) {
  const std::string& objective = parameters.at("objective");
  const auto set = [&](double value) {
    parameters["base_score"] = base::format_double(static_cast<double>(static_cast<float>(value)));
  };
  if (objective == "reg:squarederror" || objective == "reg:pseudohubererror") set(target_mean);
  if (objective == "binary:logistic") set(std::clamp(target_mean, 1e-6, 1 - 1e-6));
  const bool positive = objective == "reg:gamma" || objective == "reg:tweedie" || objective == "count:poisson";
  if (positive && target_mean > 0) set(target_mean);
}

void set_learning_rate(Parameters& parameters, double eta) {
  parameters.erase("learning_rate");
  parameters["eta"] = base::format_double(eta);
}

Result<int> max_bin(const Parameters& parameters) {
  const auto found = parameters.find("max_bin");
  if (found == parameters.end()) return 256;
  const auto bins = base::parse_integer(found->second);
  if (!bins || *bins < 2 || *bins > 65536) {
    return Status{StatusCode::invalid_argument,
                  "training.parameters.max_bin is '" + base::printable(found->second) + "', no whole number from 2 to 65536"};
  }
  return static_cast<int>(*bins);
}

}  // namespace retrain::train
