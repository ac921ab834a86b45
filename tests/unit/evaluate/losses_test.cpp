#include <doctest/doctest.h>

#include <cmath>
#include <retrain/evaluation.hpp>
#include <vector>

namespace retrain {
namespace {

using Values = std::vector<double>;

TEST_CASE("errors are taken in double after widening") {
  const Values actual = {1, 2, -3};
  const Values predictions = {static_cast<double>(1.1f), 2, -1};

  const auto absolute = *row_losses("absolute_error", Task::regression, actual, predictions);
  const auto squared = *row_losses("squared_error", Task::regression, actual, predictions);

  CHECK(absolute == Values{static_cast<double>(1.1f) - 1, 0, 2});
  CHECK(squared[2] == 4);
}

TEST_CASE("a quantile's loss weighs what lies below it by q and what lies above by 1 - q") {
  const Values actual = {10, 10, 10};

  const auto losses = *row_losses("pinball(0.9)", Task::regression, actual, Values{8, 12, 10});

  CHECK(losses[0] == doctest::Approx(1.8));
  CHECK(losses[1] == doctest::Approx(0.2));
  CHECK(losses[2] == 0);
  CHECK_FALSE(row_losses("pinball(1)", Task::regression, actual, actual).ok());
  CHECK_FALSE(row_losses("pinball()", Task::regression, actual, actual).ok());
  CHECK_FALSE(row_losses("pinball(0.5)", Task::binary, actual, actual).ok());
}

TEST_CASE("given losses are passed through where there is a label") {
  const auto losses = *row_losses("given", Task::regression, Values{0, std::nan(""), 1}, Values{-2.5, 3, 1e308});

  CHECK(losses[0] == -2.5);
  CHECK(std::isnan(losses[1]));
  CHECK(losses[2] == 1e308);
}

TEST_CASE("classes that are named are hit or missed") {
  CHECK(*row_losses("zero_one", Task::multiclass, Values{7, 2, 2}, Values{7, 3, 2.5}, 1) == Values{0, 1, 1});
  CHECK_FALSE(row_losses("zero_one", Task::multiclass, Values{1.5}, Values{1}, 1).ok());
  CHECK_FALSE(row_losses("log_loss", Task::multiclass, Values{1}, Values{1}, 1).ok());
}

TEST_CASE("probabilities of two classes have log loss, Brier score and error") {
  const Values actual = {1, 0, 1};
  const Values predictions = {0.9, 0.2, 0.4};

  const auto log_loss = *row_losses("log_loss", Task::binary, actual, predictions);
  const auto brier = *row_losses("brier", Task::binary, actual, predictions);
  const auto zero_one = *row_losses("zero_one", Task::binary, actual, predictions);

  CHECK(log_loss[0] == doctest::Approx(-std::log(0.9)));
  CHECK(log_loss[1] == doctest::Approx(-std::log(0.8)));
  CHECK(brier[2] == doctest::Approx(0.36));
  CHECK(zero_one == Values{0, 0, 1});
}

TEST_CASE("probabilities of many classes are read row by row") {
  const Values actual = {2, 0};
  const Values predictions = {0.1, 0.2, 0.7, 0.3, 0.4, 0.3};

  const auto log_loss = *row_losses("auto", Task::multiclass, actual, predictions, 3);
  const auto brier = *row_losses("brier", Task::multiclass, actual, predictions, 3);
  const auto zero_one = *row_losses("zero_one", Task::multiclass, actual, predictions, 3);

  CHECK(log_loss[0] == doctest::Approx(-std::log(0.7)));
  CHECK(brier[1] == doctest::Approx(0.49 + 0.16 + 0.09));
  CHECK(zero_one == Values{0, 1});
}

TEST_CASE("a certain but wrong probability has a large finite log loss") {
  const auto losses = *row_losses("log_loss", Task::binary, Values{1, 0}, Values{0, 1});

  CHECK(losses[0] == doctest::Approx(-std::log(1e-15)));
  CHECK(losses[1] == doctest::Approx(-std::log(1e-15)));
}

TEST_CASE("what is not finite has no loss, and does not fail the others") {
  const auto losses = *row_losses("absolute_error", Task::regression, Values{1, std::nan(""), 3}, Values{2, 2, INFINITY});

  CHECK(losses[0] == 1);
  CHECK(std::isnan(losses[1]));
  CHECK(std::isnan(losses[2]));
}

TEST_CASE("lengths, losses and labels that do not fit are refused with what was wrong") {
  const auto message = [](const Result<Values>& result) {
    REQUIRE_FALSE(result.ok());
    return result.status().message();
  };

  const auto lengths = message(row_losses("absolute_error", Task::regression, Values(100), Values(99)));
  CHECK(lengths.find("100") != std::string::npos);
  CHECK(lengths.find("99") != std::string::npos);
  CHECK(message(row_losses("hinge", Task::binary, Values(1), Values(1))).find("hinge") != std::string::npos);
  CHECK(message(row_losses("log_loss", Task::regression, Values(1), Values(1))).find("regression") != std::string::npos);
  CHECK(message(row_losses("absolute_error", Task::multiclass, Values(1), Values(2), 2)).find("multiclass") != std::string::npos);
  CHECK(message(row_losses("log_loss", Task::binary, Values{0, 2}, Values(2))).find("label 2 in row 2") != std::string::npos);
  CHECK(message(row_losses("log_loss", Task::multiclass, Values{1.5}, Values(3), 3)).find("1.5") != std::string::npos);
  CHECK(message(row_losses("log_loss", Task::multiclass, Values{-1}, Values(3), 3)).find("-1") != std::string::npos);
}

TEST_CASE("auto is the absolute error for numbers and the log loss for classes") {
  CHECK(resolve_loss("auto", Task::regression) == "absolute_error");
  CHECK(resolve_loss("auto", Task::binary) == "log_loss");
  CHECK(resolve_loss("brier", Task::binary) == "brier");
}

}  // namespace
}  // namespace retrain
