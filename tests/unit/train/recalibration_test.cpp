// Recalibration: the stable model plus the one constant that a direct fit gives.
#include "train/recalibration.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// Rows of several sessions as one: what was true, and what each model says.
struct Answers {
  std::vector<double> actual, parent, shifted;
};

Answers ask(const Model& parent, const Model& shifted, FrameStream& stream) {
  Answers answers;
  static_cast<void>(stream.rewind());
  for (auto frame = stream.next().value(); frame != nullptr; frame = stream.next().value()) {
    const auto add = [](std::vector<double>& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    add(answers.actual, frame->target.values);
    add(answers.parent, parent.predict(*frame).value());
    add(answers.shifted, shifted.predict(*frame).value());
  }
  return answers;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> difference;
  for (std::size_t i = 0; i < a.size(); ++i) difference.push_back(a[i] - b[i]);
  return difference;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

/// A parent of sessions 1 to 5, and its recalibration on the newest two of 10 … 14, whose last is a stop session.
struct Recalibrated {
  std::shared_ptr<const Model> parent, model;
  std::shared_ptr<MemoryStream> newest;
};

Recalibrated recalibrate(const std::string& library, const std::string& objective, Task task, const SessionShape& before,
                         const SessionShape& after) {
  TrainingSettings training = training_settings(library);
  training.max_rounds = 10;
  training.parameters["objective"] = objective;
  const auto trainer = make_trainer(training, model_settings(task));
  Recalibrated made;
  made.parent = train_model(*trainer, train_request(make_sessions(1, 5, before)));
  TrainRequest request = train_request(make_sessions(10, 4, after), make_sessions(14, 1, after));
  request.parent = made.parent;
  request.parent_sha256 = "parent-hash";
  request.mode = TrainingMode::recalibrate;
  request.warm_fit_sessions = 2;
  made.model = train_model(*trainer, request);
  made.newest = make_sessions(13, 2, after);
  return made;
}

}  // namespace

TEST_CASE("recalibration for squared error adds the mean error of the newest sessions, to every row alike, in one round") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto made = recalibrate(library, "reg:squarederror", Task::regression, {}, {.shift = 4});

    const Answers answers = ask(*made.parent, *made.model, *made.newest);
    const double fitted = mean(minus(answers.actual, answers.parent));
    for (const double shift : minus(answers.shifted, answers.parent)) REQUIRE(shift == doctest::Approx(fitted).epsilon(1e-6));
    const ModelDescription& description = made.model->description();
    CHECK(description.mode == "recalibrate");
    CHECK(description.rounds == 11);
    CHECK(description.rounds_since_full == 1);
    CHECK(description.parent_sha256 == "parent-hash");
    CHECK(description.fit_sessions == std::vector<std::string>{"s1", "s2", "s3", "s4", "s5", "s13", "s14"});
    CHECK(description.stop_sessions.empty());
    CHECK(description.mode_reason.starts_with("recalibrate: the stable model's predictions shifted by "));
    CHECK(description.mode_reason.ends_with(", the best fit on the newest 2 sessions, 240 rows"));
    CHECK(check_golden_rows(*made.model).ok());
  }
}

TEST_CASE("recalibration for absolute error adds the median error, and the model keeps its objective") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto made = recalibrate(library, "reg:absoluteerror", Task::regression, {}, {.shift = -3});

    const Answers answers = ask(*made.parent, *made.model, *made.newest);
    const double fitted = median(minus(answers.actual, answers.parent));
    for (const double shift : minus(answers.shifted, answers.parent)) REQUIRE(shift == doctest::Approx(fitted).epsilon(1e-6));
    CHECK(bytes_of(*made.model).find("reg:absoluteerror") != std::string::npos);
    CHECK(bytes_of(*made.model).find("reg:squarederror") == std::string::npos);
  }
}

TEST_CASE("recalibration for the logistic loss adds the intercept of a logistic regression: mean probability = rate") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape before{.task = Task::binary}, after{.shift = 4, .task = Task::binary};
    const auto made = recalibrate(library, "binary:logistic", Task::binary, before, after);

    const Answers answers = ask(*made.parent, *made.model, *made.newest);
    CHECK(mean(answers.shifted) == doctest::Approx(mean(answers.actual)).epsilon(1e-6));
    CHECK(std::abs(mean(answers.parent) - mean(answers.actual)) > 0.1);
    const auto log_odds = [](double p) { return std::log(p / (1 - p)); };
    const double shift = log_odds(answers.shifted[0]) - log_odds(answers.parent[0]);
    for (std::size_t row = 0; row < answers.parent.size(); ++row) {
      REQUIRE(log_odds(answers.shifted[row]) - log_odds(answers.parent[row]) == doctest::Approx(shift).epsilon(1e-3));
    }
  }
}

TEST_CASE("recalibration of several classes gives each its rate, in one round") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape before{.task = Task::multiclass}, after{.shift = 3, .task = Task::multiclass};
    const auto made = recalibrate(library, "multi:softprob", Task::multiclass, before, after);

    const Answers answers = ask(*made.parent, *made.model, *made.newest);
    CHECK(made.model->description().rounds == 11);
    for (std::size_t k = 0; k < 3; ++k) {
      double rate = 0, predicted = 0;
      for (std::size_t row = 0; row < answers.actual.size(); ++row) {
        rate += answers.actual[row] == static_cast<double>(k) ? 1 : 0;
        predicted += answers.shifted[3 * row + k];
      }
      CHECK(predicted == doctest::Approx(rate).epsilon(1e-5));
    }
  }
}

