// What every DriftPolicy does.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <retrain/drift_policy.hpp>
#include <retrain/json.hpp>

#include "contract/part_contract.hpp"

namespace retrain::test {

inline bool starts_a_run(const AlertDecision& decision) {
  return decision.verdict == AlertVerdict::accepted || decision.verdict == AlertVerdict::escalated;
}

inline void check_drift_policy_contract(const Maker<DriftPolicy>& make) {
  check_part_contract(make);
  const auto policy = make();
  const Instant now{Time(std::chrono::hours(400'000)), std::chrono::hours(1000), "boot"};
  const auto ago = [&](Duration duration) { return Instant{now.wall - duration, now.boot - duration, now.boot_id}; };
  Alert alert;
  alert.id = "a";
  alert.severity = 1;
  DriftContext context;
  context.now = now;

  SUBCASE("a certain alert about a model that was left alone so far starts a run, and not in the past") {
    const AlertDecision decision = policy->decide(alert, context);

    CHECK(decision.verdict == AlertVerdict::accepted);
    if (decision.run_not_before) CHECK(*decision.run_not_before >= now.wall);
  }

  SUBCASE("an alert that is over, was stored already or is refused by a hold starts nothing") {
    Alert over = alert;
    over.resolved = true;
    DriftContext seen = context, held = context;
    seen.seen_before = true;
    held.hold = DriftContext::Hold{"race weekend", "ada", std::nullopt};

    CHECK(policy->decide(over, context).verdict == AlertVerdict::resolved);
    CHECK(policy->decide(alert, seen).verdict == AlertVerdict::duplicate);
    const AlertDecision decision = policy->decide(alert, held);
    CHECK(decision.verdict == AlertVerdict::held);
    CHECK_MESSAGE(!decision.next_eligible_at.has_value(), "waiting does not lift a hold without an end");
  }

  SUBCASE("a hold that has ended refuses nothing") {
    context.hold = DriftContext::Hold{"race weekend", "ada", now.wall - std::chrono::seconds(1)};

    CHECK(starts_a_run(policy->decide(alert, context)));
  }

  SUBCASE("while a run waits or works no second one is started") {
    context.waiting_severity = 0.8;
    DriftContext active = context;
    context.run_waiting = true;
    active.run_active = true;

    CHECK_FALSE(starts_a_run(policy->decide(alert, context)));
    CHECK_FALSE(starts_a_run(policy->decide(alert, active)));
  }

  SUBCASE("a refusal that ends by waiting tells the first instant at which the same alert passes") {
    context.group = DriftContext::Group{ago(std::chrono::seconds(90)), 1, 1};
    context.last_trained = ago(std::chrono::seconds(60));
    context.last_severity = 1;
    context.hold = DriftContext::Hold{"race weekend", "ada", now.wall + std::chrono::seconds(30)};
    const AlertDecision refused = policy->decide(alert, context);
    REQUIRE_FALSE(starts_a_run(refused));
    REQUIRE(refused.next_eligible_at.has_value());
    const Duration wait = *refused.next_eligible_at - now.wall;

    const auto decide_after = [&](Duration passed) {
      DriftContext later = context;
      later.now = {now.wall + passed, now.boot + passed, now.boot_id};
      return starts_a_run(policy->decide(alert, later));
    };

    CHECK(wait > Duration{});
    CHECK(decide_after(wait));
    CHECK_FALSE(decide_after(wait - Duration(1)));
  }

  SUBCASE("every decision has a reason, and the same arguments give the same one, also from another policy made alike") {
    std::vector<DriftContext> contexts(5, context);
    contexts[1].seen_before = true;
    contexts[2].run_waiting = true;
    contexts[3].last_trained = ago(std::chrono::seconds(60));
    contexts[4].hold = DriftContext::Hold{};

    for (const DriftContext& each : contexts) {
      for (const double severity : {0.0, 0.5, 1.0, std::nan("")}) {
        Alert other = alert;
        other.severity = severity;
        const AlertDecision first = policy->decide(other, each);

        CHECK_FALSE(first.reason.empty());
        CHECK(to_json(policy->decide(other, each)) == to_json(first));
        CHECK(to_json(make()->decide(other, each)) == to_json(first));
      }
    }
  }
}

}  // namespace retrain::test
