#include <retrain/trainer.hpp>

#include <algorithm>
#include <exception>

#include "base/text.hpp"
#include "booster.hpp"
#include "early_stopping.hpp"
#include "library_log.hpp"
#include "training_start.hpp"
#include "xgboost_model.hpp"

namespace retrain {
namespace {

using namespace train;

/// What one training works with once the start is decided.
struct Plan {
  bool warm = false;
  std::string reason;
  std::shared_ptr<FrameStream> fit;
  Survey survey;
  std::vector<CategoryDictionary> dictionaries;
  std::size_t outputs = 1;
  int first_round = 0;  ///< rounds of the parent
  int most_rounds = 0;  ///< that may be added
  Parameters parameters;
};

/// What the rounds left behind: `booster` holds exactly `rounds`.
struct Boosted {
  Booster booster;
  int rounds = 0;
};

class XgboostTrainer final : public Trainer {
 public:
  XgboostTrainer(std::shared_ptr<const XgboostApi> api, ModelSettings model, TrainingSettings training)
      : api_(std::move(api)), model_(std::move(model)), training_(std::move(training)) {}

  PartId id() const override { return {trainer_name, api_->version_text()}; }

  Result<std::shared_ptr<const Model>> train(const TrainRequest& request, Observer& observer, std::stop_token stop) override {
    try {
      return train_candidate(request, observer, stop);
    } catch (const std::bad_alloc&) {
      return Status{StatusCode::unavailable, "not enough memory to train"};
    } catch (const std::exception& error) {
      return Status{StatusCode::callback_failed, std::string("training threw: ") + error.what()};
    }
  }

  Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) override { return load_xgboost_model(api_, artifact); }

 private:
  Result<std::shared_ptr<const Model>> train_candidate(const TrainRequest& request, Observer& observer,
                                                       const std::stop_token& stop) {
    if (request.fit == nullptr) return Status{StatusCode::invalid_argument, "the training request has no sessions to fit"};
    const bool early = request.stop != nullptr && training_.early_stopping_rounds > 0;
    std::size_t stop_classes = 0;
    if (early) {
      const auto survey = survey_sessions(*request.stop, model_, stop);
      if (!survey) return survey.status().within("early stopping");
      stop_classes = survey->classes;
    }
    const auto plan = make_plan(request, stop_classes, stop);
    if (!plan) return plan.status();
    auto boosted = boost(request, *plan, early, observer, stop);
    if (!boosted) return boosted.status();
    if (plan->warm && boosted->rounds == plan->first_round) return parent_again(request);
    return finish(request, *plan, *boosted);
  }

  Result<Plan> make_plan(const TrainRequest& request, std::size_t stop_classes, const std::stop_token& stop) const {
    const Parameters wanted = training_parameters(training_.parameters, model_.task, 0, request.seed);
    auto obstacle = obstacle_to_warm_start(request, model_, training_, wanted, *api_);
    if (!obstacle) {
      auto plan = warm_plan(request, stop_classes, stop);
      if (!plan) return plan;
      obstacle = obstacle_in_data(plan->survey, request.parent->description());
      if (!obstacle) return plan;
    }
    Plan plan;
    plan.reason = "full: " + *obstacle;
    plan.fit = request.fit;
    auto survey = survey_sessions(*request.fit, model_, stop);
    if (!survey) return survey.status();
    plan.survey = std::move(*survey);
    plan.dictionaries = plan.survey.categorical;
    if (model_.task == Task::multiclass) {
      const bool comparable = request.parent != nullptr && request.parent->description().task == Task::multiclass;
      const std::size_t parents = comparable ? request.parent->description().outputs_per_row : 0;
      plan.outputs = std::max({plan.survey.classes, stop_classes, parents, std::size_t{2}});
    }
    plan.most_rounds = training_.max_rounds;
    plan.parameters = training_parameters(training_.parameters, model_.task, plan.outputs, request.seed);
    set_first_prediction(plan.parameters, plan.survey.target_mean);
    return plan;
  }

