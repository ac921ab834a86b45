// The parts that decide: the defaults, under each of the rules they know.
#include <doctest/doctest.h>

#include "contract/comparator_contract.hpp"
#include "contract/drift_detector_contract.hpp"
#include "contract/drift_policy_contract.hpp"
#include "contract/gate_contract.hpp"
#include "contract/verifier_contract.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("the merging policy keeps the drift policy's contract") {
  check_drift_policy_contract([] { return make_drift_policy(DriftSettings{}, ScheduleSettings{}).value(); });
}

TEST_CASE("the merging policy with a settle window and an escalation step keeps the contract") {
  DriftSettings drift;
  drift.settle = std::chrono::minutes(10);
  drift.escalation_step = 0.2;

  check_drift_policy_contract([&] { return make_drift_policy(drift, ScheduleSettings{}).value(); });
}

TEST_CASE("the detector by one e-process keeps the drift detector's contract") {
  check_drift_detector_contract([] { return make_drift_detector(DetectorSettings{}); });
}

TEST_CASE("the detector by an e-process from every start keeps the contract") {
  DetectorSettings settings;
  settings.method = "e_detector";

  check_drift_detector_contract([&] { return make_drift_detector(settings); });
}

TEST_CASE("the gate by the test of clusters keeps the gate's contract") {
  check_gate_contract([] { return make_gate(ValidationSettings{}).value(); });
}

TEST_CASE("the gate by the paired test of rows keeps the contract") {
  ValidationSettings validation;
  validation.test = "paired_t";

  check_gate_contract([&] { return make_gate(validation).value(); });
}

TEST_CASE("the gate by the test of session means keeps the contract") {
  ValidationSettings validation;
  validation.test = "cluster_means_t";

  check_gate_contract([&] { return make_gate(validation).value(); });
}

TEST_CASE("the comparator by relative improvement keeps the comparator's contract") {
  check_comparator_contract([] { return make_comparator(ComparisonSettings{}, ValidationSettings{}).value(); });
}

TEST_CASE("the comparator that asks for any improvement at all keeps the contract, ties included") {
  check_comparator_contract([] { return make_comparator({.improvement_threshold = 0}, ValidationSettings{}).value(); });
}

TEST_CASE("the comparator by absolute improvement of the squared error keeps the contract") {
  ValidationSettings validation;
  validation.loss = "squared_error";

  check_comparator_contract(
      [&] { return make_comparator({.improvement_threshold = 0.5, .improvement_mode = "absolute"}, validation).value(); });
}

TEST_CASE("the e-process verifier keeps the verifier's contract, whatever it does when undecided") {
  const auto check = [](const char* undecided) {
    VerificationSettings verification;
    verification.undecided = undecided;
    check_verifier_contract([&] { return make_verifier(verification).value(); });
  };

  SUBCASE("auto") {
    check("auto");
  }
  SUBCASE("stable") {
    check("stable");
  }
  SUBCASE("rollback") {
    check("rollback");
  }
}
