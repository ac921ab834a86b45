// Who holds a run, when it is taken over, how often it is tried, and when it is stopped.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/queue_world.hpp"
#include "unit/pipeline/raw_state.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// As if a worker of another machine had claimed the run.
void held_elsewhere(QueueWorld& world, const std::string& sets) {
  world.folder.write("state/owners/elsewhere", R"({"host":"another.example","boot":"b","pid":1,"start":"1","model":"toy"})");
  change_state(world.folder,
               "UPDATE runs SET state = 'running', owner = 'elsewhere', begun_us = 0, begun_boot_us = 0, "
               "begun_boot_id = 'b', attempts = attempts + 1, " +
                   sets + " WHERE state <> 'finished'");
}

bool took_it(Pipeline& pipeline) {
  const auto tick = pipeline.tick(quiet_observer());
  REQUIRE(tick.ok());
  return tick->run.has_value();
}

/// A host that is polled every 50 ms, right before the run is looked at.
class PollCounter final : public Observer {
 public:
  bool keep_going() override {
    ++polls_;
    return true;
  }
  /// Returns when the run was looked at since.
  void wait_for_another() const {
    const int seen = polls_;
    while (polls_ < seen + 2) std::this_thread::yield();
  }

 private:
  std::atomic<int> polls_{0};
};

/// Fails with unavailable so many times, then breaks off.
ScriptedChecker::Script failing(int& times) {
  return [&times](Observer&, const std::stop_token&) -> Result<Readiness> {
    if (times-- > 0) return Status{StatusCode::unavailable, "the service is down"};
    return ScriptedChecker::broken();
  };
}

}  // namespace

TEST_CASE(
    "a lease of another machine ends when it stood still for its time by the observer's own clock, whatever the wall says") {
  QueueWorld world;
  const auto pipeline = world.open();
  world.alert(*pipeline);
  held_elsewhere(world, "fence = 7, lease_until_us = 1");  // over for decades by any wall clock

  CHECK_FALSE(took_it(*pipeline));
  world.clock->step_wall(std::chrono::days(400));
  CHECK_FALSE(took_it(*pipeline));
  world.clock->advance(30s);
  CHECK_FALSE(took_it(*pipeline));
  held_elsewhere(world, "fence = 7, lease_until_us = 2");  // a sign of life
  world.clock->advance(1s);
  CHECK_FALSE(took_it(*pipeline));
  world.clock->advance(30s);
  CHECK_FALSE(took_it(*pipeline));
  world.clock->advance(1s);
  CHECK(took_it(*pipeline));
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("what a machine saw of a lease is remembered for the next process, and forgotten when the machine starts anew") {
  QueueWorld world;
  auto pipeline = world.open();
  world.alert(*pipeline);
  held_elsewhere(world, "fence = 7, lease_until_us = 1");
  CHECK_FALSE(took_it(*pipeline));

  SUBCASE("the next process") {
    pipeline.reset();
    pipeline = world.open();
    world.clock->advance(31s);
    CHECK(took_it(*pipeline));
  }
  SUBCASE("the next boot") {
    world.clock->reboot("another boot");
    world.clock->advance(31s);
    CHECK_FALSE(took_it(*pipeline));
    world.clock->advance(31s);
    CHECK(took_it(*pipeline));
  }
}

TEST_CASE("a worker whose run was taken over changes nothing any more") {
  QueueWorld world;
  const auto slow = world.open();
  const RunId run = world.alert(*slow);
  std::optional<Result<TickReport>> quick;
  // The slow one goes silent in the middle of its step, and another one takes the run over and ends it.
  world.checker->script = [&](Observer&, const std::stop_token&) {
    world.checker->script = nullptr;
    change_state(world.folder, "UPDATE runs SET owner = 'gone', fence = fence + 1");
    const auto other = world.open();
    quick = other->tick(quiet_observer());
    return Result<Readiness>(Readiness{.verdict = ReadinessVerdict::broken, .reason = "seen by the slow one"});
  };

  const auto late = slow->tick(quiet_observer());

  REQUIRE(late.ok());
  REQUIRE(quick->ok());
  CHECK(slow->report(run)->run.outcome == Outcome::data_not_ready);
  CHECK(slow->report(run)->readiness->reason == "scripted");
  CHECK(slow->runs()->size() == 1);
  CHECK(unhealthy(*slow) == std::vector<std::string>{});
}

TEST_CASE(
    "a run whose worker is lost max_attempts times is set aside with its reason, waits for room do not count, others go on") {
  QueueWorld world;
  world.resources = std::make_shared<OneAtATime>();
  world.config.queue.max_attempts = 3;
  const auto pipeline = world.open();
  const auto other = world.open("other");
  const RunId run = world.alert(*pipeline);
  // A worker that dies while the run is in its hands leaves it running, with the name of a file that nobody holds.
  for (int death = 0; death < 3; ++death) {
    change_state(world.folder,
                 "UPDATE runs SET state = 'running', owner = 'dead', fence = fence + 1, attempts = attempts + 1, "
                 "begun_us = 0, begun_boot_us = 0, begun_boot_id = 'b' WHERE model = 'toy'");
    if (death == 2) break;
    // The machine is full for a while in between.
    world.alert(*other);
    world.checker->script = [&](Observer&, const std::stop_token&) {
      REQUIRE(pipeline->tick(quiet_observer())->run->run.reason.starts_with("waits for resources"));
      return ScriptedChecker::broken();
    };
    REQUIRE(other->tick(quiet_observer())->run->run.state == RunState::finished);
  }

  const auto tick = pipeline->tick(quiet_observer());
  world.checker->script = nullptr;

  CHECK(tick->run->run.outcome == Outcome::set_aside);
  CHECK(pipeline->report(run)->run.attempts >= 3);
  CHECK(world.folder.read("state/events.jsonl").find("its worker was lost 3 times") != std::string::npos);
  world.alert(*pipeline);
  CHECK(pipeline->tick(quiet_observer())->run->run.outcome == Outcome::data_not_ready);
}

TEST_CASE("a run that fails is tried after growing pauses that outlive a restart and a step of the clock, then set aside") {
  QueueWorld world;
  world.config.queue.max_attempts = 4;
  int failures = 100;
  world.checker->script = failing(failures);
  auto pipeline = world.open();
  const RunId run = world.alert(*pipeline);
  std::vector<Duration> pauses;

  for (int attempt = 1; attempt <= 3; ++attempt) {
    const auto tick = pipeline->tick(quiet_observer());
    REQUIRE(tick->run);
    CHECK(tick->run->run.attempts == attempt);
    pauses.push_back(*tick->run->run.not_before - world.clock->now().wall);
    pipeline.reset();
    pipeline = world.open();
    world.clock->step_wall(attempt == 2 ? -std::chrono::days(30) : std::chrono::days(30));
    world.clock->advance(pauses.back() - 1s);
    CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());
    world.clock->advance(1s);
  }
  const auto last = pipeline->tick(quiet_observer());

  CHECK(pauses[0] >= 45s);
  CHECK(pauses[0] <= 60s);
  CHECK(std::is_sorted(pauses.begin(), pauses.end()));
  CHECK(pauses[2] >= 3min);
  CHECK(last->run->run.outcome == Outcome::set_aside);
  CHECK(last->run->run.reason == "readiness: the service is down");
  CHECK(pipeline->report(run)->run.attempts == 4);
}

