// What each training mode makes, and why.
#include <doctest/doctest.h>

#include "synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

TrainRequest request_from(const std::shared_ptr<const Model>& parent, TrainingMode mode, const SessionShape& shape) {
  TrainRequest request = train_request(make_sessions(10, 4, shape), make_sessions(14, 1, shape));
  request.choose = make_sessions(15, 2, shape);
  request.choose_sessions = {"s15", "s16"};
  request.parent = parent;
  request.parent_sha256 = "parent-hash";
  request.mode = mode;
  request.warm_fit_sessions = 2;
  return request;
}

std::shared_ptr<const Model> parent_of(const TrainingSettings& training) {
  return train_model(*make_trainer(training), train_request(make_sessions(1, 6)));
}

const TrainingTrial& trial(const Model& model, const std::string& name) {
  for (const TrainingTrial& candidate : model.description().trials) {
    if (candidate.name == name) return candidate;
  }
  throw std::runtime_error("no trial " + name);
}

}  // namespace

TEST_CASE("mode best trains every kind, and the choose sessions choose the one that fits them best") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const TrainingSettings training = training_settings(library);
    const auto trainer = make_trainer(training);
    const SessionShape drifted{.shift = 6};
    TrainRequest request = request_from(parent_of(training), TrainingMode::best, drifted);

    const auto best = train_model(*trainer, request);

    const ModelDescription& description = best->description();
    REQUIRE(description.trials.size() == 3);
    const auto later = make_sessions(15, 2, drifted);
    for (const auto& [name, mode] : {std::pair("recalibrate", TrainingMode::recalibrate), std::pair("warm", TrainingMode::warm),
                                     std::pair("full", TrainingMode::full)}) {
      CAPTURE(name);
      request.mode = mode;
      const auto alone = train_model(*trainer, request);
      const double loss = mean_absolute_error(*alone, *later);
      CHECK(trial(*best, name).losses.at(0) == doctest::Approx(loss).epsilon(1e-12));
      CHECK(trial(*best, description.mode).losses[0] <= loss * (1 + 1e-12));
      if (description.mode == name) CHECK(bytes_of(*best) == bytes_of(*alone));
      CHECK(trial(*best, name).chosen == (description.mode == name));
    }
    CHECK(description.mode == "recalibrate");  // the drift is a shift, and four sessions are few to learn the rest from
    CHECK(description.choose_sessions == std::vector<std::string>{"s15", "s16"});
    CHECK(description.mode_reason.starts_with("best: recalibrate with loss "));
    CHECK(check_golden_rows(*best).ok());
  }
}

TEST_CASE("mode best without a parent makes a full model and says why the others were not made") {
  const TrainingSettings training = training_settings("libxgboost.so.0");

  const auto best = train_model(*make_trainer(training), request_from(nullptr, TrainingMode::best, {}));

  CHECK(best->description().mode == "full");
  CHECK(trial(*best, "recalibrate").note == "no stable parent");
  CHECK(trial(*best, "warm").losses.empty());
}

TEST_CASE("mode best without sessions to choose by goes on as auto does") {
  const TrainingSettings training = training_settings("libxgboost.so.0");
  TrainRequest request = request_from(parent_of(training), TrainingMode::best, {.shift = 6});
  request.choose = nullptr;
  request.choose_sessions.clear();

  CHECK(train_model(*make_trainer(training), request)->description().mode == "warm");
}

TEST_CASE("a recalibration that cannot be made becomes a full training, with the reason") {
  const TrainingSettings training = training_settings("libxgboost.so.0");
  const auto trainer = make_trainer(training);
  const SessionShape ones{.shift = 100, .task = Task::binary};
  const auto binary = make_trainer(training, model_settings(Task::binary));
  const auto parent = train_model(*binary, train_request(make_sessions(1, 3, {.task = Task::binary})));
  TrainingSettings grown = training;
  grown.max_growth = 0;

  const auto reason = [](Trainer& made_by, const TrainRequest& request) {
    return train_model(made_by, request)->description().mode_reason;
  };
  CHECK(reason(*trainer, request_from(nullptr, TrainingMode::recalibrate, {})) == "full: no stable parent");
  CHECK(reason(*binary, request_from(parent, TrainingMode::recalibrate, ones)) ==
        "full: every target of the newest sessions is 1");
  CHECK(reason(*make_trainer(grown), request_from(parent_of(training), TrainingMode::recalibrate, {})) ==
        "full: 1 round on top of the 0 since the last full training would pass training.max_growth 0");
  TrainingSettings logarithmic = training;
  logarithmic.mode = TrainingMode::recalibrate;
  logarithmic.parameters["objective"] = "reg:squaredlogerror";
  CHECK(make_xgboost_trainer(model_settings(), logarithmic).status().message() ==
        "training.mode is recalibrate, and no shift is exact for objective reg:squaredlogerror");
}

TEST_CASE("new categories keep a warm start from its parent, and a recalibration not") {
  const TrainingSettings training = training_settings("libxgboost.so.0");
  const auto trainer = make_trainer(training);
  const SessionShape more{.categories = 40};

  const auto warm = train_model(*trainer, request_from(parent_of(training), TrainingMode::warm, more));
  const auto shifted = train_model(*trainer, request_from(parent_of(training), TrainingMode::recalibrate, more));

  CHECK(warm->description().mode_reason == "full: category 'c30' and 9 more of place is new since the parent");
  CHECK(shifted->description().mode == "recalibrate");
}

TEST_CASE("a recalibrated model can be recalibrated again and continued warm") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const TrainingSettings training = training_settings(library);
    const auto trainer = make_trainer(training);

    const auto once = train_model(*trainer, request_from(parent_of(training), TrainingMode::recalibrate, {.shift = 3}));
    const auto twice = train_model(*trainer, request_from(once, TrainingMode::recalibrate, {.shift = 3}));
    const auto warm = train_model(*trainer, request_from(twice, TrainingMode::warm, {.shift = 5}));

    CHECK(twice->description().mode == "recalibrate");
    CHECK(warm->description().mode == "warm");
    CHECK(warm->description().rounds_since_full >= 2);
  }
}

TEST_CASE("a parent that is older than max_parent_age is not continued") {
  TrainingSettings training = training_settings("libxgboost.so.0");
  training.max_parent_age = std::chrono::hours(48);
  const auto trainer = make_trainer(training);
  TrainRequest request = request_from(parent_of(training), TrainingMode::automatic, {});

  request.parent_age = std::chrono::hours(48);
  const auto young = train_model(*trainer, request);
  request.parent_age = std::chrono::hours(73);
  const auto old = train_model(*trainer, request);

  CHECK(young->description().mode == "warm");
  CHECK(old->description().mode_reason == "full: the parent was trained 3d 1h ago, training.max_parent_age is 2d");
}

TEST_CASE("a warm start has a learning rate of its own when it is told one") {
  TrainingSettings training = training_settings("libxgboost.so.0");
  training.parameters["learning_rate"] = training.parameters.extract("eta").mapped();
  const auto parent = parent_of(training);

  training.warm_eta = 0.01;
  const auto slow = train_model(*make_trainer(training), request_from(parent, TrainingMode::warm, {.shift = 4}));

  CHECK(slow->description().parameters.at("eta") == "0.01");
  CHECK_FALSE(slow->description().parameters.contains("learning_rate"));
  CHECK(parent_of(training)->description().parameters.at("learning_rate") == "0.2");
}
