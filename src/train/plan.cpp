#include "plan.hpp"

#include <algorithm>

#include "recalibration.hpp"
#include "streams.hpp"
#include "training_start.hpp"

namespace retrain::train {
namespace {

std::string newest_words(std::size_t count) {
  if (count == 0) return "all sessions";
  return count == 1 ? "the newest session" : "the newest " + std::to_string(count) + " sessions";
}

/// The stream's newest sessions; 0 = all of it.
Result<std::shared_ptr<FrameStream>> newest_of(const std::shared_ptr<FrameStream>& stream, std::size_t count,
                                               const std::stop_token& stop) {
  if (count == 0) return stream;
  return newest_sessions(*stream, count, stop);
}

}  // namespace

std::vector<std::string> newest_ids(const std::vector<std::string>& sessions, std::size_t count) {
  const std::size_t kept = count == 0 ? sessions.size() : std::min(count, sessions.size());
  return {sessions.end() - static_cast<std::ptrdiff_t>(kept), sessions.end()};
}

Planner::Planner(std::shared_ptr<const XgboostApi> api, const ModelSettings& model, const TrainingSettings& training)
    : api_(std::move(api)), model_(model), training_(training) {}

Parameters Planner::wanted(std::size_t classes, std::uint64_t seed) const {
  Parameters user = training_.parameters;
  // Checked when the trainer was made.
  user.merge(constraints(training_, model_).value());
  return training_parameters(user, model_.task, classes, seed);
}

bool Planner::stops_early(const TrainRequest& request) const {
  return request.stop != nullptr && training_.early_stopping_rounds > 0;
}

Result<std::size_t> Planner::stop_classes(const TrainRequest& request, const std::stop_token& stop) const {
  if (!stops_early(request)) return std::size_t{0};
  const auto survey = survey_sessions(*request.stop, model_, stop);
  if (!survey) return survey.status().within("early stopping");
  return survey->classes;
}

Result<Attempt> Planner::continuing(TrainingMode kind, const TrainRequest& request, std::stop_token stop) const {
  const bool shift = kind == TrainingMode::recalibrate;
  const Parameters parameters = wanted(0, request.seed);
  if (shift) {
    if (auto obstacle = obstacle_to_shift(parameters.at("objective"))) return Attempt{std::nullopt, *obstacle};
  }
  const int rounds = shift ? 1 : training_.warm_rounds;
  if (auto obstacle = obstacle_to_continuing(request, rounds, model_, training_, parameters, *api_)) {
    return Attempt{std::nullopt, *obstacle};
  }
  auto plan = shift ? recalibration(request, stop) : warm(request, stop);
  if (!plan) return plan.status();
  if (auto obstacle = obstacle_in_data(plan->survey, request.parent->description(), !shift))
    return Attempt{std::nullopt, *obstacle};
  return Attempt{std::move(*plan), {}};
}

Result<Plan> Planner::warm(const TrainRequest& request, const std::stop_token& stop) const {
  const ModelDescription& parent = request.parent->description();
  Plan plan;
  plan.kind = TrainingMode::warm;
  plan.early = stops_early(request);
  const auto later_classes = stop_classes(request, stop);
  if (!later_classes) return later_classes.status();
  auto fit = newest_of(request.fit, request.warm_fit_sessions, stop);
  if (!fit) return fit.status();
  plan.fit = std::move(*fit);
  plan.fit_sessions = newest_ids(request.fit_sessions, request.warm_fit_sessions);
  plan.learned_from = newest_words(request.warm_fit_sessions);
  auto survey = survey_sessions(*plan.fit, model_, stop);
  if (!survey) return survey.status();
  plan.survey = std::move(*survey);
  plan.survey.classes = std::max(plan.survey.classes, *later_classes);
  plan.dictionaries = parent.categorical;
  plan.outputs = parent.outputs_per_row;
  plan.first_round = parent.rounds;
  plan.most_rounds = training_.warm_rounds;
  plan.parameters = wanted(plan.outputs, request.seed);
  // What a search found for the parent holds for its continuation.
  for (const auto& [name, range] : training_.search.space) {
    if (const auto found = parent.parameters.find(name); training_.search.trials > 0 && found != parent.parameters.end()) {
      plan.parameters[name] = found->second;
    }
  }
  if (training_.warm_eta) set_learning_rate(plan.parameters, *training_.warm_eta);
  plan.reason = "warm: up to " + std::to_string(plan.most_rounds) + " rounds on top of the stable model's " +
                std::to_string(parent.rounds) + ", learned from " + plan.learned_from;
  return plan;
}

Result<Plan> Planner::recalibration(const TrainRequest& request, const std::stop_token& stop) const {
  const ModelDescription& parent = request.parent->description();
  Plan plan;
  plan.kind = TrainingMode::recalibrate;
  // No round is chosen here, so the newest rows, which else decide when to stop, are the best to learn from.
  std::vector<std::string> sessions = request.fit_sessions;
  sessions.insert(sessions.end(), request.stop_sessions.begin(), request.stop_sessions.end());
  const auto all = request.stop == nullptr ? request.fit : joined(request.fit, request.stop);
  auto fit = newest_of(all, request.warm_fit_sessions, stop);
  if (!fit) return fit.status();
  plan.fit = std::move(*fit);
  plan.fit_sessions = newest_ids(sessions, request.warm_fit_sessions);
  plan.learned_from = newest_words(request.warm_fit_sessions);
  auto survey = survey_sessions(*plan.fit, model_, stop);
  if (!survey) return survey.status();
  plan.survey = std::move(*survey);
  plan.dictionaries = parent.categorical;
  plan.outputs = parent.outputs_per_row;
  plan.first_round = parent.rounds;
  plan.most_rounds = 1;
  plan.parameters = wanted(plan.outputs, request.seed);
  return plan;
}

Result<Plan> Planner::anew(const TrainRequest& request, const std::string& reason, std::stop_token stop) const {
  Plan plan;
  plan.kind = TrainingMode::full;
  plan.reason = "full: " + reason;
  plan.fit = request.fit;
  plan.early = stops_early(request);
  plan.fit_sessions = request.fit_sessions;
  plan.learned_from = newest_words(0);
  const auto later_classes = stop_classes(request, stop);
  if (!later_classes) return later_classes.status();
  auto survey = survey_sessions(*request.fit, model_, stop, training_.half_life_sessions);
  if (!survey) return survey.status();
  plan.survey = std::move(*survey);
  plan.dictionaries = plan.survey.categorical;
  if (model_.task == Task::multiclass) {
    const bool comparable = request.parent != nullptr && request.parent->description().task == Task::multiclass;
    const std::size_t parents = comparable ? request.parent->description().outputs_per_row : 0;
    plan.outputs = std::max({plan.survey.classes, *later_classes, parents, std::size_t{2}});
  }
  plan.most_rounds = training_.max_rounds;
  plan.parameters = wanted(plan.outputs, request.seed);
  set_first_prediction(plan.parameters, plan.survey.target_mean);
  return plan;
}

}  // namespace retrain::train