  Result<Plan> warm_plan(const TrainRequest& request, std::size_t stop_classes, const std::stop_token& stop) const {
    const ModelDescription& parent = request.parent->description();
    Plan plan;
    plan.warm = true;
    plan.fit = request.fit;
    std::string learned_from = "all sessions";
    if (request.warm_fit_sessions > 0) {
      auto newest = newest_sessions(*request.fit, request.warm_fit_sessions, stop);
      if (!newest) return newest.status();
      plan.fit = std::move(*newest);
      learned_from = "the newest " + std::to_string(request.warm_fit_sessions) + " sessions";
    }
    auto survey = survey_sessions(*plan.fit, model_, stop);
    if (!survey) return survey.status();
    plan.survey = std::move(*survey);
    plan.survey.classes = std::max(plan.survey.classes, stop_classes);
    plan.dictionaries = parent.categorical;
    plan.outputs = parent.outputs_per_row;
    plan.first_round = parent.rounds;
    plan.most_rounds = training_.warm_rounds;
    plan.parameters = training_parameters(training_.parameters, model_.task, plan.outputs, request.seed);
    plan.reason = "warm: up to " + std::to_string(training_.warm_rounds) + " rounds on top of the stable model's " +
                  std::to_string(parent.rounds) + ", learned from " + learned_from;
    return plan;
  }

  Result<Boosted> boost(const TrainRequest& request, const Plan& plan, bool early, Observer& observer,
                        const std::stop_token& stop) const {
    LibraryLog log(*api_);
    const FeatureSpace features(model_.numeric, plan.dictionaries);
    const auto bins = max_bin(plan.parameters);
    if (!bins) return bins.status();
    const auto matrix = MatrixRecipe{api_, features, *plan.fit, request.threads, stop}.quantile_matrix(*bins);
    if (!matrix) return matrix.status();
    auto booster = prepare_booster(request, plan, *matrix);
    if (!booster) return booster.status();
    std::optional<Matrix> judged;
    if (early) {
      auto plain = MatrixRecipe{api_, features, *request.stop, request.threads, stop}.plain_matrix();
      if (!plain) return plain.status();
      judged = std::move(*plain);
    }
    if (Status status = booster->describe(features); !status) return status;
    return run_rounds(std::move(*booster), plan, *matrix, judged, log, observer, stop);
  }

  Result<Booster> prepare_booster(const TrainRequest& request, const Plan& plan, const Matrix& matrix) const {
    auto booster = plan.warm ? Booster::create(api_) : Booster::create(api_, matrix);
    if (!booster) return booster;
    if (plan.warm) {
      const auto parent = request.parent->save();
      if (!parent) return parent.status();
      if (Status status = booster->load(parent->bytes); !status) return status;
    }
    // All of them, also after loading: no parameter survives in a saved model.
    if (Status status = booster->set(plan.parameters); !status) return status;
    if (Status status = booster->set("nthread", std::to_string(std::max(1U, request.threads))); !status) return status;
    return booster;
  }

  Result<Boosted> run_rounds(Booster booster, const Plan& plan, const Matrix& matrix, const std::optional<Matrix>& judged,
                             LibraryLog& log, Observer& observer, const std::stop_token& stop) const {
    EarlyStopping stopping(training_.early_stopping_rounds);
    const auto judge = [&](int rounds) -> Status {
      const auto predictions = booster.predict(*judged);
      if (!predictions) return predictions.status();
      stopping.observe(rounds, mean_loss(model_.task, *predictions, judged->labels()));
      return {};
    };
    if (judged && plan.warm) {
      if (Status status = judge(plan.first_round); !status) return status;
    }
    int rounds = plan.first_round;
    while (rounds < plan.first_round + plan.most_rounds) {
      if (stop.stop_requested())
        return Status{StatusCode::cancelled, "asked to stop after " + std::to_string(rounds) + " rounds"};
      Status trained = booster.update(rounds, matrix);
      if (Status status = report(log, observer); !status) return status;
      // What no round has refused yet is a parameter's value: names and data have been checked.
      if (!trained && rounds == plan.first_round)
        return Status{StatusCode::invalid_argument, "training.parameters: " + trained.message()};
      if (!trained) return trained;
      ++rounds;
      if (judged) {
        if (Status status = judge(rounds); !status) return status;
      }
      const std::string loss = judged ? ", loss " + base::format_short(stopping.last_loss()) : "";
      observer.progress({"train", static_cast<double>(rounds - plan.first_round), static_cast<double>(plan.most_rounds),
                         "round " + std::to_string(rounds) + loss});
      if (judged && stopping.exhausted()) break;
    }
    const int best = judged ? stopping.best_rounds() : rounds;
    if (best == 0)
      return Status{StatusCode::invalid_argument,
                    "training.parameters: the loss on the stop sessions is not a finite number after any round"};
    if (best == rounds || (plan.warm && best == plan.first_round)) return Boosted{std::move(booster), best};
    auto sliced = booster.first_rounds(best);
    if (!sliced) return sliced.status();
    return Boosted{std::move(*sliced), best};
  }

