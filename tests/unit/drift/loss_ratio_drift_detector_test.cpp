#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <retrain/config.hpp>
#include <retrain/drift_detector.hpp>
#include <retrain/statistics.hpp>

using namespace retrain;

namespace {

std::vector<SessionLoss> sessions(const std::vector<double>& losses) {
  std::vector<SessionLoss> out;
  for (const double loss : losses) out.push_back({"day-" + std::to_string(out.size() + 1), loss, 100});
  return out;
}

Detection observe(const DetectorContext& context, const DetectorSettings& settings = {.enabled = true}) {
  const auto seen = make_drift_detector(settings)->observe(context);
  REQUIRE_MESSAGE(seen.ok(), seen.status().message());
  CHECK_FALSE(std::isnan(seen->effect));
  CHECK_FALSE(std::isnan(seen->log_e_value));
  CHECK_FALSE(std::isnan(seen->mean_log_ratio));
  CHECK(seen->severity >= 0);
  CHECK(seen->severity <= 1);
  CHECK_FALSE(seen->reason.empty());
  return *seen;
}

/// Session losses whose log ratios to a reference of 2 are the sequence of statistics.md, Annex G.
const std::vector<double> annex_g = {-0.012, 0.011, -0.001, 0.053, 0.078, 0.103, 0.04,  0.035,
                                     0.023,  0.004, -0.001, 0.089, 0.006, 0.005, 0.049, 0.038};
const std::vector<double> annex_g_evidence = {0.593359543, 1.147530683, 1.610636171, 2.070146836, 2.397235922, 2.368613627,
                                              2.244054536, 2.895953502, 2.918633481, 2.929793408, 3.562343959, 4.129694523};

std::vector<double> annex_g_losses(std::size_t count) {
  std::vector<double> losses;
  for (std::size_t i = 0; i < count; ++i) losses.push_back(2 * std::exp(annex_g[i]));
  return losses;
}

}  // namespace

TEST_CASE("evidence grows session by session as the published sequence says, and alerts once it reaches log 20") {
  for (std::size_t count = 5; count <= annex_g.size(); ++count) {
    CAPTURE(count);

    const auto seen = observe({.reference = sessions({1, 2, 3}), .since_deployment = sessions(annex_g_losses(count))});

    CHECK(seen.log_e_value == doctest::Approx(annex_g_evidence[count - 5]).epsilon(1e-8));
    CHECK(seen.alert == (count >= 15));
    CHECK(seen.sessions == count);
  }
}

TEST_CASE("effect is mean over standard deviation of the log ratios, severity 0.875 of it") {
  const auto seen = observe({.reference = sessions({2}), .since_deployment = sessions(annex_g_losses(16))});

  CHECK(seen.mean_log_ratio == doctest::Approx(0.0325));
  CHECK(seen.effect == doctest::Approx(3.74591552164717 / 4));
  CHECK(seen.severity == doctest::Approx(0.875 * 3.74591552164717 / 4));
}

TEST_CASE("the level of the settings is the evidence asked for") {
  const DetectorContext context{.reference = sessions({2}), .since_deployment = sessions(annex_g_losses(12))};

  CHECK_FALSE(observe(context, {.level = 0.05}).alert);
  CHECK(observe(context, {.level = 0.06}).alert);
  CHECK_FALSE(observe(context, {.level = 0}).alert);
}

TEST_CASE("fewer sessions than asked for, and never fewer than three, raise no alert however bad they are") {
  const DetectorContext two{.reference = sessions({1}), .since_deployment = sessions({50, 50})};
  const DetectorContext six{.reference = sessions({1}), .since_deployment = sessions({50, 51, 52, 50, 51, 52})};

  CHECK_FALSE(observe(two, {.level = 0.5, .min_sessions = 1}).alert);
  CHECK_FALSE(observe(six, {.min_sessions = 7}).alert);
  CHECK(observe(six, {.min_sessions = 7}).reason == "6 sessions since the deployment, 7 are needed");
  CHECK(observe(six, {.min_sessions = 6}).alert);
}

