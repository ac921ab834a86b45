#include "train/early_stopping.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace retrain;
using train::EarlyStopping;
using train::mean_loss;

TEST_CASE("the loss is the mean absolute error for numbers and the log loss for classes") {
  const std::vector<float> numbers = {1, 2, 4}, binary = {0, 1}, classes = {2, 0};

  CHECK(mean_loss(Task::regression, std::vector<double>{2, 2, 1}, numbers) == doctest::Approx(4.0 / 3));
  CHECK(mean_loss(Task::binary, std::vector<double>{0.2, 0.5}, binary) == doctest::Approx(-(std::log(0.8) + std::log(0.5)) / 2));
  CHECK(mean_loss(Task::multiclass, std::vector<double>{0.1, 0.2, 0.7, 0.6, 0.3, 0.1}, classes) ==
        doctest::Approx(-(std::log(0.7) + std::log(0.6)) / 2));
}

TEST_CASE("a probability of zero for what happened is a large loss, not an infinite one") {
  const std::vector<float> happened = {1};

  const double loss = mean_loss(Task::binary, std::vector<double>{0}, happened);

  CHECK(std::isfinite(loss));
  CHECK(loss > 30);
}

TEST_CASE("the rounds end after the patience is used up, and the first of equal bests is kept") {
  EarlyStopping stopping(3);
  int rounds = 0;

  for (const double loss : {5.0, 4.0, 4.0, 4.5, 3.9, 3.9, 4.0}) {
    stopping.observe(++rounds, loss);
    CHECK_FALSE(stopping.exhausted());
  }
  stopping.observe(++rounds, 3.95);

  CHECK(stopping.exhausted());
  CHECK(stopping.best_rounds() == 5);
  CHECK(stopping.last_loss() == 3.95);
}

TEST_CASE("a loss that is not a number is never the best") {
  EarlyStopping stopping(2);

  stopping.observe(1, std::nan(""));
  CHECK(stopping.best_rounds() == 0);
  stopping.observe(2, 7);
  stopping.observe(3, std::nan(""));

  CHECK(stopping.best_rounds() == 2);
}
