// Effects of the section queue.
#include <cmath>
#include <thread>

#include "effects/effects.hpp"
#include "support/queue_world.hpp"
#include "unit/pipeline/raw_state.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// A world under the queue settings of `config`.
struct Tried : QueueWorld {
  explicit Tried(const Config& settings) { config.queue = settings.queue; }
};

std::string summary_of(const RunSummary& run) {
  return std::string(to_string(run.state)) + " " + std::string(to_string(run.outcome)) + " " + run.reason;
}

/// The rank of a run that waited for an hour.
std::string rank_after_an_hour(const Config& config) {
  Tried world(config);
  const auto pipeline = world.open();
  world.alert(*pipeline, 0.5);
  world.clock->advance(1h);
  return std::to_string(pipeline->queue()->entries.front().rank);
}

/// The attempts of a run that fails always, each with the pause behind it in steps of the default backoff's quarter.
std::string attempts_of_an_ill_run(const Config& config) {
  Tried world(config);
  world.checker->script = [](Observer&, const std::stop_token&) { return Status{StatusCode::unavailable, "ill"}; };
  const auto pipeline = world.open();
  const RunId run = world.alert(*pipeline);
  std::string text;
  for (int attempt = 0; attempt < 12; ++attempt) {
    const auto tick = pipeline->tick(quiet_observer());
    if (!tick->run || tick->run->run.state == RunState::finished) break;
    const Duration pause = *tick->run->run.not_before - world.clock->now().wall;
    // The part that is random for each run is taken out: a pause is at least three quarters of what it would be without.
    text += std::to_string(std::lround(std::log2(double(pause / 1s) / 52.0))) + " ";
    world.clock->advance(pause);
  }
  return text + std::to_string(pipeline->report(run)->run.attempts) + " attempts";
}

std::string under_a_step_of(const Config& config, Duration time) {
  Tried world(config);
  const auto pipeline = world.open();
  world.alert(*pipeline);
  world.checker->script = [&](Observer&, const std::stop_token& stop) -> Result<Readiness> {
    world.clock->advance(time);
    // Without a limit nothing would ever stop it.
    if (config.queue.deadline == Duration{} && config.queue.stall == Duration{}) return ScriptedChecker::broken();
    while (!stop.stop_requested()) std::this_thread::yield();
    return Status{StatusCode::cancelled, "stopped"};
  };
  return summary_of(pipeline->tick(quiet_observer())->run->run);
}

std::string under_a_long_step(const Config& config) {
  return under_a_step_of(config, 13h);
}
std::string under_a_silent_step(const Config& config) {
  return under_a_step_of(config, 11min);
}

/// Whether a lease of another machine that stood still for 40 seconds is over.
std::string after_forty_silent_seconds(const Config& config) {
  Tried world(config);
  const auto pipeline = world.open();
  world.alert(*pipeline);
  world.folder.write("state/owners/elsewhere", R"({"host":"another.example","boot":"b","pid":1,"start":"1"})");
  change_state(world.folder, "UPDATE runs SET state = 'running', owner = 'elsewhere', fence = 1, attempts = 1");
  const bool before = pipeline->tick(quiet_observer())->run.has_value();
  world.clock->advance(40s);
  return std::string(before ? "taken" : "left") + (pipeline->tick(quiet_observer())->run ? ", taken" : ", left");
}

}  // namespace

Effects retrain::test::queue_effects() {
  return {
      {"queue.ageing", "2h", rank_after_an_hour},         {"queue.max_attempts", "5", attempts_of_an_ill_run},
      {"queue.backoff", "4m", attempts_of_an_ill_run},    {"queue.max_backoff", "1m", attempts_of_an_ill_run},
      {"queue.deadline", "12h", under_a_long_step},       {"queue.stall", "10m", under_a_silent_step},
      {"queue.lease", "45s", after_forty_silent_seconds},
  };
}

TEST_CASE("every key of queue has an effect") {
  check_effects(queue_effects());
}
