#include <retrain/trainer.hpp>

#include <algorithm>
#include <exception>

#include "base/text.hpp"
#include "early_stopping.hpp"
#include "plan.hpp"
#include "recalibration.hpp"
#include "rounds.hpp"
#include "search.hpp"
#include "xgboost_model.hpp"

namespace retrain {
namespace {

using namespace train;

using Candidate = Result<std::shared_ptr<const Model>>;

class XgboostTrainer final : public Trainer {
 public:
  XgboostTrainer(std::shared_ptr<const XgboostApi> api, ModelSettings model, TrainingSettings training)
      : api_(std::move(api)), model_(std::move(model)), training_(std::move(training)), planner_(api_, model_, training_) {}

  PartId id() const override { return {trainer_name, api_->version_text()}; }

  Candidate train(const TrainRequest& request, Observer& observer, std::stop_token stop) override {
    if (request.fit == nullptr) return Status{StatusCode::invalid_argument, "the training request has no sessions to fit"};
    try {
      LibraryLog log(*api_);
      const auto clock = request.clock ? request.clock : make_system_clock();
      Watch watch{log, observer, std::move(stop), *clock, request.deadline, {}};
      return request.mode == TrainingMode::best ? train_best(request, watch) : train_one(request, watch);
    } catch (const std::bad_alloc&) {
      return Status{StatusCode::unavailable, "not enough memory to train"};
    } catch (const std::exception& error) {
      return Status{StatusCode::callback_failed, std::string("training threw: ") + error.what()};
    }
  }

  Candidate load(const ModelArtifact& artifact) override { return load_xgboost_model(api_, artifact); }

 private:
  /// A model, or what stands in the way of this kind of training.
  struct Made {
    std::shared_ptr<const Model> model;
    std::string obstacle;
  };

  Candidate train_one(const TrainRequest& request, Watch& watch) const {
    std::string reason = "asked for by training.mode";
    if (request.mode != TrainingMode::full) {
      const auto made =
          make(request.mode == TrainingMode::recalibrate ? TrainingMode::recalibrate : TrainingMode::warm, request, watch);
      if (!made) return made.status();
      if (made->model) return made->model;
      reason = made->obstacle;
    }
    return train_anew(request, reason, watch);
  }

  Result<Made> make(TrainingMode kind, const TrainRequest& request, Watch& watch) const {
    if (kind == TrainingMode::full) {
      auto model = train_anew(request, "asked for by training.mode", watch);
      if (!model) return model.status();
      return Made{std::move(*model), {}};
    }
    auto attempt = planner_.continuing(kind, request, watch.stop);
    if (!attempt) return attempt.status();
    if (!attempt->plan) return Made{nullptr, std::move(attempt->obstacle)};
    if (kind == TrainingMode::recalibrate) return recalibrate(request, *attempt->plan, watch);
    auto model = carry_out(request, *attempt->plan, {}, watch);
    if (!model) return model.status();
    return Made{std::move(*model), {}};
  }

  Candidate train_anew(const TrainRequest& request, const std::string& reason, Watch& watch) const {
    auto plan = planner_.anew(request, reason, watch.stop);
    if (!plan) return plan.status();
    std::vector<TrainingTrial> trials;
    if (training_.search.trials > 0) {
      auto found = search_parameters(api_, model_, training_, *plan, threads_of(request), watch);
      if (!found) return found.status();
      for (const auto& [name, value] : found->chosen) plan->parameters[name] = value;
      plan->reason += "; " + found->summary;
      trials = std::move(found->trials);
    }
    return carry_out(request, *plan, std::move(trials), watch);
  }