TEST_CASE("a run past its deadline ends as failed with the reason, while it works and while it waits") {
  QueueWorld world;
  world.config.queue.deadline = 2h;
  const auto pipeline = world.open();
  int failures = 1;
  std::string message;

  SUBCASE("while it works") {
    world.alert(*pipeline);
    world.checker->script = patient([&] { world.clock->advance(2h + 1s); });
  }
  SUBCASE("while it waits") {
    world.config.queue.backoff = world.config.queue.max_backoff = 24h;
    const auto other = world.open();
    world.alert(*other);
    world.checker->script = failing(failures);
    REQUIRE(other->tick(quiet_observer())->run->run.state == RunState::queued);
    world.clock->advance(2h + 1s);
  }
  const auto tick = pipeline->tick(quiet_observer());

  REQUIRE(tick->run);
  CHECK(tick->run->run.outcome == Outcome::failed);
  CHECK(tick->run->run.reason == "deadline");
  CHECK(world.folder.read("state/events.jsonl").find("not done within 2h") != std::string::npos);
}

TEST_CASE("a step that reports no progress for the stall limit is stopped, which is a failed attempt") {
  QueueWorld world;
  world.config.queue.stall = 10min;
  const auto pipeline = world.open();
  world.alert(*pipeline);
  PollCounter host;
  bool stopped_early = true;
  world.checker->script = [&](Observer& observer, const std::stop_token& stop) -> Result<Readiness> {
    for (int i = 0; i < 3; ++i) {
      observer.progress({"readiness", double(i), 3, ""});
      world.clock->advance(9min);
      host.wait_for_another();
    }
    stopped_early = stop.stop_requested();
    observer.log({LogLevel::info, "the last sign of life"});
    return patient([&] { world.clock->advance(11min); })(observer, stop);
  };

  const auto tick = pipeline->tick(host);

  REQUIRE(tick->run);
  CHECK_FALSE(stopped_early);
  CHECK(tick->run->run.state == RunState::queued);
  CHECK(tick->run->run.attempts == 1);
  CHECK(tick->run->run.reason == "readiness: no progress for 10m (queue.stall)");
}

TEST_CASE("a run that its host stops has lost no attempt") {
  QueueWorld world;
  const auto pipeline = world.open();
  const RunId run = world.alert(*pipeline);
  std::stop_source stop;
  world.checker->script = patient([&] { stop.request_stop(); });

  for (int i = 0; i < 5; ++i) REQUIRE(pipeline->tick(quiet_observer(), stop.get_token()).ok());

  CHECK(pipeline->report(run)->run.attempts == 0);
  CHECK(pipeline->report(run)->run.state == RunState::queued);
}

TEST_CASE("verify_state() names a run that breaks a promise of the queue") {
  const struct {
    const char *change, *message;
  } breaches[] = {{"state = 'running'", " is under way without an owner or a first claim"},
                  {"attempts = fence + 1", " has 1 attempts, 0 claims"},
                  {"not_before_us = since_us - 1", " attempts, 0 claims, and waits from "},
                  {"requeued_from = 'nobody'", " repeats nobody"}};
  for (const auto& breach : breaches) {
    CAPTURE(breach.change);
    QueueWorld world;
    const auto pipeline = world.open();
    world.alert(*pipeline);
    REQUIRE(unhealthy(*pipeline).empty());

    change_state(world.folder, std::string("UPDATE runs SET ") + breach.change);

    const auto found = unhealthy(*pipeline);
    REQUIRE(found.size() == 1);
    CHECK(found.front().find(breach.message) != std::string::npos);
  }
}
