#include "bench/simulations/sessions.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace retrain::simulations {
namespace {

// Four standard errors of a simulated rate near `rate`: what its bound is widened by.
double noise(double rate, const Plan& plan) {
  return 4 * std::sqrt(rate * (1 - rate) / static_cast<double>(plan.repetitions));
}

TEST_CASE(
    "the cluster test keeps its level on rows that resemble each other within sessions, the row test errs in every fifth case") {
  const Plan plan{.repetitions = 3000, .seed = 41};

  for (const std::size_t clusters : {5UL, 20UL}) {
    const auto rates = clustered_rows(plan, {.clusters = clusters, .icc = 0.1});

    CAPTURE(clusters);
    CHECK(rates.cluster_test >= 0.022 - noise(level, plan));
    CHECK(rates.cluster_test <= 0.028 + noise(level, plan));
    CHECK(rates.row_test > 0.20 - noise(0.2, plan));
  }
}

TEST_CASE("the cluster test stays near its level when sessions differ much in length, the row test does not") {
  const Plan plan{.repetitions = 3000, .seed = 42};

  const auto rates = clustered_rows(plan, {.clusters = 10, .icc = 0.3, .lognormal_sizes = true});

  CHECK(rates.cluster_test <= 0.032 + noise(level, plan));
  CHECK(rates.row_test > 0.20);
}

TEST_CASE("rare bad sessions mislead the t test threefold; Hall's correction in the gate brings most of it back") {
  const Plan plan{.repetitions = 10000, .seed = 51};

  const auto rates = skewed_sessions(plan, 20);

  CHECK(rates.gate <= 0.045 + noise(0.04, plan));
  CHECK(rates.plain > 0.045 + noise(0.075, plan));
}

TEST_CASE("the cosine test stays near its level on sessions that resemble the one before, the t test errs four times as often") {
  const Plan plan{.repetitions = 10000, .seed = 71};

  const auto rates = serial_sessions(plan, 24, 0.4);

  CHECK(rates.cosines <= 0.035 + noise(0.03, plan));
  CHECK(rates.plain > 0.035 + noise(0.1, plan));
}

TEST_CASE("looking after every session rarely rolls an equal model back by the e-process, but in every fifth case by a t test") {
  const Plan plan{.repetitions = 2000, .seed = 111};

  const auto equal = watched_model(plan, 0);

  CHECK(equal.e_process <= 0.03 + noise(0.025, plan));
  CHECK(equal.repeated_t_test > 0.05 + noise(0.2, plan));
}

TEST_CASE("a model that is one session-SD worse is rolled back within 24 sessions, after eleven on average") {
  const Plan plan{.repetitions = 1000, .seed = 112};

  const auto harmful = watched_model(plan, 1);

  CHECK(harmful.e_process >= 0.95 - noise(0.95, plan));
  CHECK(harmful.mean_sessions <= 11 + 0.6);
}

TEST_CASE("no threshold lets noise pass beside the test, a threshold alone lets every sixth pass") {
  const Plan plan{.repetitions = 10000, .seed = 121};

  const auto rates = noise_beyond_thresholds(plan, {0, 1, 3});

  for (const auto& rate : rates) CHECK(rate.with_test <= level + noise(level, plan));
  CHECK(rates[0].threshold_only > 0.4);
  CHECK(rates[1].threshold_only > level + noise(0.159, plan));
}

TEST_CASE("the number of threads changes no figure of a simulation") {
  const auto alone = skewed_sessions({.repetitions = 1000, .seed = 1, .threads = 1}, 12);
  const auto shared = skewed_sessions({.repetitions = 1000, .seed = 1, .threads = 3}, 12);

  CHECK(alone.gate == shared.gate);
  CHECK(alone.plain == shared.plain);
}

}  // namespace
}  // namespace retrain::simulations