  /// Trains every kind that applies; the later slice chooses. On a draw the kind that changes the model least.
  Candidate train_best(const TrainRequest& request, Watch& watch) const {
    if (request.choose == nullptr) {
      TrainRequest other = request;
      other.mode = TrainingMode::automatic;
      return train_one(other, watch);
    }
    if (const auto survey = survey_sessions(*request.choose, model_, watch.stop); !survey) {
      return survey.status().within("choosing");
    }
    std::vector<TrainingTrial> kinds;
    std::shared_ptr<const Model> best;
    std::size_t chosen = 0;
    for (const TrainingMode kind : {TrainingMode::recalibrate, TrainingMode::warm, TrainingMode::full}) {
      TrainingTrial trial;
      trial.name = std::string(to_string(kind));
      watch.name = trial.name + ": ";
      const auto made = make(kind, request, watch);
      if (!made) return made.status();
      trial.note = made->obstacle;
      if (made->model) {
        const auto loss = loss_on(*made->model, *request.choose, watch.stop);
        if (!loss) return loss.status();
        trial.losses = {*loss};
        trial.rounds = made->model->description().rounds;
        if (best == nullptr || *loss < kinds[chosen].losses[0]) {
          best = made->model;
          chosen = kinds.size();
        }
      }
      kinds.push_back(std::move(trial));
    }
    kinds[chosen].chosen = true;
    auto artifact = best->save();
    if (!artifact) return artifact.status();
    ModelDescription& description = artifact->description;
    description.mode_reason = best_reason(kinds, chosen, description.mode_reason);
    description.choose_sessions = request.choose_sessions;
    description.trials.insert(description.trials.begin(), kinds.begin(), kinds.end());
    return load_xgboost_model(api_, std::move(*artifact));
  }

  static std::string best_reason(const std::vector<TrainingTrial>& kinds, std::size_t chosen, const std::string& how) {
    std::vector<std::string> others;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (i == chosen) continue;
      others.push_back(kinds[i].name +
                       (kinds[i].note.empty() ? " " + base::format_short(kinds[i].losses[0]) : " not: " + kinds[i].note));
    }
    return "best: " + kinds[chosen].name + " with loss " + base::format_short(kinds[chosen].losses[0]) +
           " on the choose sessions (" + base::join(others, "; ") + "); " + how;
  }

  Result<double> loss_on(const Model& model, FrameStream& stream, const std::stop_token& stop) const {
    MeanLoss mean(model_.task);
    if (Status status = stream.rewind(); !status) return status;
    for (;;) {
      if (stop.stop_requested()) return Status{StatusCode::cancelled, "asked to stop while the models were compared"};
      const auto frame = stream.next();
      if (!frame) return frame.status();
      if (*frame == nullptr) break;
      const auto predictions = model.predict(**frame);
      if (!predictions) return predictions.status();
      const auto& labels = (*frame)->target.values;
      const bool known = std::all_of(labels.begin(), labels.end(), [&](float label) {
        return model_.task != Task::multiclass || static_cast<std::size_t>(label) < model.description().outputs_per_row;
      });
      if (!known) return std::numeric_limits<double>::infinity();
      mean.add(*predictions, labels, (*frame)->weight.values);
    }
    return mean.value();
  }

  static unsigned threads_of(const TrainRequest& request) { return std::max(1U, request.threads); }

  MatrixRecipe recipe(const Plan& plan, const FeatureSpace& features, const TrainRequest& request, const Watch& watch) const {
    return {api_, features, *plan.fit, threads_of(request), watch.stop, plan.row_weights(training_)};
  }

  Candidate carry_out(const TrainRequest& request, const Plan& plan, std::vector<TrainingTrial> trials, Watch& watch) const {
    const FeatureSpace features(model_.numeric, plan.dictionaries);
    const auto bins = max_bin(plan.parameters);
    if (!bins) return bins.status();
    const auto matrix = recipe(plan, features, request, watch).quantile_matrix(*bins);
    if (!matrix) return matrix.status();
    auto booster = plan.kind == TrainingMode::warm ? parents_booster(request) : Booster::create(api_, *matrix);
    if (!booster) return booster.status();
    if (Status status = set_parameters(*booster, plan, request); !status) return status;
    std::vector<Matrix> judged;
    if (plan.early) {
      const RowWeights weights{std::nullopt, 0, plan.survey.weighted};
      auto plain = MatrixRecipe{api_, features, *request.stop, threads_of(request), watch.stop, weights}.plain_matrices();
      if (!plain) return plain.status();
      judged = std::move(*plain);
    }
    if (Status status = booster->describe(features); !status) return status;
    const RoundLimits limits{plan.first_round, plan.most_rounds, training_.early_stopping_rounds};
    auto boosted = run_rounds(std::move(*booster), model_.task, limits, *matrix, judged, watch);
    if (!boosted) return boosted.status();
    if (plan.kind == TrainingMode::warm && boosted->rounds == plan.first_round) {
      return parent_again(request, plan,
                          "warm: no further round lowered the loss on the stop sessions, so this is the stable model itself");
    }
    return finish(request, plan, boosted->booster, boosted->rounds, std::move(trials));
  }

