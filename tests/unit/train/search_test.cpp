// The search for parameters, and what time does to a training.
#include <doctest/doctest.h>

#include <set>

#include "synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// Every look at it lets some time pass.
class TickingClock final : public Clock {
 public:
  explicit TickingClock(Duration tick) : tick_(tick) {}
  Instant now() override {
    passed_ += tick_;
    return {Time(passed_), passed_, "boot"};
  }
  bool wait_until(Time, std::stop_token) override { return true; }

 private:
  Duration tick_, passed_{};
};

struct Listening final : Observer {
  void log(const LogRecord& record) override { logged.push_back(record.message); }
  void progress(const Progress& progress) override { details.push_back(progress.detail); }
  std::vector<std::string> logged, details;
};

TrainingSettings searching(const std::string& library, std::size_t trials) {
  TrainingSettings training = training_settings(library);
  training.max_rounds = 15;
  training.parameters["eta"] = "0.01";  // far too slow for 15 rounds
  training.search.trials = trials;
  training.search.space["eta"] = {.least = 0.05, .most = 0.5, .logarithmic = true};
  training.search.space["max_depth"] = {.least = 2, .most = 5, .whole = true};
  return training;
}

std::shared_ptr<const Model> searched(const TrainingSettings& training, std::shared_ptr<MemoryStream> fit,
                                      std::shared_ptr<Clock> clock = nullptr) {
  TrainRequest request = train_request(std::move(fit));
  request.clock = std::move(clock);
  return train_model(*make_trainer(training), request);
}

}  // namespace

TEST_CASE("a search finds better parameters than bad ones, trains with them, and keeps its trials") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const TrainingSettings training = searching(library, 6);

    const auto found = searched(training, make_sessions(1, 8));

    const ModelDescription& description = found->description();
    REQUIRE(description.trials.size() == 6);
    CHECK(description.trials[0].parameters.empty());
    std::size_t best = 0;
    const auto mean = [](const TrainingTrial& trial) { return trial.losses[0] + trial.losses[1] + trial.losses[2]; };
    for (std::size_t i = 0; i < 6; ++i) {
      REQUIRE(description.trials[i].losses.size() == 3);
      if (mean(description.trials[i]) < mean(description.trials[best])) best = i;
    }
    REQUIRE(best != 0);
    CHECK(description.trials[best].chosen);
    CHECK(description.parameters.at("eta") == description.trials[best].parameters.at("eta"));
    CHECK(description.mode_reason.find("; search: trial " + std::to_string(best) + " of 6 with loss ") != std::string::npos);
    TrainingSettings plain = training;
    plain.search = {};
    for (const auto& [name, value] : description.trials[best].parameters) plain.parameters[name] = value;
    CHECK(bytes_of(*searched(plain, make_sessions(1, 8))) == bytes_of(*found));
  }
}

TEST_CASE("the same seed gives the same search, and another seed other trials") {
  TrainingSettings training = searching("libxgboost.so.0", 4);
  const auto first = searched(training, make_sessions(1, 5));
  const auto again = searched(training, make_sessions(1, 5));
  training.search.seed = 9;
  const auto other = searched(training, make_sessions(1, 5));

  CHECK(bytes_of(*first) == bytes_of(*again));
  CHECK(first->description().trials[1].parameters == again->description().trials[1].parameters);
  CHECK(first->description().trials[1].parameters != other->description().trials[1].parameters);
}

TEST_CASE("trials stay inside their ranges") {
  TrainingSettings training = searching("libxgboost.so.0", 30);
  training.max_rounds = 1;
  training.search.folds = 1;
  training.search.space["subsample"] = {.least = 0.5, .most = 0.75};
  training.search.space["grow_policy"] = {.values = {"depthwise", "lossguide"}};

  const auto found = searched(training, make_sessions(1, 2));

  std::set<std::string> depths, policies;
  for (const TrainingTrial& trial : found->description().trials) {
    if (trial.parameters.empty()) continue;
    const double eta = std::stod(trial.parameters.at("eta")), share = std::stod(trial.parameters.at("subsample"));
    CHECK((eta >= 0.05 && eta <= 0.5));
    CHECK((share >= 0.5 && share <= 0.75));
    depths.insert(trial.parameters.at("max_depth"));
    policies.insert(trial.parameters.at("grow_policy"));
  }
  CHECK(depths == std::set<std::string>{"2", "3", "4", "5"});
  CHECK(policies.size() == 2);
}

