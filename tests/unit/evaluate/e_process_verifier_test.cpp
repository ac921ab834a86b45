#include <doctest/doctest.h>

#include <cmath>
#include <retrain/statistics.hpp>
#include <retrain/verifier.hpp>
#include <vector>

namespace retrain {
namespace {

VerificationContext context_of(const std::vector<double>& differences, double level = 4) {
  VerificationContext context;
  for (const double difference : differences) {
    context.sessions.push_back({"S" + std::to_string(context.sessions.size()), 100, level + difference, level});
  }
  return context;
}

Verification verify(const VerificationContext& context, const char* undecided = "auto", std::size_t sessions = 12) {
  VerificationSettings settings;
  settings.undecided = undecided;
  settings.verify_sessions = sessions;
  const auto verification = (*make_verifier(settings))->verify(context);
  REQUIRE(verification.ok());
  CHECK_FALSE(verification->message.empty());
  return *verification;
}

// Alternates around `mean` so widely that nothing is ever decided by the e-values.
std::vector<double> noisy(double mean, std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(mean + (i % 2 == 0 ? 1.0 : -1.0));
  return values;
}

TEST_CASE("a model that is worse in session after session is harmful before the sessions are over") {
  const auto verification = verify(context_of({0.5, 0.7, 0.4, 0.6, 0.55, 0.65}));

  CHECK(verification.verdict == VerificationVerdict::harm);
  CHECK(verification.reason == "harmful");
  CHECK(verification.sessions < 6);
  CHECK(verification.log_e_harm >= std::log(20.0));
  CHECK(verification.mean_difference > 0);
}

TEST_CASE("a model that is better in session after session is confirmed early") {
  const auto verification = verify(context_of({-0.5, -0.7, -0.4, -0.6, -0.55, -0.65}));

  CHECK(verification.verdict == VerificationVerdict::confirm);
  CHECK(verification.reason == "confirmed");
  CHECK(verification.log_e_better >= std::log(20.0));
}

TEST_CASE("the verdict does not depend on the unit of the loss") {
  for (const double unit : {1e-6, 1.0, 1e9}) {
    std::vector<double> differences;
    for (const double difference : {0.5, 0.7, 0.4, 0.6, 0.55}) differences.push_back(unit * difference);

    const auto verification = verify(context_of(differences, 4 * unit));

    CHECK(verification.verdict == VerificationVerdict::harm);
    CHECK(verification.log_e_harm == doctest::Approx(verify(context_of({0.5, 0.7, 0.4, 0.6, 0.55})).log_e_harm).epsilon(1e-6));
  }
}

TEST_CASE("the verdict is the same whether sessions come one by one or in one batch") {
  // harm is proved by the fifth session; twelve good ones after it would wash it out
  std::vector<double> differences = {0.5, 0.7, 0.4, 0.6, 0.55};
  for (int i = 0; i < 12; ++i) differences.push_back(-3);

  const auto batch = verify(context_of(differences));

  CHECK(batch.verdict == VerificationVerdict::harm);
  CHECK(batch.sessions <= 5);
  CHECK(log_e_value_greater(differences) < 0);
}

TEST_CASE("undecided sessions wait until there are enough, then each rule answers for better and for worse") {
  CHECK(verify(context_of(noisy(0.01, 11))).reason == "waiting");
  CHECK(verify(context_of(noisy(0.01, 11))).verdict == VerificationVerdict::go_on);

  struct Expected {
    const char* rule;
    VerificationVerdict better;
    const char* better_reason;
    VerificationVerdict worse;
    const char* worse_reason;
  };
  for (const auto& expected :
       {Expected{"auto", VerificationVerdict::confirm, "undecided_better", VerificationVerdict::go_on, "kept_provisional"},
        Expected{"stable", VerificationVerdict::confirm, "undecided_better", VerificationVerdict::confirm, "undecided_worse"},
        Expected{"keep_provisional", VerificationVerdict::go_on, "kept_provisional", VerificationVerdict::go_on,
                 "kept_provisional"},
        Expected{"rollback", VerificationVerdict::confirm, "undecided_better", VerificationVerdict::harm, "undecided_worse"}}) {
    CAPTURE(expected.rule);

    const auto better = verify(context_of(noisy(-0.01, 12)), expected.rule);
    const auto worse = verify(context_of(noisy(0.01, 12)), expected.rule);

    CHECK(better.verdict == expected.better);
    CHECK(better.reason == expected.better_reason);
    CHECK(worse.verdict == expected.worse);
    CHECK(worse.reason == expected.worse_reason);
    CHECK(worse.sessions == 12);
  }
}

TEST_CASE("the same model as before is no evidence, and becomes stable after the sessions") {
  const std::vector<double> zeros(12, 0.0);

  const auto early = verify(context_of(std::vector<double>(4, 0.0)));
  const auto verification = verify(context_of(zeros));

  CHECK(early.reason == "waiting");
  CHECK(verification.verdict == VerificationVerdict::confirm);
  CHECK(verification.reason == "undecided_better");
  CHECK(verification.log_e_harm == 0);
}

TEST_CASE("no sessions wait, empty ones do not count") {
  auto context = context_of({0.5, 0.5});
  for (auto& session : context.sessions) session.rows = 0;

  CHECK(verify({}).reason == "waiting");
  CHECK(verify({}).sessions == 0);
  CHECK(verify(context).sessions == 0);
}

TEST_CASE("a champion whose loss is not finite is harmful at once, a predecessor's is passed over") {
  auto broken = context_of({-0.5, -0.5, -0.5});
  broken.sessions[1].champion_loss = std::nan("");
  auto predecessor = context_of({-0.5, -0.6, -0.5});
  predecessor.sessions[1].predecessor_loss = INFINITY;

  CHECK(verify(broken).verdict == VerificationVerdict::harm);
  CHECK(verify(broken).message.find("S1") != std::string::npos);
  CHECK(verify(predecessor).sessions == 2);
}

TEST_CASE("verify_sessions and harm_level decide when") {
  const auto differences = context_of({0.5, 0.7, 0.4, 0.6, 0.55, 0.65});
  VerificationSettings strict;
  strict.harm_level = 1e-6;

  CHECK((*make_verifier(strict))->verify(differences)->reason == "waiting");
  CHECK(verify(context_of(noisy(0.01, 6)), "stable", 6).verdict == VerificationVerdict::confirm);
}

TEST_CASE("a verifier with an impossible setting is not made") {
  CHECK_FALSE(make_verifier({.harm_level = 0}).ok());
  CHECK_FALSE(make_verifier({.harm_level = 1}).ok());
  CHECK_FALSE(make_verifier({.verify_sessions = 0}).ok());
  CHECK(make_verifier({.undecided = "maybe"}).status().message().find("maybe") != std::string::npos);
}

}  // namespace
}  // namespace retrain