  Result<Booster> parents_booster(const TrainRequest& request) const {
    auto booster = Booster::create(api_);
    if (!booster) return booster;
    const auto parent = request.parent->save();
    if (!parent) return parent.status();
    if (Status status = booster->load(parent->bytes); !status) return status;
    return booster;
  }

  /// All of them, also after loading: no parameter survives in a saved model.
  static Status set_parameters(Booster& booster, const Plan& plan, const TrainRequest& request) {
    if (Status status = booster.set(plan.parameters); !status) return status;
    return booster.set("nthread", std::to_string(threads_of(request)));
  }

  Result<Made> recalibrate(const TrainRequest& request, Plan plan, Watch& watch) const {
    const FeatureSpace features(model_.numeric, plan.dictionaries);
    const MatrixRecipe rows_recipe = recipe(plan, features, request, watch);
    auto booster = parents_booster(request);
    if (!booster) return booster.status();
    if (Status status = set_parameters(*booster, plan, request); !status) return status;
    ShiftRows rows;
    rows.outputs = plan.outputs;
    {
      const auto matrices = rows_recipe.plain_matrices();
      if (!matrices) return matrices.status();
      for (const Matrix& matrix : *matrices) {
        const auto margins = booster->predict_margins(matrix);
        if (!margins) return margins.status();
        rows.margins.insert(rows.margins.end(), margins->begin(), margins->end());
        rows.labels.insert(rows.labels.end(), matrix.labels().begin(), matrix.labels().end());
        rows.weights.insert(rows.weights.end(), matrix.weights().begin(), matrix.weights().end());
      }
    }
    if (Status status = may_go_on(watch, "the margins of the parent"); !status) return status;
    const Shift shift = best_shift(rows, plan.parameters);
    if (!shift.obstacle.empty()) return Made{nullptr, shift.obstacle};
    std::vector<std::string> words;
    for (const double value : shift.values) words.push_back(base::format_short(value));
    plan.reason =
        "recalibrate: the stable model's predictions shifted by " + base::join(words, ", ") +
        (plan.parameters.at("objective").starts_with("reg:") && plan.outputs == 1 ? "" : " before their transformation") +
        ", the best fit on " + plan.learned_from + ", " + std::to_string(rows.labels.size()) + " rows";
    auto made = add_leaf(request, plan, std::move(*booster), rows_recipe, shift);
    if (!made) return made.status();
    return Made{std::move(*made), {}};
  }

  /// One round whose trees have a root and nothing else. The gradients say outright what the leaves shall be.
  Candidate add_leaf(const TrainRequest& request, const Plan& plan, Booster booster, const MatrixRecipe& recipe,
                     const Shift& shift) const {
    const bool still = std::all_of(shift.values.begin(), shift.values.end(), [](double value) { return value == 0; });
    if (still) return parent_again(request, plan, "recalibrate: the best shift is 0, so this is the stable model itself");
    std::vector<float> gradients;
    for (const double value : shift.values) gradients.push_back(static_cast<float>(-value));
    const Parameters leaf = {{"eta", "1"},   {"max_depth", "1"},        {"gamma", "1e30"},  {"lambda", "0"},
                             {"alpha", "0"}, {"min_child_weight", "0"}, {"subsample", "1"}, {"max_delta_step", "0"}};
    if (Status status = booster.set(leaf); !status) return status;
    // This objective would set the leaf again, by a median of its own over the row that is not there.
    const bool median = plan.parameters.at("objective") == "reg:absoluteerror";
    if (median) {
      if (Status status = booster.set("objective", "reg:squarederror"); !status) return status;
    }
    const auto row = recipe.empty_row();
    if (!row) return row.status();
    if (Status status = booster.boost(plan.first_round, *row, std::move(gradients)); !status) return status;
    if (median) {
      if (Status status = booster.set("objective", "reg:absoluteerror"); !status) return status;
    }
    return finish(request, plan, booster, plan.first_round + 1, {});
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
    description.threads = threads_of(request);
    description.rounds = rounds;
    description.mode = std::string(to_string(plan.kind));
    description.mode_reason = plan.reason;
    description.fit_sessions = plan.fit_sessions;
    if (plan.kind != TrainingMode::recalibrate) description.stop_sessions = request.stop_sessions;
    description.data_fingerprint = request.data_fingerprint;
    if (plan.kind != TrainingMode::full) inherit(description, request, plan, rounds - plan.first_round);
    return description;
  }

