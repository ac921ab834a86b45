#include "synthetic_sessions.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace retrain;
using namespace retrain::test;

namespace {

class RecordingObserver final : public Observer {
 public:
  void progress(const Progress& progress) override {
    seen.push_back(progress);
    if (progress.done == stop_at) source.request_stop();
  }
  std::vector<Progress> seen;
  double stop_at = -1;
  std::stop_source source;
};

std::string refusal(const TrainingSettings& training, Task task = Task::regression) {
  const auto trainer = make_xgboost_trainer(model_settings(task), training);
  if (!trainer) return trainer.status().message();
  const SessionShape shape{.task = task};
  const auto model = (*trainer)->train(train_request(make_sessions(1, 2, shape)), quiet_observer(), {});
  return model ? "" : model.status().message();
}

}  // namespace

TEST_CASE("a full training learns numbers and categories, and is the same byte for byte with one thread and two") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto trainer = make_trainer(training_settings(library));
    TrainRequest request = train_request(make_sessions(1, 10));

    request.threads = 2;
    const auto two_threads = train_model(*trainer, request);
    request.threads = 1;
    const auto one_thread = train_model(*make_trainer(training_settings(library)), request);

    CHECK(bytes_of(*two_threads) == bytes_of(*one_thread));
    CHECK(two_threads->description().rounds == 40);
    CHECK(two_threads->description().mode_reason == "full: no stable parent");
    const auto later = make_sessions(50, 3);
    CHECK(mean_absolute_error(*two_threads, *later) < 1.0);  // predicting the mean gives about 3
  }
}

TEST_CASE("another seed gives another model") {
  const auto trainer = make_trainer(training_settings("libxgboost.so.0"));
  TrainRequest request = train_request(make_sessions(1, 4));

  const auto seven = train_model(*trainer, request);
  request.seed = 7 + (std::uint64_t{1} << 40U);
  const auto other = train_model(*trainer, request);

  CHECK(bytes_of(*seven) != bytes_of(*other));
}

TEST_CASE("early stopping keeps the best round: the model is that of a training with so many rounds") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    training.max_rounds = 300;
    const SessionShape noisy{.noise = 3};
    const auto stopped =
        train_model(*make_trainer(training), train_request(make_sessions(1, 5, noisy), make_sessions(20, 2, noisy)));
    const int rounds = stopped->description().rounds;
    REQUIRE(rounds < 295);

    training.max_rounds = rounds;
    const auto exact = train_model(*make_trainer(training), train_request(make_sessions(1, 5, noisy)));

    CHECK(bytes_of(*stopped) == bytes_of(*exact));
    training.max_rounds = rounds + 1;
    const auto stop = make_sessions(20, 2, noisy);
    const auto longer = train_model(*make_trainer(training), train_request(make_sessions(1, 5, noisy)));
    CHECK(mean_absolute_error(*stopped, *stop) < mean_absolute_error(*longer, *stop));
  }
}

TEST_CASE("without early stopping rounds the stop sessions are not used") {
  TrainingSettings training = training_settings("libxgboost.so.0");
  training.early_stopping_rounds = 0;
  const auto stop = make_sessions(20, 2);

  const auto model = train_model(*make_trainer(training), train_request(make_sessions(1, 3), stop));

  CHECK(model->description().rounds == training.max_rounds);
  CHECK(stop->passes == 0);
}

TEST_CASE("each round is reported, and a stop request ends the training after it") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto trainer = make_trainer(training_settings(library));
    RecordingObserver observer;
    observer.stop_at = 3;

    const auto model =
        trainer->train(train_request(make_sessions(1, 3), make_sessions(9, 1)), observer, observer.source.get_token());

    CHECK(model.status().code() == StatusCode::cancelled);
    REQUIRE(observer.seen.size() == 3);
    CHECK(observer.seen[2].step == "train");
    CHECK(observer.seen[2].total == 40);
    CHECK(observer.seen[2].detail.starts_with("round 3, loss "));
  }
}

TEST_CASE("a parameter that the library does not know, or whose value it refuses, is an error that names it") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    training.parameters["max_dept"] = "3";
    CHECK(refusal(training) == "training.parameters names what xgboost does not know: max_dept");

    training.parameters = {{"max_depth", "abc"}};
    const std::string refused = refusal(training);

    CHECK(refused.starts_with("training.parameters: "));
    CHECK(refused.find("max_depth") != std::string::npos);
    CHECK(refused.find('\n') == std::string::npos);
  }
}

TEST_CASE("parameters that the trainer sets itself, and objectives of another task, are refused by name") {
  for (const char* name :
       {"device", "nthread", "process_type", "seed", "base_score", "num_class", "validate_parameters", "tree_method"}) {
    CAPTURE(name);
    TrainingSettings training = training_settings("libxgboost.so.0");
    training.parameters[name] = "1";
    CHECK(refusal(training).starts_with("training.parameters." + std::string(name) + " is not yours to set: "));
  }
  TrainingSettings training = training_settings("libxgboost.so.0");
  training.parameters["objective"] = "multi:softprob";
  CHECK(refusal(training).starts_with(
      "training.parameters.objective is 'multi:softprob', and the task regression takes reg:squarederror"));
  training.parameters = {{"max_bin", "1"}};
  CHECK(refusal(training) == "training.parameters.max_bin is '1', no whole number from 2 to 65536");
}

