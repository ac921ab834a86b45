// What every DriftDetector does.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <retrain/drift_detector.hpp>
#include <retrain/json.hpp>

#include "contract/part_contract.hpp"

namespace retrain::test {

/// Losses around `level`, moving by a tenth of it.
inline std::vector<SessionLoss> contract_losses(const std::string& prefix, double level, int sessions) {
  std::vector<SessionLoss> losses;
  for (int i = 0; i < sessions; ++i) losses.push_back({prefix + std::to_string(i), level * (1 + 0.1 * std::sin(1.7 * i)), 50});
  return losses;
}

inline void check_drift_detector_contract(const Maker<DriftDetector>& make) {
  check_part_contract(make);
  const auto detector = make();
  const auto observe = [&](const DetectorContext& context) {
    const auto detection = detector->observe(context);
    REQUIRE_MESSAGE(detection.ok(), detection.status().message());
    CHECK_MESSAGE(!detection->reason.empty(), "a detection has a reason, alert or not");
    CHECK_MESSAGE((detection->severity >= 0 && detection->severity <= 1), "severity lies in [0, 1] and is a number");
    CHECK_FALSE(std::isnan(detection->log_e_value));
    CHECK(detection->sessions == context.since_deployment.size());
    return *detection;
  };
  DetectorContext context;
  context.reference = contract_losses("h", 1, 12);

  SUBCASE("without new sessions, or without anything to compare them with, there is no alert") {
    CHECK_FALSE(observe(context).alert);
    CHECK_FALSE(observe({}).alert);
    context.reference.clear();
    context.since_deployment = contract_losses("s", 9, 12);
    CHECK_FALSE(observe(context).alert);
  }

  SUBCASE("a loss that stays or falls is no drift") {
    for (const double level : {1.0, 0.5, 1e-9, 0.0}) {
      CAPTURE(level);
      context.since_deployment = contract_losses("s", level, 20);

      CHECK_FALSE(observe(context).alert);
    }
  }

  SUBCASE("a loss that is five times as large for twenty sessions is drift") {
    context.since_deployment = contract_losses("s", 5, 20);

    const Detection detection = observe(context);

    CHECK(detection.alert);
    CHECK(detection.severity > 0.5);
    CHECK(detection.mean_log_ratio > 0);
  }

  SUBCASE("the same sessions do not alert twice, newer ones may") {
    context.since_deployment = contract_losses("s", 5, 20);
    context.alerts_raised = {Time(std::chrono::hours(400'000))};
    context.sessions_at_last_alert = 20;

    CHECK_FALSE(observe(context).alert);
    context.since_deployment = contract_losses("s", 5, 21);
    CHECK(observe(context).alert);
  }

  SUBCASE("a champion that was perfect is judged without a division by zero") {
    context.reference = contract_losses("h", 0, 12);
    context.since_deployment = contract_losses("s", 1, 20);

    CHECK(observe(context).alert);
  }

  SUBCASE("a loss that is no number is refused by the name of its session") {
    context.since_deployment = contract_losses("s", 1, 20);
    context.since_deployment[3].mean_loss = std::nan("");

    const auto detection = detector->observe(context);

    REQUIRE_FALSE(detection.ok());
    CHECK(detection.status().message().find("s3") != std::string::npos);
  }

  SUBCASE("the same arguments give the same detection, also from another detector made alike") {
    for (const int sessions : {0, 2, 5, 40}) {
      context.since_deployment = contract_losses("s", 1.3, sessions);
      const std::string first = to_json(observe(context));

      CHECK(to_json(observe(context)) == first);
      CHECK(to_json(*make()->observe(context)) == first);
    }
  }
}

}  // namespace retrain::test