TEST_CASE("with halving, the worse half of the trials leaves after each fold") {
  TrainingSettings training = searching("libxgboost.so.0", 8);
  training.search.method = "halving";

  const auto found = searched(training, make_sessions(1, 8));

  std::vector<std::size_t> met(4);
  for (const TrainingTrial& trial : found->description().trials) {
    ++met[trial.losses.size()];
    CHECK((trial.note == "in the worse half") == (trial.losses.size() < 3));
    if (trial.chosen) CHECK(trial.losses.size() == 3);
  }
  CHECK(met == std::vector<std::size_t>{0, 4, 2, 2});
}

TEST_CASE("no trial begins after the budget is spent, and the first one always runs") {
  TrainingSettings training = searching("libxgboost.so.0", 5);
  training.search.budget = std::chrono::milliseconds(1);

  const auto found = searched(training, make_sessions(1, 5), std::make_shared<TickingClock>(std::chrono::seconds(1)));

  const auto& trials = found->description().trials;
  CHECK(trials[0].losses.size() == 1);
  CHECK(trials[0].chosen);
  for (std::size_t i = 1; i < 5; ++i) CHECK(trials[i].note == "not tried: the budget was spent");
}

TEST_CASE("every fold is judged by sessions after those that it fits, and the stop sessions are not seen") {
  TrainingSettings training = searching("libxgboost.so.0", 1);
  training.early_stopping_rounds = 0;
  training.search.folds = 2;
  const auto stop = make_sessions(20, 2);
  // In the third of three stretches the truth is another: only the fold that is judged there has a large loss.
  std::vector<std::shared_ptr<const Frame>> frames;
  for (unsigned i = 0; i < 6; ++i) frames.push_back(make_session("s", i, {.shift = i < 4 ? 0.0F : 100.0F}));

  TrainRequest request = train_request(std::make_shared<MemoryStream>(frames), stop);
  const auto found = train_model(*make_trainer(training), request);

  const auto& losses = found->description().trials.at(0).losses;
  REQUIRE(losses.size() == 2);
  CHECK(losses[0] > 80);
  CHECK(losses[1] < 10);
  CHECK(stop->passes == 0);
}

TEST_CASE("one session cannot be cut into folds: it is trained on as configured") {
  const auto found = searched(searching("libxgboost.so.0", 4), make_sessions(1, 1));

  CHECK(found->description().trials.empty());
  CHECK(found->description().mode_reason.ends_with("; no search: one session cannot be cut into folds"));
}

TEST_CASE("a space that cannot be searched is refused by name") {
  const auto refused = [](const std::string& name, const SearchRange& range) {
    TrainingSettings training = searching("libxgboost.so.0", 3);
    training.search.space = {{name, range}};
    return make_xgboost_trainer(model_settings(), training).status().message();
  };

  CHECK(refused("seed", {.least = 1, .most = 2}) ==
        "training.search.space: training.parameters.seed is not yours to set: use training.seed");
  CHECK(refused("max_bin", {.values = {"64", "128"}}) ==
        "training.search.space.max_bin is not searched: set it in training.parameters");
  CHECK(refused("eta", {.least = 0.5, .most = 0.1}) == "training.search.space.eta goes from 0.5 to 0.1");
  CHECK(refused("eta", {.least = 0, .most = 0.1, .logarithmic = true}) ==
        "training.search.space.eta goes from 0 to 0.1, which has no logarithmic scale");
}

TEST_CASE("progress tells the time to go, and a round of more than 5 s is logged") {
  TrainRequest request = train_request(make_sessions(1, 2));
  Listening observer;
  request.clock = std::make_shared<TickingClock>(std::chrono::seconds(6));

  const auto model = make_trainer(training_settings("libxgboost.so.0"))->train(request, observer, {});

  REQUIRE(model.ok());
  CHECK(observer.details[0] == "round 1, up to 3m 54s to go");
  CHECK(observer.details[39] == "round 40");
  REQUIRE_FALSE(observer.logged.empty());
  CHECK(observer.logged[0] == "round 1 took 6s: a request to stop waits for the end of a round");
}

TEST_CASE("a training that passes its deadline ends between two rounds, to be tried again") {
  TrainRequest request = train_request(make_sessions(1, 2));
  request.clock = std::make_shared<TickingClock>(std::chrono::seconds(1));
  request.deadline = Time(std::chrono::seconds(8));

  const Status status = make_trainer(training_settings("libxgboost.so.0"))->train(request, quiet_observer(), {}).status();

  CHECK(status.code() == StatusCode::unavailable);
  CHECK(status.message() == "the training was not done by its deadline 1970-01-01T00:00:08Z, after 3 rounds");
}
