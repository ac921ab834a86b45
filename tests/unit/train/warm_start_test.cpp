#include "synthetic_sessions.hpp"

#include <doctest/doctest.h>

using namespace retrain;
using namespace retrain::test;

namespace {

/// A trainer whose rounds draw no samples, so that continuing is the same as not having stopped.
TrainingSettings unsampled(const std::string& library, int max_rounds) {
  TrainingSettings training = training_settings(library);
  training.parameters = {{"eta", "0.2"}, {"max_depth", "4"}};
  training.max_rounds = max_rounds;
  return training;
}

TrainRequest continue_from(const std::shared_ptr<const Model>& parent, std::shared_ptr<MemoryStream> fit,
                           std::shared_ptr<MemoryStream> stop = nullptr) {
  TrainRequest request = train_request(std::move(fit), std::move(stop));
  request.parent = parent;
  request.parent_sha256 = "parent-hash";
  return request;
}

std::string reason_for(const TrainingSettings& training, const ModelSettings& model, const TrainRequest& request) {
  const auto trained = train_model(*make_trainer(training, model), request);
  CHECK(trained->description().mode == "full");
  CHECK(trained->description().parent_sha256.empty());
  CHECK(trained->description().rounds_since_full == 0);
  return trained->description().mode_reason;
}

/// A model that another trainer made.
class ForeignModel final : public Model {
 public:
  explicit ForeignModel(const ModelDescription& description) : description_(description) {
    description_.trainer = {"forest", "1"};
  }
  Result<std::vector<double>> predict(const Frame& frame) const override { return std::vector<double>(frame.rows, 0.0); }
  Result<ModelArtifact> save() const override { return ModelArtifact{"trees", description_}; }
  const ModelDescription& description() const override { return description_; }

 private:
  ModelDescription description_;
};

}  // namespace

TEST_CASE("without sampling, a warm start on the same rows gives the bytes of one go") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto parent = train_model(*make_trainer(unsampled(library, 20)), train_request(make_sessions(1, 4)));

    const auto continued = train_model(*make_trainer(unsampled(library, 20)), continue_from(parent, make_sessions(1, 4)));

    const auto one_go = train_model(*make_trainer(unsampled(library, 30)), train_request(make_sessions(1, 4)));
    CHECK(bytes_of(*continued) == bytes_of(*one_go));
    CHECK(continued->description().mode == "warm");
    CHECK(continued->description().mode_reason ==
          "warm: up to 10 rounds on top of the stable model's 20, learned from all sessions");
    CHECK(continued->description().parent_sha256 == "parent-hash");
    CHECK(continued->description().rounds == 30);
    CHECK(continued->description().rounds_since_full == 10);
  }
}

TEST_CASE("a warm start is replayable with sampling too, whatever the threads") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto trainer = make_trainer(training_settings(library));
    const auto parent = train_model(*trainer, train_request(make_sessions(1, 4)));
    TrainRequest request = continue_from(parent, make_sessions(5, 4));

    request.threads = 2;
    const auto two_threads = train_model(*trainer, request);
    request.threads = 1;
    const auto one_thread = train_model(*make_trainer(training_settings(library)), request);

    CHECK(bytes_of(*two_threads) == bytes_of(*one_thread));
    CHECK(bytes_of(*two_threads) != bytes_of(*parent));
  }
}

TEST_CASE("a warm start learns from the newest sessions only, and its sessions are its own and its parent's") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto trainer = make_trainer(training_settings(library));
    const auto parent = train_model(*trainer, train_request(make_sessions(1, 3)));
    TrainRequest tail = continue_from(parent, make_sessions(1, 8));
    tail.warm_fit_sessions = 2;

    const auto from_tail = train_model(*trainer, tail);

    const auto from_two = train_model(*trainer, continue_from(parent, make_sessions(7, 2)));
    CHECK(bytes_of(*from_tail) == bytes_of(*from_two));
    CHECK(from_tail->description().fit_sessions == std::vector<std::string>{"s1", "s2", "s3", "s7", "s8"});
    CHECK(from_tail->description().mode_reason.ends_with("learned from the newest 2 sessions"));
  }
}

TEST_CASE("a warm start follows drift that its parent has not seen") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape drifted{.shift = 4};
    const auto trainer = make_trainer(training_settings(library));
    const auto parent = train_model(*trainer, train_request(make_sessions(1, 6)));

    const auto warm = train_model(*trainer, continue_from(parent, make_sessions(10, 4, drifted), make_sessions(20, 1, drifted)));

    const auto later = make_sessions(30, 2, drifted);
    CHECK(warm->description().mode == "warm");
    CHECK(mean_absolute_error(*warm, *later) < 0.5 * mean_absolute_error(*parent, *later));
  }
}