TEST_CASE("recalibration with a logarithmic link multiplies by the factor of a direct fit") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const SessionShape before{.shift = 10}, after{.shift = 20};

    const auto poisson = recalibrate(library, "count:poisson", Task::regression, before, after);
    const auto gamma = recalibrate(library, "reg:gamma", Task::regression, before, after);

    Answers answers = ask(*poisson.parent, *poisson.model, *poisson.newest);
    CHECK(mean(answers.shifted) == doctest::Approx(mean(answers.actual)).epsilon(1e-5));
    answers = ask(*gamma.parent, *gamma.model, *gamma.newest);
    double ratio = 0;
    for (std::size_t row = 0; row < answers.actual.size(); ++row) ratio += answers.actual[row] / answers.shifted[row];
    CHECK(ratio / static_cast<double>(answers.actual.size()) == doctest::Approx(1).epsilon(1e-5));
  }
}

TEST_CASE("a shift is found to twelve digits for every loss, with weights too") {
  train::ShiftRows rows{1, {}, {}, {}};
  for (int i = 0; i < 401; ++i) {
    rows.margins.push_back(std::sin(i) * 3);
    rows.labels.push_back(i % 3 == 0 ? 1.0F : 0.0F);
    rows.weights.push_back(static_cast<float>(1 + i % 4));
  }
  const auto score = [&](const auto& gradient) {
    double sum = 0;
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
      sum += static_cast<double>(rows.weights[i]) * gradient(rows.margins[i], static_cast<double>(rows.labels[i]));
    }
    return sum;
  };
  const auto shift = [&](const std::string& objective) {
    const train::Shift found = train::best_shift(rows, {{"objective", objective}, {"huber_slope", "0.5"}});
    return found.values.at(0);
  };

  CHECK(std::abs(score([s = shift("reg:squarederror")](double m, double y) { return y - m - s; })) < 1e-10);
  CHECK(std::abs(score([s = shift("binary:logistic")](double m, double y) { return y - 1 / (1 + std::exp(-m - s)); })) < 1e-10);
  CHECK(std::abs(score([s = shift("count:poisson")](double m, double y) { return y - std::exp(m + s); })) < 1e-9);
  CHECK(std::abs(score([s = shift("reg:tweedie")](double m, double y) {
          return y * std::exp(-0.5 * (m + s)) - std::exp(0.5 * (m + s));
        })) < 1e-9);
  CHECK(std::abs(score([s = shift("reg:pseudohubererror")](double m, double y) {
          const double z = (y - m - s) / 0.5;
          return z / std::sqrt(1 + z * z);
        })) < 1e-9);
  const double middle = shift("reg:absoluteerror");
  const double below = score([&](double m, double y) { return y - m < middle ? 1.0 : 0.0; });
  const double above = score([&](double m, double y) { return y - m > middle ? 1.0 : 0.0; });
  const double all = score([](double, double) { return 1.0; });
  CHECK(below <= all / 2);
  CHECK(above <= all / 2);
}

TEST_CASE("an even number of equal weights has the middle of the two middle errors as its median") {
  const train::ShiftRows rows{1, {0, 0, 0, 0}, {1, 2, 4, 9}, {}};

  CHECK(train::best_shift(rows, {{"objective", "reg:absoluteerror"}}).values == std::vector<double>{3});
}

TEST_CASE("a shift of three classes is the maximum of the likelihood, and adds up to nothing") {
  train::ShiftRows rows{3, {}, {}, {}};
  for (int i = 0; i < 300; ++i) {
    for (int k = 0; k < 3; ++k) rows.margins.push_back(4 * std::sin(i * 3 + k));
    rows.labels.push_back(static_cast<float>(i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2));
  }

  const std::vector<double> shift = train::best_shift(rows, {{"objective", "multi:softprob"}}).values;

  REQUIRE(shift.size() == 3);
  CHECK(std::abs(shift[0] + shift[1] + shift[2]) < 1e-12);
  for (std::size_t k = 0; k < 3; ++k) {
    double difference = 0;
    for (std::size_t i = 0; i < 300; ++i) {
      double sum = 0;
      for (std::size_t l = 0; l < 3; ++l) sum += std::exp(rows.margins[3 * i + l] + shift[l]);
      difference += std::exp(rows.margins[3 * i + k] + shift[k]) / sum - (rows.labels[i] == static_cast<float>(k) ? 1 : 0);
    }
    CHECK(std::abs(difference) < 1e-9);
  }
}

TEST_CASE("where no finite shift is the best one, the reason says so") {
  using train::best_shift;

  CHECK(best_shift({1, {0, 0}, {1, 1}, {}}, {{"objective", "binary:logistic"}}).obstacle ==
        "every target of the newest sessions is 1");
  CHECK(best_shift({1, {0, 0}, {0, 0}, {}}, {{"objective", "count:poisson"}}).obstacle ==
        "no target of the newest sessions is over 0");
  CHECK(best_shift({3, {0, 0, 0, 0, 0, 0}, {0, 2}, {}}, {{"objective", "multi:softprob"}}).obstacle ==
        "class 1 does not occur in the newest sessions");
  CHECK(best_shift({1, {HUGE_VAL}, {1}, {}}, {{"objective", "reg:squarederror"}}).obstacle ==
        "the shift that the newest sessions ask for is not a finite number");
}
