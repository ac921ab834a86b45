#include "bench/simulations/lifetimes.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace retrain::simulations {
namespace {

// Four standard errors of a mean of `repetitions` values with this spread.
double noise(double spread, const Plan& plan) {
  return 4 * spread / std::sqrt(static_cast<double>(plan.repetitions));
}

Contender contender(const char* name, double alpha = 0.05) {
  return {*alpha_rule(name, alpha)};
}

// Tests each candidate at 0.05, one-sided, whatever came before.
Contender plain_level() {
  return contender("none", 0.10);
}

TEST_CASE("two hundred retrains without a better candidate promote at most half a model by the budget, ten by a plain level") {
  const Plan plan{.repetitions = 120, .seed = 81};

  const auto rates = null_lifetimes(plan, {contender("budget"), plain_level()}, {});

  CHECK(rates[0].mean_false <= 0.50 + noise(0.7, plan));
  CHECK(rates[1].mean_false > 9);
  CHECK(rates[1].any_false > 0.99);
}

TEST_CASE("overlapping holdouts get no more past the budget than fresh ones") {
  const Plan plan{.repetitions = 100, .seed = 82};

  for (const std::size_t shift : {6UL, 1UL}) {
    CAPTURE(shift);
    const auto rates = null_lifetimes(plan, {contender("budget")}, {.shift = shift, .correlation = 0.8});
    CHECK(rates[0].mean_false <= 0.50 + noise(0.7, plan));
  }
}

TEST_CASE("a frozen holdout is worn out by a plain level: most lifetimes promote a model that is not better") {
  const Plan plan{.repetitions = 100, .seed = 83};

  const auto rates = null_lifetimes(plan, {contender("budget"), plain_level()}, {.shift = 0, .correlation = 0.8});

  CHECK(rates[0].any_false <= 0.05 + noise(0.22, plan));
  CHECK(rates[1].any_false > 0.9);
}

TEST_CASE("ADDIS and spending hold the chance of any false promotion, which a plain level makes certain") {
  const Plan plan{.repetitions = 120, .seed = 84};

  const auto rates = null_lifetimes(plan, {contender("addis", 0.10), contender("spending"), plain_level()}, {});

  CHECK(rates[0].any_false <= 0.06 + noise(0.22, plan));
  CHECK(rates[1].any_false <= 0.06 + noise(0.22, plan));
  CHECK(rates[2].any_false > 0.99);
}

TEST_CASE("where the world drifts, the budget promotes soon and seldom wrongly; a plain level is wrong in every third case") {
  const Plan plan{.repetitions = 120, .seed = 91};

  const auto rates = drift_lifetimes(plan, {contender("budget"), plain_level()});

  CHECK(rates[0].false_discovery <= 0.05 + noise(0.06, plan));
  CHECK(rates[0].mean_delay <= 0.6 + noise(0.5, plan));
  CHECK(rates[1].false_discovery > 0.05 + noise(0.15, plan));
}

TEST_CASE(
    "after a hundred calm retrains the budget still sees a real improvement at first look, ADDIS has hardly any level left") {
  const Plan plan{.repetitions = 300, .seed = 92};

  const auto powers = power_after_calm(plan, {contender("budget"), contender("addis", 0.10)});

  CHECK(powers[0] >= 0.60 - noise(0.48, plan));
  CHECK(powers[1] < 0.60 - noise(0.48, plan));
}

}  // namespace
}  // namespace retrain::simulations
