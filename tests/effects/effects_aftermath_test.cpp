// Effects of the sections comparison, verification, rollback and backtest.
#include <retrain/backtest.hpp>
#include <retrain/comparator.hpp>
#include <retrain/verifier.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
#include "unit/evaluate/evaluations.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

std::string compared(const Config& config, double candidate_error) {
  std::vector<reference::ErrorRow> rows;
  for (std::uint32_t session = 0; session < 6; ++session) rows.push_back({session, candidate_error, 4.0});
  const auto comparator = make_comparator(config.comparison, config.validation).value();
  return std::string(to_string(comparator->compare(reference::evaluation_of(rows))->verdict));
}

std::string a_fifth_better(const Config& config) {
  return compared(config, 3.2);
}
std::string a_little_better(const Config& config) {
  return compared(config, 3.98);
}

/// Verdict and reason after sessions in which the champion's loss differs from its predecessor's, 1, by so much.
std::string verified(const Config& config, const std::vector<double>& differences) {
  VerificationContext context;
  for (const double difference : differences) context.sessions.push_back({"s", 10, 1 + difference, 1});
  const auto verification = make_verifier(config.verification).value()->verify(context).value();
  return std::string(to_string(verification.verdict)) + ": " + verification.reason;
}

std::string not_decided(const Config& config) {
  return verified(config, {0.1, -0.1, 0.12, -0.14});
}
std::string somewhat_worse(const Config& config) {
  return verified(config, {0.3, -0.1, 0.4, 0.05, 0.3});
}
std::string long_a_little_worse(const Config& config) {
  return verified(config, {0.1, -0.1, 0.12, -0.1, 0.1, -0.1, 0.12, -0.1, 0.1, -0.1, 0.12, -0.1});
}

/// One session so bad that the spread hides its sign; small relative differences otherwise.
std::string one_enormous_session(const Config& config) {
  VerificationContext context;
  for (int i = 0; i < 11; ++i) context.sessions.push_back({"s", 10, i == 5 ? 400.0 : 1.3, i == 5 ? 1.0 : 1});
  const auto verification = make_verifier(config.verification).value()->verify(context).value();
  return std::string(to_string(verification.verdict)) + ": " + std::to_string(verification.log_e_harm);
}

/// Two models and a rollback; then, days later, once more.
std::string rolled_back_twice(const Config& config, std::chrono::hours between) {
  SmallWorld world;
  world.config.rollback = config.rollback;
  const auto pipeline = world.open();
  run_once(world, *pipeline, "a1", 24);
  std::string text;
  const auto promote_and_undo = [&](int today, const std::string& alert) {
    text += std::string(to_string(run_once(world, *pipeline, alert, today).run.outcome)) + "\n";
    const auto undone = pipeline->rollback({"anna", "a drill", "", false, false}).value();
    text += undone.reason + (undone.hold_until ? " until " + format_time(*undone.hold_until) : std::string(" until lifted"));
    text += pipeline->status()->safe_mode ? ", safe mode\n" : "\n";
  };
  promote_and_undo(40, "a2");
  static_cast<void>(pipeline->lift({"anna", "go on"}));
  promote_and_undo(40 + static_cast<int>(between / std::chrono::hours(24)), "a3");
  return text;
}

std::string two_days_apart(const Config& config) {
  return rolled_back_twice(config, std::chrono::hours(48));
}

/// Numbers of the scored sessions, how often the always-retrain model was trained, and the first decision.
std::string played(const Config& config) {
  SmallWorld world;
  world.config.backtest = config.backtest;
  const auto report = backtest(world.config);
  if (!report) return report.status().message();
  return std::to_string(report->series.front().number) + " to " + std::to_string(report->series.back().number) +
         ", always trained " + std::to_string(report->always_trained) + " times, first run at session " +
         std::to_string(report->decisions.front().session_number);
}

}  // namespace

Effects retrain::test::aftermath_effects() {
  return {
      {"comparison.improvement_threshold", "0.5", a_fifth_better},
      {"comparison.improvement_mode", "absolute", a_little_better},
      {"verification.method", "betting", one_enormous_session},
      {"verification.verify_sessions", "4", not_decided},
      {"verification.harm_level", "0.5", somewhat_worse},
      {"verification.undecided", "rollback", long_a_little_worse},
      {"rollback.max_rollbacks", "1", two_days_apart},
      {"rollback.window", "36h", two_days_apart},
      {"rollback.hold", "90s", two_days_apart},
      {"backtest.first_sessions", "12", played},
      {"backtest.score.first", "42", played},
      {"backtest.score.last", "40", played},
      {"backtest.retrain_every", "1", played},
  };
}

TEST_CASE("every key of comparison, verification, rollback and backtest has an effect") {
  check_effects(aftermath_effects());
}