TEST_CASE("when no further round helps, the candidate is the parent byte for byte and says so") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto trainer = make_trainer(training_settings(library));
    const auto parent = train_model(*trainer, train_request(make_sessions(1, 8)));

    const SessionShape misleading{.shift = 50};
    const auto warm = train_model(*trainer, continue_from(parent, make_sessions(10, 2, misleading), make_sessions(20, 2)));

    CHECK(bytes_of(*warm) == bytes_of(*parent));
    CHECK(warm->description().mode == "warm");
    CHECK(warm->description().mode_reason ==
          "warm: no further round lowered the loss on the stop sessions, so this is the stable model itself");
    CHECK(warm->description().rounds_since_full == 0);
    CHECK(check_golden_rows(*warm).ok());
  }
}

TEST_CASE("what keeps a training from starting warm is given as the reason for a full one") {
  const TrainingSettings training = training_settings("libxgboost.so.0");
  const ModelSettings model = model_settings();
  const auto parent = train_model(*make_trainer(training), train_request(make_sessions(1, 2)));
  const TrainRequest request = continue_from(parent, make_sessions(3, 2));

  TrainRequest changed = request;
  changed.mode = TrainingMode::full;
  CHECK(reason_for(training, model, changed) == "full: asked for by training.mode");
  changed = train_request(make_sessions(3, 2));
  changed.mode = TrainingMode::warm;
  changed.no_parent_reason = "the last one was rolled back";
  CHECK(reason_for(training, model, changed) == "full: no stable parent: the last one was rolled back");
  changed = request;
  changed.parent = std::make_shared<ForeignModel>(parent->description());
  CHECK(reason_for(training, model, changed) == "full: the parent was made by trainer 'forest'");

  ModelSettings other = model;
  other.target = "delay";
  CHECK(reason_for(training, other, request) == "full: the parent predicts minutes, not delay");
  other = model;
  other.numeric = {"hour"};
  CHECK(reason_for(training, other, request) == "full: the numeric features differ from the parent's: gone distance");
  other.numeric = {"hour", "distance"};
  CHECK(reason_for(training, other, request) == "full: the order of the numeric features differs from the parent's");
  other = model;
  other.categorical = {};
  CHECK(reason_for(training, other, request) == "full: the categorical features differ from the parent's: gone place");

  TrainingSettings settings = training;
  settings.parameters["objective"] = "reg:absoluteerror";
  CHECK(reason_for(settings, model, request) == "full: objective is reg:absoluteerror, the parent's reg:squarederror");
  settings = training;
  settings.warm_rounds = 0;
  CHECK(reason_for(settings, model, request) == "full: training.warm_rounds is 0");
}

TEST_CASE("warm starts may add exactly max_growth rounds since the last full training") {
  TrainingSettings training = training_settings("libxgboost.so.0");
  training.max_growth = 20;
  const auto trainer = make_trainer(training);
  const auto full = train_model(*trainer, train_request(make_sessions(1, 2)));

  const auto first = train_model(*trainer, continue_from(full, make_sessions(3, 2)));
  const auto second = train_model(*trainer, continue_from(first, make_sessions(5, 2)));
  const auto third = train_model(*trainer, continue_from(second, make_sessions(7, 2)));

  CHECK(first->description().rounds_since_full == 10);
  CHECK(second->description().rounds_since_full == 20);
  CHECK(third->description().mode_reason ==
        "full: 10 rounds on top of the 20 since the last full training would pass training.max_growth 20");
}

TEST_CASE("a category or a class that is new since the parent makes the training a full one that knows it") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape few{.categories = 5}, more{.categories = 7};
    const auto trainer = make_trainer(training_settings(library));
    const auto parent = train_model(*trainer, train_request(make_sessions(1, 2, few)));

    const auto model = train_model(*trainer, continue_from(parent, make_sessions(3, 2, more)));

    CHECK(model->description().mode_reason == "full: category 'c05' and 1 more of place is new since the parent");
    CHECK(model->description().categorical[0].values.size() == 7);
    const auto classifier = make_trainer(training_settings(library), model_settings(Task::multiclass));
    const auto two = train_model(*classifier, train_request(make_sessions(1, 2, {.shift = -9, .task = Task::multiclass})));
    const auto three = train_model(*classifier, continue_from(two, make_sessions(3, 2, {.task = Task::multiclass})));
    REQUIRE(two->description().outputs_per_row == 2);
    CHECK(three->description().mode_reason == "full: class 2 is new since the parent, which knows 2");
    CHECK(three->description().outputs_per_row == 3);
  }
}

TEST_CASE("a full training keeps the classes of the model it would replace, so that both can be judged on the same rows") {
  const auto trainer = make_trainer(training_settings("libxgboost.so.0"), model_settings(Task::multiclass));
  const auto parent = train_model(*trainer, train_request(make_sessions(1, 2, {.task = Task::multiclass})));
  TrainRequest request = continue_from(parent, make_sessions(3, 2, {.shift = -20, .task = Task::multiclass}));
  request.mode = TrainingMode::full;

  const auto model = train_model(*trainer, request);

  CHECK(model->description().outputs_per_row == 3);
}