TEST_CASE("the user's objective and bins are used") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    const auto plain = train_model(*make_trainer(training), train_request(make_sessions(1, 3)));
    training.parameters["objective"] = "reg:absoluteerror";
    const auto absolute = train_model(*make_trainer(training), train_request(make_sessions(1, 3)));
    training.parameters.erase("objective");
    training.parameters["max_bin"] = "8";
    const auto coarse = train_model(*make_trainer(training), train_request(make_sessions(1, 3)));

    CHECK(absolute->description().parameters.at("objective") == "reg:absoluteerror");
    CHECK(bytes_of(*absolute) != bytes_of(*plain));
    CHECK(bytes_of(*coarse) != bytes_of(*plain));
  }
}

TEST_CASE("a category feature may have more values than there are bins") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape many{.rows = 3000, .categories = 700};
    const auto trainer = make_trainer(training_settings(library));

    const auto model = train_model(*trainer, train_request(make_sessions(1, 4, many)));

    CHECK(model->description().categorical[0].values.size() == 700);
    const auto later = make_sessions(50, 1, many);
    CHECK(mean_absolute_error(*model, *later) < 1.5);
  }
}

TEST_CASE("binary models answer probabilities and multiclass models one for each class") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape two{.task = Task::binary}, three{.task = Task::multiclass};
    const auto frame = make_session("later", 99, two);

    const auto binary = train_model(*make_trainer(training_settings(library), model_settings(Task::binary)),
                                    train_request(make_sessions(1, 6, two), make_sessions(20, 2, two)));
    const auto multi = train_model(*make_trainer(training_settings(library), model_settings(Task::multiclass)),
                                   train_request(make_sessions(1, 6, three), make_sessions(20, 2, three)));

    std::size_t right = 0;
    const auto probabilities = binary->predict(*frame).value();
    for (std::size_t row = 0; row < frame->rows; ++row) right += (probabilities[row] > 0.5) == (frame->target.values[row] > 0.5F);
    CHECK(right > frame->rows * 8 / 10);
    REQUIRE(multi->description().outputs_per_row == 3);
    const auto shares = multi->predict(*frame).value();
    REQUIRE(shares.size() == frame->rows * 3);
    for (std::size_t row = 0; row < frame->rows; ++row) {
      CHECK(shares[row * 3] + shares[row * 3 + 1] + shares[row * 3 + 2] == doctest::Approx(1).epsilon(1e-5));
    }
  }
}

TEST_CASE("a failing or throwing data source ends the training with its own failure, in whatever pass it fails") {
  for (const std::string& library : xgboost_libraries()) {
    const auto trainer = make_trainer(training_settings(library));
    auto undisturbed = make_sessions(1, 3);
    static_cast<void>(train_model(*trainer, train_request(undisturbed)));
    for (int pass = 1; pass < undisturbed->passes; ++pass) {
      CAPTURE(library);
      CAPTURE(pass);
      const auto failing = make_sessions(1, 3);
      failing->before_next = [&](int now, std::size_t frame) {
        return now == pass && frame == 1 ? Status{StatusCode::corrupt, "s2.csv has changed"} : Status{};
      };
      const auto throwing = make_sessions(1, 3);
      throwing->before_next = [&](int now, std::size_t frame) -> Status {
        if (now == pass && frame == 2) throw std::runtime_error("disk on fire");
        return {};
      };

      const Status failed = trainer->train(train_request(failing), quiet_observer(), {}).status();
      const Status threw = trainer->train(train_request(throwing), quiet_observer(), {}).status();

      CHECK(failed.code() == StatusCode::corrupt);
      CHECK(failed.message() == "s2.csv has changed");
      CHECK(threw.code() == StatusCode::callback_failed);
      CHECK(threw.message().find("disk on fire") != std::string::npos);
    }
  }
}

TEST_CASE("a missing XGBoost is an error that lists what was tried") {
  const auto found = find_xgboost("/nowhere/libxgboost.so");

  CHECK(found.status().code() == StatusCode::not_found);
  CHECK(found.status().message().find("/nowhere/libxgboost.so") != std::string::npos);
  CHECK(find_xgboost("libm.so.6").status().message().find("libm.so.6 lacks XGBoostVersion") != std::string::npos);
}

TEST_CASE("the library is found without a path, and says what it lacks") {
  const auto found = find_xgboost();

  REQUIRE(found.ok());
  CHECK(found->path.find("libxgboost") != std::string::npos);
  const auto debian = find_xgboost("libxgboost.so.0");
  REQUIRE(debian.ok());
  CHECK(debian->version == "1.7.4");
  CHECK(std::find(debian->missing_optional.begin(), debian->missing_optional.end(), "XGBoosterPredictFromColumnar") !=
        debian->missing_optional.end());
}