  /// A continued model contains its parent's trees, so it has seen what the parent has seen.
  static void inherit(ModelDescription& description, const TrainRequest& request, const Plan& plan, int added_rounds) {
    const ModelDescription& parent = request.parent->description();
    description.parent_sha256 = request.parent_sha256;
    description.rounds_since_full = parent.rounds_since_full + added_rounds;
    description.fit_sessions = parent.fit_sessions;
    for (const std::string& id : plan.fit_sessions) {
      auto& known = description.fit_sessions;
      if (std::find(known.begin(), known.end(), id) == known.end()) known.push_back(id);
    }
  }

  Candidate finish(const TrainRequest& request, const Plan& plan, const Booster& booster, int rounds,
                   std::vector<TrainingTrial> trials) const {
    auto bytes = booster.save();
    if (!bytes) return bytes.status();
    ModelArtifact artifact{std::move(*bytes), describe(request, plan, rounds)};
    artifact.description.trials = std::move(trials);
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

  /// Nothing was added: the candidate is the parent, byte for byte, and its description says so.
  Candidate parent_again(const TrainRequest& request, const Plan& plan, const std::string& reason) const {
    auto artifact = request.parent->save();
    if (!artifact) return artifact.status();
    ModelDescription& description = artifact->description;
    inherit(description, request, plan, 0);
    description.mode = std::string(to_string(plan.kind));
    description.mode_reason = reason;
    description.stop_sessions = request.stop_sessions;
    description.data_fingerprint = request.data_fingerprint;
    return load_xgboost_model(api_, std::move(*artifact));
  }

  std::shared_ptr<const XgboostApi> api_;
  ModelSettings model_;
  TrainingSettings training_;
  Planner planner_;
};

Status check_settings(const ModelSettings& model, const TrainingSettings& training) {
  if (model.numeric.empty() && model.categorical.empty())
    return {StatusCode::invalid_argument, "model.features names no feature"};
  if (training.max_rounds < 1) {
    return {StatusCode::invalid_argument, "training.max_rounds is " + std::to_string(training.max_rounds) + ", less than 1"};
  }
  if (training.half_life_sessions && !(*training.half_life_sessions > 0)) {
    return {StatusCode::invalid_argument,
            "training.half_life_sessions is " + base::format_short(*training.half_life_sessions) + ", not over 0"};
  }
  if (Status status = check_user_parameters(training.parameters, model.task); !status) return status;
  if (const auto limits = constraints(training, model); !limits) return limits.status();
  const auto objective = training.parameters.find("objective");
  if (training.mode == TrainingMode::recalibrate && objective != training.parameters.end()) {
    if (const auto obstacle = obstacle_to_shift(objective->second)) {
      return {StatusCode::invalid_argument, "training.mode is recalibrate, and " + *obstacle};
    }
  }
  return check_search(training.search, model);
}

}  // namespace

Result<std::shared_ptr<Trainer>> make_xgboost_trainer(const ModelSettings& model, const TrainingSettings& training) {
  if (Status status = check_settings(model, training); !status) return status;
  auto api = open_xgboost(training.xgboost_library);
  if (!api) return api.status();
  return std::shared_ptr<Trainer>(std::make_shared<XgboostTrainer>(std::move(*api), model, training));
}

}  // namespace retrain