  /// Passes the library's warnings on. Fails with invalid_argument when one says that a parameter is unknown.
  static Status report(LibraryLog& log, Observer& observer) {
    for (const std::string& message : log.take()) {
      if (const std::string names = unused_parameters(message); !names.empty()) {
        return {StatusCode::invalid_argument, "training.parameters names what xgboost does not know: " + names};
      }
      observer.log({LogLevel::warning, "xgboost: " + message});
    }
    return {};
  }

  ModelDescription describe(const TrainRequest& request, const Plan& plan, int rounds) const {
    ModelDescription description;
    description.name = model_.name;
    description.task = model_.task;
    description.target = model_.target;
    description.numeric = model_.numeric;
    description.categorical = plan.dictionaries;
    description.outputs_per_row = plan.outputs;
    description.trainer = id();
    description.library = "xgboost " + api_->version_text();
    description.parameters = plan.parameters;
    description.seed = request.seed;
    description.threads = std::max(1U, request.threads);
    description.rounds = rounds;
    description.mode = plan.warm ? "warm" : "full";
    description.mode_reason = plan.reason;
    description.fit_sessions = request.fit_sessions;
    description.stop_sessions = request.stop_sessions;
    description.data_fingerprint = request.data_fingerprint;
    if (plan.warm) inherit(description, request, rounds - plan.first_round);
    return description;
  }

  /// A warm model contains its parent's trees, so it has seen what the parent has seen.
  static void inherit(ModelDescription& description, const TrainRequest& request, int added_rounds) {
    const ModelDescription& parent = request.parent->description();
    description.parent_sha256 = request.parent_sha256;
    description.rounds_since_full = parent.rounds_since_full + added_rounds;
    std::vector<std::string> fit = parent.fit_sessions;
    const std::size_t newest = request.warm_fit_sessions == 0 ? request.fit_sessions.size()
                                                              : std::min(request.warm_fit_sessions, request.fit_sessions.size());
    for (auto id = request.fit_sessions.end() - static_cast<std::ptrdiff_t>(newest); id != request.fit_sessions.end(); ++id) {
      if (std::find(fit.begin(), fit.end(), *id) == fit.end()) fit.push_back(*id);
    }
    description.fit_sessions = std::move(fit);
  }

  Result<std::shared_ptr<const Model>> finish(const TrainRequest& request, const Plan& plan, const Boosted& boosted) const {
    auto bytes = boosted.booster.save();
    if (!bytes) return bytes.status();
    ModelArtifact artifact{std::move(*bytes), describe(request, plan, boosted.rounds)};
    // The candidate is what a later load of these bytes gives, also for the golden rows.
    const auto model = load_xgboost_model(api_, artifact);
    if (!model) return model.status();
    artifact.description.golden_rows = plan.survey.golden_rows;
    const auto expected = (*model)->predict(golden_frame(artifact.description));
    if (!expected) return expected.status();
    auto next = expected->begin();
    for (GoldenRow& row : artifact.description.golden_rows) {
      row.expected.assign(next, next + static_cast<std::ptrdiff_t>(plan.outputs));
      next += static_cast<std::ptrdiff_t>(plan.outputs);
    }
    return load_xgboost_model(api_, std::move(artifact));
  }

  /// No further round helped: the candidate is the parent, byte for byte, and its description says so.
  Result<std::shared_ptr<const Model>> parent_again(const TrainRequest& request) const {
    auto artifact = request.parent->save();
    if (!artifact) return artifact.status();
    ModelDescription& description = artifact->description;
    inherit(description, request, 0);
    description.mode = "warm";
    description.mode_reason = "warm: no further round lowered the loss on the stop sessions, so this is the stable model itself";
    description.stop_sessions = request.stop_sessions;
    description.data_fingerprint = request.data_fingerprint;
    return load_xgboost_model(api_, std::move(*artifact));
  }

  std::shared_ptr<const XgboostApi> api_;
  ModelSettings model_;
  TrainingSettings training_;
};

}  // namespace

Result<std::shared_ptr<Trainer>> make_xgboost_trainer(const ModelSettings& model, const TrainingSettings& training) {
  if (model.numeric.empty() && model.categorical.empty())
    return Status{StatusCode::invalid_argument, "model.features names no feature"};
  if (training.max_rounds < 1) {
    return Status{StatusCode::invalid_argument,
                  "training.max_rounds is " + std::to_string(training.max_rounds) + ", less than 1"};
  }
  if (Status status = check_user_parameters(training.parameters, model.task); !status) return status;
  auto api = open_xgboost(training.xgboost_library);
  if (!api) return api.status();
  return std::shared_ptr<Trainer>(std::make_shared<XgboostTrainer>(std::move(*api), model, training));
}

}  // namespace retrain
