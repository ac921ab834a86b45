// Effects of the section training.
#include <retrain/trainer.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
#include "unit/train/synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// How a training went and a hash of what it made; the parent is a model of 10 rounds when `warm`.
std::string trained(const Config& config, bool warm) {
  const ModelSettings model = model_settings();
  TrainRequest request = train_request(make_sessions(1, 3), make_sessions(20, 1));
  if (warm) {
    TrainingSettings short_training;
    short_training.max_rounds = 10;
    request.parent = train_model(*make_trainer(short_training), request);
    request.parent_sha256 = std::string(64, 'a');
  }
  const auto trainer = make_xgboost_trainer(model, config.training);
  if (!trainer) return trainer.status().message();
  const auto candidate = train_model(**trainer, request);
  const auto& description = candidate->description();
  return description.mode_reason + ", " + std::to_string(description.rounds) + " rounds, " +
         std::to_string(std::hash<std::string>{}(bytes_of(*candidate)));
}

std::string trained_anew(const Config& config) {
  return trained(config, false);
}
std::string continued(const Config& config) {
  return trained(config, true);
}

std::string split(const Config& config) {
  Snapshot snapshot;
  for (int number = 10; number < 40; ++number) snapshot.sessions.push_back({.id = "s" + std::to_string(number)});
  const auto parts = split_sessions(snapshot, config.training, config.validation).value();
  return std::to_string(parts.fit.size()) + " to fit, " + std::to_string(parts.stop.size()) + " to stop";
}

/// The second run of a pipeline, whose rows are sampled so that the seed matters.
RunReport sampled_run(const Config& config) {
  SmallWorld world;
  world.config.training.mode = config.training.mode;
  world.config.training.seed = config.training.seed;
  world.config.training.warm_sessions = config.training.warm_sessions;
  world.config.training.parameters["subsample"] = "0.5";
  return second_run(world);
}

std::string second_training(const Config& config) {
  return sampled_run(config).training;
}

/// The training's record repeats the seed; what the model gets wrong must differ.
std::string loss_of_second_model(const Config& config) {
  return std::to_string(sampled_run(config).gate.value().candidate_loss);
}

}  // namespace

Effects retrain::test::training_effects() {
  return {
      {"training.mode", "full", second_training},       {"training.window_sessions", "4", split},
      {"training.warm_sessions", "5", second_training}, {"training.warm_rounds", "3", continued},
      {"training.max_rounds", "4", trained_anew},       {"training.early_stopping_rounds", "0", split},
      {"training.max_growth", "0", continued},          {"training.parameters", "{eta: 0.3, max_depth: 2}", trained_anew},
      {"training.seed", "7", loss_of_second_model},     {"training.xgboost_library", "/nowhere/libxgboost.so", trained_anew},
  };
}

TEST_CASE("every key of training has an effect") {
  check_effects(training_effects());
}
