// Effects of the sections drift, schedule and resources.
#include <retrain/drift_detector.hpp>
#include <retrain/drift_policy.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
#include "unit/resources/fake_machine.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

const Time wednesday = parse_time("2024-01-03T12:00:00Z").value();
const Time early_friday = parse_time("2024-01-05T02:00:00Z").value();  // still Thursday in New York
const Time sunday = parse_time("2024-01-07T12:00:00Z").value();

Instant instant(Time wall) {
  return {wall, wall - day(0), "boot-1"};
}

std::string decided(const Config& config, const DriftContext& context) {
  const Alert alert{.id = "a1", .severity = 0.75};
  return to_json(make_drift_policy(config.drift, config.schedule).value()->decide(alert, context));
}

std::string on_wednesday(const Config& config) {
  return decided(config, {.now = instant(wednesday)});
}
std::string on_early_friday(const Config& config) {
  return decided(config, {.now = instant(early_friday)});
}
std::string on_sunday(const Config& config) {
  return decided(config, {.now = instant(sunday)});
}

/// A calendar that is not there is said to be, so it was looked for.
std::string with_calendar(const Config& config) {
  const auto policy = make_drift_policy(config.drift, config.schedule);
  return policy ? on_sunday(config) : policy.status().message();
}

std::string seen_long_ago(const Config& config) {
  const Alert alert{.id = "a1", .severity = 0.75, .raised_at = wednesday - 3h};
  return to_json(make_drift_policy(config.drift, config.schedule).value()->decide(alert, {.now = instant(wednesday)}));
}

/// After two runs on one day, when two a day may start, or as many as the configuration says.
std::string after_two_runs(const Config& config) {
  Config rated = config;
  if (rated.schedule.rate_burst == 0) rated.schedule.rate_burst = 2;
  DriftContext context{.now = instant(wednesday)};
  context.recent_runs = {instant(wednesday - 3h), instant(wednesday - 2h)};
  return decided(rated, context);
}

std::string soon_after_an_alert(const Config& config) {
  DriftContext context{.now = instant(wednesday)};
  context.group = DriftContext::Group{instant(wednesday - 30min), 0.75, 1};
  return decided(config, context);
}

std::string soon_after_a_training(const Config& config) {
  DriftContext context{.now = instant(wednesday)};
  context.last_trained = instant(wednesday - 30min);
  context.last_severity = 0.5;
  return decided(config, context);
}

/// Whether the detector alerts after `losses`, when the champion's reference is 1: that its evidence changes is not enough.
std::string detected(const Config& config, const std::vector<double>& losses) {
  DetectorContext context;
  for (const double loss : {0.9, 1.0, 1.1}) context.reference.push_back({"r", loss, 10});
  for (const double loss : losses) context.since_deployment.push_back({"s", loss, 10});
  const auto detection = make_drift_detector(config.drift.detector)->observe(context).value();
  return detection.alert ? "alert" : "no alert";
}

std::string right_for_long_then_wrong(const Config& config) {
  std::vector<double> losses;
  for (int session = 0; session < 60; ++session) losses.push_back(session % 2 == 0 ? 0.9 : 1.05);
  for (int session = 0; session < 7; ++session) losses.push_back(session % 2 == 0 ? 1.5 : 1.6);
  return detected(config, losses);
}

std::string somewhat_worse(const Config& config) {
  return detected(config, {1.3, 0.9, 1.4, 1.05, 1.3});
}
std::string three_much_worse(const Config& config) {
  Config lenient = config;
  lenient.drift.detector.level = 0.5;
  return detected(lenient, {3, 3.01, 3.02});
}

std::string watched(const Config& config) {
  SmallWorld world;
  world.config.drift.detector = config.drift.detector;
  const auto pipeline = world.open();
  run_once(world, *pipeline, "a1", 24);
  world.clock->set(day(30));
  return pipeline->tick(quiet_observer())->detection ? "watched" : "not watched";
}

std::string admitted(const Config& config, const char* cpu_pressure, std::uint64_t available,
                     const std::vector<Footprint>& running = {}) {
  FakeMachine machine;
  machine.be_idle();
  machine.pressure("cpu", cpu_pressure);
  machine.memory(2 * gibibyte, available);
  const Admission admission = machine.admit(64 * mebibyte, running, config.resources);
  return std::string(to_string(admission.verdict)) + " with " + std::to_string(admission.threads);
}

std::string on_busy_processors(const Config& config) {
  return admitted(config, "90.00", 2 * gibibyte);
}
/// A run alone may use the share that is kept free; beside another one it may not.
std::string on_half_full_memory(const Config& config) {
  return admitted(config, "0.50", 800 * mebibyte, {{.run_id = "other", .memory_bytes = 64 * mebibyte}});
}
std::string on_an_idle_machine(const Config& config) {
  return admitted(config, "0.50", 2 * gibibyte);
}

/// Two models of one state directory, each with a run that waits.
std::string two_wishes(const Config& config) {
  SmallWorld world;
  world.config.resources.max_queue_size = config.resources.max_queue_size;
  std::string text;
  world.parts.id_seed.reset();  // each pipeline would make the same ids
  for (const char* name : {"one", "two"}) {
    world.config.model.name = name;
    const auto wish = world.open()->request_run({"anna", "to see", std::nullopt});
    text += wish.ok() ? "queued\n" : wish.status().message() + "\n";
  }
  return text;
}

}  // namespace

Effects retrain::test::decision_effects() {
  return {
      {"drift.severity_threshold", "0.8", on_wednesday},
      {"drift.debounce_seconds", "60", soon_after_an_alert},
      {"drift.cooldown_seconds", "60", soon_after_a_training},
      {"drift.settle_seconds", "90", on_wednesday},
      {"drift.alert_ttl", "2h", seen_long_ago},
      {"drift.escalation_step", "0.2", soon_after_a_training},
      {"drift.detector.enabled", "true", watched},
      {"drift.detector.method", "e_detector", right_for_long_then_wrong},
      {"drift.detector.level", "0.5", somewhat_worse},
      {"drift.detector.min_sessions", "4", three_much_worse},
      {"schedule.zone", "America/New_York", on_early_friday},
      {"schedule.max_weekend_retrains", "0", on_sunday},
      {"schedule.weekend_days", "[sat]", on_sunday},
      {"schedule.calendar", "/nowhere/events.csv", with_calendar},
      {"schedule.rate.burst", "5", after_two_runs},
      {"schedule.rate.refill", "1h", after_two_runs},
      {"resources.max_cpu_percent", "99.5", on_busy_processors},
      {"resources.max_memory_percent", "50", on_half_full_memory},
      {"resources.max_queue_size", "1", two_wishes},
      {"resources.threads", "1", on_an_idle_machine},
  };
}

TEST_CASE("every key of drift, schedule and resources has an effect") {
  check_effects(decision_effects());
}
