// What every Verifier does.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <retrain/json.hpp>
#include <retrain/verifier.hpp>

#include "contract/part_contract.hpp"

namespace retrain::test {

/// Sessions in which the champion's loss is `factor` of a predecessor's loss around 10, each a little differently.
inline VerificationContext sessions_since(double factor, int sessions) {
  VerificationContext context;
  for (int i = 0; i < sessions; ++i) {
    const double predecessor = 10 + std::sin(1.3 * i), champion = factor * predecessor + 0.2 * std::sin(2.9 * i);
    context.sessions.push_back({"s" + std::to_string(i), 40, champion, predecessor});
  }
  return context;
}

inline void check_verifier_contract(const Maker<Verifier>& make) {
  check_part_contract(make);
  const auto verifier = make();
  const auto verify = [&](const VerificationContext& context) {
    const auto verification = verifier->verify(context);
    REQUIRE_MESSAGE(verification.ok(), verification.status().message());
    CHECK_FALSE(verification->reason.empty());
    CHECK_FALSE(verification->message.empty());
    CHECK_FALSE(std::isnan(verification->log_e_harm));
    CHECK_FALSE(std::isnan(verification->log_e_better));
    return *verification;
  };

  SUBCASE("before the first session nothing is decided") {
    const Verification verification = verify({});

    CHECK(verification.verdict == VerificationVerdict::go_on);
    CHECK(verification.sessions == 0);
  }

  SUBCASE("a champion with twice the loss of its predecessor is harm") {
    const Verification verification = verify(sessions_since(2, 12));

    CHECK(verification.verdict == VerificationVerdict::harm);
    CHECK(verification.mean_difference > 0);
  }

  SUBCASE("a champion with half the loss of its predecessor is confirmed") {
    const Verification verification = verify(sessions_since(0.5, 12));

    CHECK(verification.verdict == VerificationVerdict::confirm);
    CHECK(verification.mean_difference < 0);
  }

  SUBCASE("a decision stands, whatever comes after it") {
    for (const double factor : {0.5, 2.0}) {
      VerificationContext context = sessions_since(factor, 12);
      const Verification decided = verify(context);

      for (const auto& session : sessions_since(1 / factor, 30).sessions) context.sessions.push_back(session);

      CHECK(verify(context).verdict == decided.verdict);
    }
  }

  SUBCASE("a champion whose loss is no number is harm") {
    VerificationContext context = sessions_since(0.5, 1);
    context.sessions[0].champion_loss = std::nan("");

    CHECK(verify(context).verdict == VerificationVerdict::harm);
  }

  SUBCASE("the same sessions give the same verification, also from another verifier made alike") {
    for (const int sessions : {0, 1, 3, 12, 40}) {
      const VerificationContext context = sessions_since(1.01, sessions);
      const std::string first = to_json(verify(context));

      CHECK(to_json(verify(context)) == first);
      CHECK(to_json(*make()->verify(context)) == first);
    }
  }
}

}  // namespace retrain::test
