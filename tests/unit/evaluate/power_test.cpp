#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <retrain/statistics.hpp>
#include <vector>

namespace retrain {
namespace {

// A test over `clusters` sessions whose single session has standard deviation one.
PairedTest unit_spread(std::size_t clusters) {
  PairedTest test{.test = "cluster_t", .rows = clusters, .clusters = clusters};
  test.standard_error = 1 / std::sqrt(static_cast<double>(clusters));
  test.df = static_cast<double>(clusters - 1);
  return test;
}

TEST_CASE("the smallest detectable effect equals R's power.t.test") {
  struct Row {
    double level;
    std::size_t sessions;
    double effect;
  };
  for (const auto& row : {Row{0.025, 8, 1.15603549435466}, Row{0.025, 12, 0.888655145415458}, Row{0.025, 20, 0.660442409818537},
                          Row{0.025, 24, 0.597184798487568}, Row{0.025, 40, 0.454257487254719}, Row{0.05, 8, 0.978156085535045},
                          Row{0.05, 12, 0.766404574233933}, Row{0.05, 20, 0.576917001338123}, Row{0.05, 24, 0.523175624261358},
                          Row{0.05, 40, 0.400150714182374}}) {
    CHECK(smallest_detectable_effect(unit_spread(row.sessions), row.level) == doctest::Approx(row.effect).epsilon(1e-9));
  }
}

TEST_CASE("sessions needed are R's sample sizes rounded up") {
  CHECK(sessions_needed(unit_spread(20), 0.2, 0.025) == 199);
  CHECK(sessions_needed(unit_spread(20), -0.8, 0.025) == 15);
  CHECK(sessions_needed(unit_spread(20), 0.2, 0.05) == 156);
  CHECK(sessions_needed(unit_spread(20), 0.8, 0.05) == 12);
}

TEST_CASE("the effect that is just detectable needs the sessions there are") {
  for (const std::size_t sessions : {5U, 12U, 50U, 400U}) {
    const auto test = unit_spread(sessions);
    const double effect = smallest_detectable_effect(test, 0.025);

    CHECK(sessions_needed(test, effect * 1.000001, 0.025) == static_cast<std::int64_t>(sessions));
    CHECK(sessions_needed(test, effect * 0.999, 0.025) > static_cast<std::int64_t>(sessions));
  }
}

TEST_CASE("tiny effects give huge but finite counts, no effect or unknown spread gives never") {
  const auto test = unit_spread(10);

  CHECK(sessions_needed(test, 1e-4, 0.025) == doctest::Approx(7.8488797e8).epsilon(1e-6));
  CHECK(sessions_needed(test, 1e-200, 0.025) == std::numeric_limits<std::int64_t>::max());
  CHECK(sessions_needed(test, 0, 0.025) == 0);
  CHECK(sessions_needed(test, std::nan(""), 0.025) == 0);
  CHECK(sessions_needed(*paired_t_test(std::vector<double>{1}), 1, 0.025) == 0);
  CHECK(std::isnan(smallest_detectable_effect(*paired_t_test(std::vector<double>{1}), 0.025)));
}

TEST_CASE("differences that are constant but for rounding need two sessions, whatever the size of t") {
  for (const double spread : {1e-3, 1e-6, 1e-15, 1e-300}) {
    PairedTest test = unit_spread(8);
    test.standard_error = spread;

    CHECK(sessions_needed(test, 1, 0.025) == 2);
    CHECK(smallest_detectable_effect(test, 1e-9) > 0);
  }
}

TEST_CASE("Holm's adjusted p-values come in the given order and never cross") {
  const std::vector<double> p = {0.62, .0004, .011, .013, .020, .041, .043, .30, .62, .98};

  const auto adjusted = holm_adjust(p);

  const std::vector<double> expected = {1, .004, .099, .104, .14, .246, .246, 1, 1, 1};
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(adjusted[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  CHECK(holm_adjust({}).empty());
}

}  // namespace
}  // namespace retrain
