// Weights, recency, constraints, and rows that come in portions.
#include <doctest/doctest.h>

#include "synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

std::shared_ptr<MemoryStream> stream_of(std::vector<std::shared_ptr<const Frame>> frames) {
  return std::make_shared<MemoryStream>(std::move(frames));
}

std::shared_ptr<const Frame> weighted(const Frame& frame, std::vector<float> weights) {
  auto copy = std::make_shared<Frame>(frame);
  copy->weight = numeric_column("w", std::move(weights));
  return copy;
}

std::shared_ptr<const Frame> weighted(const Frame& frame, float weight) {
  return weighted(frame, std::vector<float>(frame.rows, weight));
}

/// All rows of sessions first … first + count - 1 in one frame.
std::shared_ptr<const Frame> one_frame(unsigned first, unsigned count) {
  std::vector<float> distance, hour, target;
  std::vector<std::int32_t> place;
  auto whole = std::make_shared<Frame>();
  for (unsigned i = first; i < first + count; ++i) {
    const auto frame = make_session("s", i);
    const auto add = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    add(distance, frame->numeric[0].values);
    add(hour, frame->numeric[1].values);
    add(place, frame->categorical[0].codes);
    add(target, frame->target.values);
    whole->categorical = {category_column("place", place, frame->categorical[0].dictionary)};
  }
  whole->session = "all";
  whole->rows = target.size();
  whole->numeric = {numeric_column("distance", distance), numeric_column("hour", hour)};
  whole->target = numeric_column("minutes", target);
  return whole;
}

std::string trained(const TrainingSettings& training, std::shared_ptr<MemoryStream> fit,
                    std::shared_ptr<MemoryStream> stop = nullptr) {
  return bytes_of(*train_model(*make_trainer(training), train_request(std::move(fit), std::move(stop))));
}

std::string refusal(const TrainingSettings& training) {
  return make_xgboost_trainer(model_settings(), training).status().message();
}

}  // namespace

TEST_CASE("sessions that are fed one by one make the model of the same rows in one block, byte for byte") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const TrainingSettings training = training_settings(library);

    const std::string fed = trained(training, make_sessions(1, 8), make_sessions(20, 3));
    const std::string block = trained(training, stream_of({one_frame(1, 8)}), stream_of({one_frame(20, 3)}));

    CHECK(fed == block);
  }
}

TEST_CASE("the training data is in memory one session at a time") {
  struct Counting final : FrameStream {
    Result<std::shared_ptr<const Frame>> next() override {
      if (at == 12) return std::shared_ptr<const Frame>();
      auto frame = std::shared_ptr<const Frame>(new Frame(*make_session("s", at++)), [this](const Frame* held) {
        --alive;
        delete held;
      });
      most = std::max(most, ++alive);
      return frame;
    }
    Status rewind() override {
      at = 0;
      return {};
    }
    unsigned at = 0;
    int alive = 0, most = 0;
  };
  const auto stream = std::make_shared<Counting>();
  TrainRequest request = train_request(make_sessions(1, 1));
  request.fit = stream;

  const auto model = train_model(*make_trainer(training_settings("libxgboost.so.0")), request);

  CHECK(model->description().rounds == 40);
  CHECK(stream->most <= 2);
}

TEST_CASE("a weight of 1 everywhere changes nothing, and rows that weigh nothing are as if they were not there") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    training.parameters = {{"eta", "0.2"}, {"max_depth", "4"}};
    const auto a = make_session("a", 1), b = make_session("b", 2, {.shift = 30});

    CHECK(trained(training, stream_of({weighted(*a, 1), weighted(*b, 1)})) == trained(training, stream_of({a, b})));
    const auto half = train_model(*make_trainer(training), train_request(stream_of({weighted(*a, 1), weighted(*b, 0)})));
    const auto alone = train_model(*make_trainer(training), train_request(stream_of({a})));
    CHECK(mean_absolute_error(*half, *stream_of({a})) ==
          doctest::Approx(mean_absolute_error(*alone, *stream_of({a}))).epsilon(0.2));
    CHECK(mean_absolute_error(*half, *stream_of({b})) > 25);
  }
}

