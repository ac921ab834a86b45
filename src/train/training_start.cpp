#include "training_start.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "base/text.hpp"
#include "model_bytes.hpp"
#include "xgboost_model.hpp"

namespace retrain::train {
namespace {

std::vector<std::string> missing_from(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  const std::unordered_set<std::string_view> known(others.begin(), others.end());
  std::vector<std::string> missing;
  std::copy_if(names.begin(), names.end(), std::back_inserter(missing),
               [&](const std::string& name) { return !known.contains(name); });
  return missing;
}

std::optional<std::string> obstacle_in_names(const char* kind, const std::vector<std::string>& wanted,
                                             const std::vector<std::string>& have) {
  if (wanted == have) return std::nullopt;
  const auto added = missing_from(wanted, have);
  const auto removed = missing_from(have, wanted);
  if (added.empty() && removed.empty()) return std::string("the order of the ") + kind + " features differs from the parent's";
  std::vector<std::string> parts;
  if (!added.empty()) parts.push_back("new " + base::join(added, ", "));
  if (!removed.empty()) parts.push_back("gone " + base::join(removed, ", "));
  return std::string("the ") + kind + " features differ from the parent's: " + base::join(parts, "; ");
}

/// Parameters that the library would let change on continuation, and that would make nonsense of the parent's trees or rounds.
std::optional<std::string> obstacle_in_parameters(const Parameters& wanted, const Parameters& parents) {
  for (const char* name : {"objective", "num_parallel_tree", "monotone_constraints", "interaction_constraints"}) {
    const auto text = [&](const Parameters& parameters) {
      const auto found = parameters.find(name);
      return found == parameters.end() ? std::string("default") : found->second;
    };
    if (text(wanted) != text(parents)) return std::string(name) + " is " + text(wanted) + ", the parent's " + text(parents);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> obstacle_to_continuing(const TrainRequest& request, int rounds, const ModelSettings& model,
                                                  const TrainingSettings& training, const Parameters& wanted,
                                                  const XgboostApi& api) {
  if (request.parent == nullptr) {
    return request.no_parent_reason.empty() ? "no stable parent" : "no stable parent: " + request.no_parent_reason;
  }
  const ModelDescription& parent = request.parent->description();
  if (parent.trainer.name != trainer_name) return "the parent was made by trainer '" + parent.trainer.name + "'";
  if (parent.task != model.task) return "the parent's task is " + std::string(to_string(parent.task));
  if (parent.target != model.target) return "the parent predicts " + parent.target + ", not " + model.target;
  if (auto obstacle = obstacle_in_names("numeric", model.numeric, parent.numeric)) return obstacle;
  std::vector<std::string> categorical;
  for (const CategoryDictionary& dictionary : parent.categorical) categorical.push_back(dictionary.feature);
  if (auto obstacle = obstacle_in_names("categorical", model.categorical, categorical)) return obstacle;
  if (auto obstacle = obstacle_in_parameters(wanted, parent.parameters)) return obstacle;
  if (rounds < 1) return "training.warm_rounds is " + std::to_string(rounds);
  if (parent.rounds_since_full + rounds > training.max_growth) {
    return std::to_string(rounds) + (rounds == 1 ? " round" : " rounds") + " on top of the " +
           std::to_string(parent.rounds_since_full) + " since the last full training would pass training.max_growth " +
           std::to_string(training.max_growth);
  }
  if (training.max_parent_age > Duration{} && request.parent_age && *request.parent_age > training.max_parent_age) {
    return "the parent was trained " + format_duration(*request.parent_age) + " ago, training.max_parent_age is " +
           format_duration(training.max_parent_age);
  }
  const auto saved = request.parent->save();
  if (!saved) return "the parent cannot be read: " + saved.status().message();
  if (const Status status = check_model_bytes(saved->bytes, api); !status) return status.message();
  return std::nullopt;
}

std::optional<std::string> obstacle_in_data(const Survey& survey, const ModelDescription& parent, bool categories_matter) {
  for (std::size_t feature = 0; categories_matter && feature < survey.categorical.size(); ++feature) {
    const auto unknown = missing_from(survey.categorical[feature].values, parent.categorical[feature].values);
    if (unknown.empty()) continue;
    const std::string more = unknown.size() > 1 ? " and " + std::to_string(unknown.size() - 1) + " more" : "";
    return "category '" + base::printable(unknown.front()) + "'" + more + " of " + survey.categorical[feature].feature +
           " is new since the parent";
  }
  if (survey.classes > parent.outputs_per_row && parent.task == Task::multiclass) {
    return "class " + std::to_string(survey.classes - 1) + " is new since the parent, which knows " +
           std::to_string(parent.outputs_per_row);
  }
  return std::nullopt;
}

}  // namespace retrain::train