TEST_CASE("an alert is not repeated until a newer session is in") {
  DetectorContext context{.reference = sessions({2}), .since_deployment = sessions(annex_g_losses(15))};
  context.alerts_raised = {Time{}};
  context.sessions_at_last_alert = 15;

  CHECK_FALSE(observe(context).alert);
  CHECK(observe(context).reason.find("no session is newer") != std::string::npos);
  context.since_deployment = sessions(annex_g_losses(16));
  CHECK(observe(context).alert);
}

TEST_CASE("a model that got better has severity 0 and raises nothing") {
  const auto seen = observe({.reference = sessions({2}), .since_deployment = sessions({1, 1.1, 0.9, 1, 1.05, 0.95})});

  CHECK_FALSE(seen.alert);
  CHECK(seen.effect < 0);
  CHECK(seen.severity == 0);
}

TEST_CASE("sessions that worsened exactly alike are certain, those that did not change are nothing") {
  const auto worse = observe({.reference = sessions({2}), .since_deployment = sessions(std::vector<double>(6, 4.0))});
  const auto same = observe({.reference = sessions({0.1, 0.2}), .since_deployment = sessions(std::vector<double>(40, 0.15))});

  CHECK(worse.alert);
  CHECK(worse.severity == 1);
  CHECK_FALSE(same.alert);
  CHECK(same.severity == 0);
  CHECK(same.effect == 0);
}

TEST_CASE("a loss of zero is floored at a trillionth of the reference") {
  const auto seen = observe({.reference = sessions({2}), .since_deployment = sessions({0, 0, 0})});

  CHECK_FALSE(seen.alert);
  CHECK(seen.mean_log_ratio == doctest::Approx(std::log(1e-12)));
}

TEST_CASE("a reference of zero is replaced by a trillionth of the new losses, and said so") {
  const auto worse = observe({.reference = sessions({0, 0}), .since_deployment = sessions({0.1, 0.2, 0.3, 0.2, 0.1, 0.2})});
  const auto still = observe({.reference = sessions({0, 0}), .since_deployment = sessions({0, 0, 0, 0})});

  CHECK(worse.alert);
  CHECK(worse.reason.find("reference loss is 0") != std::string::npos);
  CHECK_FALSE(still.alert);
  CHECK(still.reason == "the loss was 0 and still is");
}

TEST_CASE("without a reference nothing is detected, and the reason says so") {
  const auto seen = observe({.since_deployment = sessions({9, 9, 9, 9, 9, 9})});

  CHECK_FALSE(seen.alert);
  CHECK(seen.reason == "the champion has no holdout losses to compare with");
}

TEST_CASE("a loss that is no finite number from zero on is refused by session and value") {
  const double huge = std::numeric_limits<double>::infinity();
  for (const double bad : {huge, -huge, std::nan(""), -0.5}) {
    const auto seen = make_drift_detector({})->observe({.reference = sessions({1}), .since_deployment = sessions({1, bad, 1})});

    REQUIRE_FALSE(seen.ok());
    CHECK(seen.status().code() == StatusCode::invalid_argument);
    CHECK(seen.status().message().find("session day-2 has a mean loss of") != std::string::npos);
  }
}

TEST_CASE("losses at the edges of a double give numbers") {
  const double largest = std::numeric_limits<double>::max(), smallest = std::numeric_limits<double>::denorm_min();
  for (const double reference : {largest, smallest, 1.0}) {
    observe({.reference = sessions({reference, reference}), .since_deployment = sessions({largest, largest, smallest, largest})});
    observe({.reference = sessions({reference}), .since_deployment = sessions({smallest, smallest, 0, smallest})});
  }
}

TEST_CASE("looking after each session reports no more than the level of the models that did not get worse") {
  std::mt19937_64 random(20130101);
  std::lognormal_distribution<double> loss(0.0, 0.4);
  const double reference = std::exp(0.4 * 0.4 / 2);  // its mean
  const auto detector = make_drift_detector({.level = 0.1});
  int lives = 400, reported = 0;

  for (int life = 0; life < lives; ++life) {
    DetectorContext context{.reference = sessions({reference})};
    bool alerted = false;
    for (int session = 0; session < 40 && !alerted; ++session) {
      context.since_deployment.push_back({"s", loss(random), 1});
      alerted = detector->observe(context)->alert;
    }
    reported += alerted ? 1 : 0;
  }

  CHECK(reported <= lives / 10);
}