TEST_CASE("a weight that is no finite number of at least 0 is refused with its place, and so are rows that all weigh nothing") {
  const auto trainer = make_trainer(training_settings("libxgboost.so.0"));
  const auto frame = make_session("a", 1, {.rows = 3});
  const auto refused = [&](std::vector<float> weights) {
    return trainer->train(train_request(stream_of({weighted(*frame, std::move(weights))})), quiet_observer(), {})
        .status()
        .message();
  };

  CHECK(refused({1, -2, 1}) == "the weight is -2, no finite number of at least 0, in session a, line 3");
  CHECK(refused({1, 1, std::numeric_limits<float>::quiet_NaN()}).ends_with("in session a, line 4"));
  CHECK(refused({1, 1}) == "session a has 2 weights for 3 rows");
  CHECK(refused({0, 0, 0}) == "every row to learn from weighs 0");
}

TEST_CASE("half_life_sessions weighs as a column would that halves with every so many sessions of age") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    const auto frames = [](const std::vector<float>& weights) {
      std::vector<std::shared_ptr<const Frame>> out;
      for (unsigned i = 0; i < 3; ++i) out.push_back(weighted(*make_session("s", i), weights[i]));
      return stream_of(out);
    };
    const std::string by_column = trained(training, frames({0.25F, 0.5F, 1}));

    training.half_life_sessions = 1;
    const auto recent = train_model(*make_trainer(training), train_request(frames({1, 1, 1})));

    CHECK(recent->description().rounds == 40);
    CHECK(bytes_of(*recent) == by_column);
  }
}

TEST_CASE("predictions never fall with a feature that is to rise, and the constraint counts the features for the library") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    training.monotone = {{"distance", 1}};

    const auto rising = train_model(*make_trainer(training), train_request(make_sessions(1, 6)));

    CHECK(rising->description().parameters.at("monotone_constraints") == "(1,0,0)");
    double last = -HUGE_VAL;
    for (int step = -30; step <= 30; ++step) {
      const std::vector<float> row = {static_cast<float>(step) / 10, 12, 3};
      double prediction = 0;
      REQUIRE(rising->predict_rows({row.data(), 1, 3, 3}, {&prediction, 1}).ok());
      REQUIRE(prediction >= last);
      last = prediction;
    }
  }
}

TEST_CASE("features in different groups never meet in a tree: their effects add up") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    training.interactions = {{"distance"}, {"hour", "place"}};

    const auto apart = train_model(*make_trainer(training), train_request(make_sessions(1, 6)));

    CHECK(apart->description().parameters.at("interaction_constraints") == "[[0],[1,2]]");
    const auto at = [&](float distance, float hour) {
      const std::vector<float> row = {distance, hour, 3};
      double prediction = 0;
      REQUIRE(apart->predict_rows({row.data(), 1, 3, 3}, {&prediction, 1}).ok());
      return prediction;
    };
    CHECK(at(0.8F, 2) - at(-0.8F, 2) == doctest::Approx(at(0.8F, 20) - at(-0.8F, 20)).epsilon(1e-4));
  }
}

TEST_CASE("constraints that name no feature, order a category or stand twice are refused") {
  const auto with = [](auto change) {
    TrainingSettings training = training_settings("libxgboost.so.0");
    change(training);
    return refusal(training);
  };

  CHECK(with([](auto& t) { t.monotone = {{"speed", 1}}; }) == "training.monotone names 'speed', which is no feature");
  CHECK(with([](auto& t) { t.monotone = {{"place", 1}}; }) ==
        "training.monotone names the category feature 'place', which has no order");
  CHECK(with([](auto& t) { t.monotone = {{"hour", 2}}; }) == "training.monotone.hour is 2, neither 1 nor -1");
  CHECK(with([](auto& t) { t.interactions = {{"hour"}, {"speed"}}; }) ==
        "training.interactions names 'speed', which is no feature");
  CHECK(with([](auto& t) {
          t.monotone = {{"hour", 1}};
          t.parameters["monotone_constraints"] = "(0,1,0)";
        }) == "training.monotone and training.parameters.monotone_constraints say the same: keep one");
}

TEST_CASE("a champion without the constraint is not continued") {
  TrainingSettings training = training_settings("libxgboost.so.0");
  TrainRequest request = train_request(make_sessions(1, 3));
  request.parent = train_model(*make_trainer(training), request);
  training.monotone = {{"hour", 1}};

  const auto model = train_model(*make_trainer(training), request);

  CHECK(model->description().mode_reason == "full: monotone_constraints is (0,1,0), the parent's default");
}
