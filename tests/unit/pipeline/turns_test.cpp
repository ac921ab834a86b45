// Runs of several models on one state directory take turns.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/queue_world.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// A machine of ten units; a run needs as many as its data has bytes.
class TenUnits final : public ResourceManager {
 public:
  PartId id() const override { return {"ten-units", "test"}; }
  Footprint predict(const Workload& coming, const FootprintHistory&) override {
    return {"", coming.data_bytes, 0, 1, coming.data_bytes};
  }
  Result<Admission> admit(const Footprint& predicted, std::span<const Footprint> running) override {
    std::uint64_t used = elsewhere + predicted.memory_bytes;
    for (const auto& run : running) used += run.memory_bytes;
    if (used > 10) return Admission{AdmissionVerdict::wait, "full", std::chrono::seconds(30)};
    return Admission{AdmissionVerdict::start, "fits", {}, 1, predicted.memory_bytes};
  }
  std::uint64_t elsewhere = 0;  ///< taken by other programs
};

/// Lets every run start and remembers what it was asked.
class Remembering final : public ResourceManager {
 public:
  PartId id() const override { return {"remembering", "test"}; }
  Footprint predict(const Workload& workload, const FootprintHistory& past) override {
    coming = workload;
    history = past;
    return {"", 1, 0, 1, workload.data_bytes};
  }
  Result<Admission> admit(const Footprint&, std::span<const Footprint>) override {
    return Admission{AdmissionVerdict::start, "idle", {}, 1, 1};
  }
  Workload coming;
  FootprintHistory history;
};

/// A pipeline whose data is known to have so many bytes.
std::unique_ptr<Pipeline> open_sized(QueueWorld& world, const std::string& model, std::uint64_t bytes) {
  auto pipeline = world.open(model);
  world.checker->script = [&](Observer&, const std::stop_token&) {
    Readiness readiness{.verdict = ReadinessVerdict::broken, .reason = "scripted"};
    readiness.sessions = {{.id = "s", .path = "s", .sha256 = "", .size = bytes}};
    return Result<Readiness>(readiness);
  };
  world.alert(*pipeline);
  REQUIRE(pipeline->tick(quiet_observer())->run->run.state == RunState::finished);
  world.checker->script = nullptr;
  return pipeline;
}

/// Room for one run at a time; something may happen while it thinks.
class InterruptedMachine final : public ResourceManager {
 public:
  PartId id() const override { return {"interrupted", "test"}; }
  Footprint predict(const Workload& coming, const FootprintHistory& history) override { return one_.predict(coming, history); }
  Result<Admission> admit(const Footprint& predicted, std::span<const Footprint> running) override {
    const auto answer = one_.admit(predicted, running);
    if (auto happens = std::exchange(meanwhile, nullptr)) happens();
    return answer;
  }
  std::function<void()> meanwhile;

 private:
  OneAtATime one_;
};

/// How long a run of low severity waited under urgent runs that never end: each of three models asks anew as soon as its run is
/// done, and every run takes ten minutes. Empty = it did not start within `hours`.
std::optional<Duration> wait_under_urgent_stream(Duration ageing, int hours) {
  QueueWorld world;
  world.resources = std::make_shared<OneAtATime>();
  world.config.queue.ageing = ageing;
  world.checker->script = [&](Observer&, const std::stop_token&) {
    world.clock->advance(10min);
    return ScriptedChecker::broken();
  };
  std::vector<std::unique_ptr<Pipeline>> urgent;
  for (const char* model : {"u1", "u2", "u3"}) urgent.push_back(world.open(model));
  const auto low = world.open("low");
  for (const auto& pipeline : urgent) world.alert(*pipeline, 1.0);
  const RunId waiting = world.alert(*low, 0.5);
  const Instant asked = world.clock->now();
  while (elapsed(asked, world.clock->now()) < std::chrono::hours(hours)) {
    // The low one asks first each time: only by giving way does it lose.
    REQUIRE(low->tick(quiet_observer()).ok());
    if (low->report(waiting)->run.state == RunState::finished) return elapsed(asked, world.clock->now()) - 10min;
    for (const auto& pipeline : urgent) {
      REQUIRE(pipeline->tick(quiet_observer()).ok());
      if (pipeline->queue()->empty) world.alert(*pipeline, 1.0);
    }
    world.clock->advance(10s);
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("under a steady stream of urgent runs a low-priority one starts within the ageing bound, and without ageing never") {
  const auto aged = wait_under_urgent_stream(2h, 6);
  const auto starved = wait_under_urgent_stream(0s, 6);

  REQUIRE(aged);
  // Those that were created before it reached the bound may be under way or just before it: three runs of ten minutes.
  CHECK(*aged <= 2h + 30min);
  CHECK(*aged >= 1h);
  CHECK_FALSE(starved);
}

TEST_CASE("a run gives way to a more urgent one of another model whose worker lives, and goes on when that one is through") {
  QueueWorld world;
  world.resources = std::make_shared<OneAtATime>();
  const auto low = world.open("low");
  const auto urgent = world.open("urgent");
  const RunId second = world.alert(*low, 0.6);
  const RunId first = world.alert(*urgent, 1.0);

  const auto gave_way = low->tick(quiet_observer());
  const auto queue = low->queue();
  const auto started = urgent->tick(quiet_observer());
  world.clock->advance(10s);
  const auto went_on = low->tick(quiet_observer());

  REQUIRE(gave_way->run);
  CHECK(gave_way->run->run.state == RunState::queued);
  CHECK(gave_way->run->run.reason == "waits for its turn: run " + first + " of urgent goes first");
  REQUIRE(queue->entries.size() == 2);
  CHECK(queue->entries[0].run.id == first);
  CHECK(queue->entries[1].run.id == second);
  CHECK(queue->entries[1].waits_for == WaitsFor::turn);
  CHECK(started->run->run.state == RunState::finished);
  CHECK(went_on->run->run.state == RunState::finished);
  CHECK(unhealthy(*low) == std::vector<std::string>{});
}

TEST_CASE("a run does not give way where there is room for both") {
  QueueWorld world;
  const auto low = world.open("low");
  const auto urgent = world.open("urgent");
  world.alert(*low, 0.6);
  world.alert(*urgent, 1.0);

  CHECK(low->tick(quiet_observer())->run->run.state == RunState::finished);
}

TEST_CASE("a run does not give way to one whose worker is gone, nor to one that its worker does not touch") {
  QueueWorld world;
  world.resources = std::make_shared<OneAtATime>();
  const auto low = world.open("low");
  auto urgent = world.open("urgent");
  world.alert(*urgent, 1.0);
  world.alert(*low, 0.6);
  REQUIRE(low->tick(quiet_observer())->run->run.state == RunState::queued);

  SUBCASE("gone") {
    urgent.reset();
  }
  SUBCASE("silent for ten leases") {
    world.clock->advance(10 * world.config.queue.lease);
  }
  SUBCASE("paused") {
    REQUIRE(urgent->pause({.actor = "anna", .reason = "a look", .until = {}}).ok());
  }
  world.clock->advance(11s);

  CHECK(low->tick(quiet_observer())->run->run.state == RunState::finished);
}

TEST_CASE("a large run that waited for the ageing bound is given way to before there is room, unless nothing runs") {
  QueueWorld world;
  const auto units = std::make_shared<TenUnits>();
  world.resources = units;
  const auto busy = open_sized(world, "busy", 4);
  const auto large = open_sized(world, "large", 8);
  const auto small = open_sized(world, "small", 2);
  RunState when_young{}, when_aged{};
  const RunId waits = world.alert(*large, 0.6);
  // While the run of `busy` is under way, the large one and then the small one ask for room.
  world.checker->script = [&](Observer&, const std::stop_token&) {
    world.checker->script = nullptr;
    REQUIRE(large->tick(quiet_observer())->run->run.state == RunState::queued);
    world.alert(*small, 0.5);
    when_young = small->tick(quiet_observer())->run->run.state;
    world.clock->advance(5h);
    REQUIRE(large->tick(quiet_observer())->run->run.state == RunState::queued);
    world.alert(*small, 0.9);
    when_aged = small->tick(quiet_observer())->run->run.state;
    return ScriptedChecker::broken();
  };

  world.alert(*busy, 0.9);
  REQUIRE(busy->tick(quiet_observer())->run->run.state == RunState::finished);
  // Now only another program keeps the large one out.
  units->elsewhere = 5;
  world.clock->advance(1min);
  const RunState alone = small->tick(quiet_observer())->run->run.state;

  CHECK(large->report(waits)->run.state == RunState::queued);
  CHECK(when_young == RunState::finished);
  CHECK(when_aged == RunState::queued);
  CHECK(alone == RunState::finished);
}

TEST_CASE("of two runs that are told at once that there is room for one, one starts") {
  QueueWorld world;
  const auto machine = std::make_shared<InterruptedMachine>();
  world.resources = machine;
  const auto quick = world.open("quick");
  const auto slow = world.open("slow");
  world.alert(*quick);
  world.alert(*slow);
  std::atomic<bool> started = false, over = false;
  world.checker->script = [&](Observer&, const std::stop_token&) {
    if (started.exchange(true)) return ScriptedChecker::broken();
    while (!over) std::this_thread::yield();
    return ScriptedChecker::broken();
  };
  std::thread other;
  machine->meanwhile = [&] {
    other = std::thread([&] { REQUIRE(quick->tick(quiet_observer()).ok()); });
    while (!started) std::this_thread::yield();
  };

  const auto late = slow->tick(quiet_observer());
  over = true;
  other.join();

  CHECK(late->run->run.state == RunState::queued);
  CHECK(late->run->run.reason == "waits for resources: one is enough");
  CHECK(world.checker->checks == 1);
  CHECK(quick->runs()->front().state == RunState::finished);
}

TEST_CASE("a run is predicted from the rows and the rounds of the runs that trained before it") {
  World world;
  const auto resources = std::make_shared<Remembering>();
  world.parts.resource_manager = resources;
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);
  REQUIRE(pipeline->tick(quiet_observer())->run->run.state == RunState::finished);
  CHECK(resources->history.finished.empty());

  REQUIRE(pipeline->request_run({.actor = "anna", .reason = "once more"}).ok());
  REQUIRE(pipeline->tick(quiet_observer()).ok());

  REQUIRE(resources->history.finished.size() == 1);
  const Footprint& before = resources->history.finished[0];
  CHECK(before.rows > 0);
  CHECK(before.rows == resources->coming.rows);
  CHECK(before.data_bytes == resources->coming.data_bytes);
  CHECK(before.rounds >= 1);
  CHECK(before.rounds <= resources->coming.max_rounds);
  CHECK(resources->coming.max_rounds == 30);
}
