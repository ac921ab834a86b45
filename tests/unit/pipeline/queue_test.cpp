// What a person sees of the queue and does about it.
#include <doctest/doctest.h>

#include <thread>

#include "support/queue_world.hpp"
#include "unit/pipeline/raw_state.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// Says when a model is loaded, as the step that deploys one does.
class TalkativeTrainer final : public NumberTrainer {
 public:
  Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) override {
    if (on_load) std::exchange(on_load, nullptr)();
    return NumberTrainer::load(artifact);
  }
  std::function<void()> on_load;
};

CancelRequest cancel_of(const RunId& run) {
  return {.run = run, .actor = "anna", .reason = "new tyres", .dry_run = false};
}
HaltRequest halt_of(std::optional<Time> until = std::nullopt) {
  return {.actor = "anna", .reason = "a test weekend", .until = until, .dry_run = false};
}

/// A run that was set aside because its data could never be read.
RunId set_aside(QueueWorld& world, Pipeline& pipeline) {
  const RunId run = world.alert(pipeline);
  world.checker->script = [](Observer&, const std::stop_token&) { return Status{StatusCode::unavailable, "the disk is ill"}; };
  for (int i = 0; i < 3; ++i) {
    REQUIRE(pipeline.tick(quiet_observer()).ok());
    world.clock->advance(1h);
  }
  world.checker->script = nullptr;
  REQUIRE(pipeline.report(run)->run.outcome == Outcome::set_aside);
  return run;
}

std::ptrdiff_t count_events(QueueWorld& world, Pipeline& pipeline, const std::string& type) {
  REQUIRE(pipeline.tick(quiet_observer()).ok());
  const auto types = world.event_types();
  return std::count(types.begin(), types.end(), type);
}

}  // namespace

TEST_CASE("the queue lists the runs of all models in order, with rank, cause and next try") {
  QueueWorld world;
  const auto left = world.open("left");
  const auto right = world.open("right");
  const auto late = world.open("late");
  const RunId second = world.alert(*left, 0.5);
  const RunId first = world.alert(*right, 0.8);
  const auto third =
      late->request_run({.actor = "bo", .reason = "tonight", .mode = {}, .not_before = world.clock->now().wall + 8h});
  world.clock->advance(2h);

  const auto queue = left->queue();

  REQUIRE(queue->entries.size() == 3);
  CHECK(queue->entries[0].run.id == *third);  // asked for by a person: rank 1, though it starts later
  CHECK(queue->entries[0].waits_for == WaitsFor::time);
  CHECK(queue->entries[0].next_try == day(24) + 8h);
  CHECK(queue->entries[0].waited == Duration{});
  CHECK(queue->entries[1].run.id == first);
  CHECK(queue->entries[1].rank == doctest::Approx(0.9));
  CHECK(queue->entries[1].place == 2);
  CHECK(queue->entries[2].run.id == second);
  CHECK(queue->entries[2].rank == doctest::Approx(0.75));
  CHECK(queue->entries[2].waited == 2h);
  CHECK(queue->waiting == 3);
  CHECK_FALSE(queue->empty);
}

TEST_CASE("an alert that joins a waiting run raises its severity and with it its place") {
  QueueWorld world;
  const auto left = world.open("left");
  const auto right = world.open("right");
  const RunId run = world.alert(*left, 0.5);
  world.alert(*right, 0.8);
  REQUIRE(left->queue()->entries[0].run.id != run);

  const auto merged = left->submit_alert(World::alert("worse", 0.95));

  CHECK(merged->verdict == AlertVerdict::merged);
  CHECK(merged->run_id == run);
  CHECK(left->queue()->entries[0].run.id == run);
  CHECK(left->queue()->entries.size() == 2);
}

TEST_CASE("a run that a person asked for later starts no earlier, by the clock since the boot") {
  QueueWorld world;
  const auto pipeline = world.open();
  const auto run =
      pipeline->request_run({.actor = "bo", .reason = "tonight", .mode = {}, .not_before = world.clock->now().wall + 8h});
  REQUIRE(run.ok());

  CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());
  world.clock->step_wall(9h);
  CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());
  world.clock->advance(8h);
  CHECK(pipeline->tick(quiet_observer())->run.has_value());
}

TEST_CASE("a waiting run is cancelled at once and gives its slot back; again it changes nothing; a rehearsal changes nothing") {
  QueueWorld world;
  world.config.schedule.weekend_days = {"mon", "tue", "wed", "thu", "fri", "sat"};
  world.config.schedule.max_weekend_retrains = 1;
  const auto pipeline = world.open();
  const RunId run = world.alert(*pipeline);
  CancelRequest rehearsal = cancel_of(run);
  rehearsal.dry_run = true;

  const auto rehearsed = pipeline->cancel(rehearsal);
  const auto still = pipeline->report(run);
  const auto cancelled = pipeline->cancel(cancel_of(run));
  const auto again = pipeline->cancel(cancel_of(run));

  CHECK(rehearsed->outcome == Outcome::cancelled);
  CHECK(still->run.state == RunState::queued);
  CHECK(cancelled->outcome == Outcome::cancelled);
  CHECK(cancelled->reason == "cancelled by anna: new tyres");
  CHECK(again->outcome == Outcome::cancelled);
  CHECK(count_events(world, *pipeline, "run.cancelled") == 1);
  CHECK(pipeline->submit_alert(World::alert("next"))->verdict == AlertVerdict::accepted);
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("a run under way ends as cancelled when its worker stops, though another process asked") {
  QueueWorld world;
  const auto worker = world.open();
  const auto operators = world.open();
  const RunId run = world.alert(*worker);
  std::optional<Result<RunSummary>> asked;
  world.checker->script = patient([&] { asked = operators->cancel(cancel_of(run)); });

  const auto tick = worker->tick(quiet_observer());

  REQUIRE(asked->ok());
  CHECK((**asked).state == RunState::running);
  CHECK(tick->run->run.outcome == Outcome::cancelled);
  CHECK(tick->run->run.reason == "cancelled by anna: new tyres");
  CHECK(count_events(world, *worker, "run.cancel_requested") == 1);
  CHECK(unhealthy(*worker) == std::vector<std::string>{});
}

TEST_CASE("a run that is cancelled while its model is deployed promotes nothing") {
  ScriptedWorld world;
  const auto trainer = std::make_shared<TalkativeTrainer>();
  world.parts.trainer = trainer;
  const auto pipeline = world.open();
  const auto run = pipeline->request_run({.actor = "bo", .reason = "a look", .mode = {}});
  const Step steps[] = {Step::readiness, Step::train, Step::gate, Step::compare};
  for (const Step step : steps) REQUIRE(pipeline->step(*run, step, quiet_observer())->done);
  trainer->on_load = [&] { REQUIRE(pipeline->cancel(cancel_of(*run)).ok()); };

  const auto tick = pipeline->tick(quiet_observer());

  CHECK(tick->run->run.outcome == Outcome::cancelled);
  CHECK(tick->run->run.reason == "cancelled by anna: new tyres");
  CHECK(pipeline->models()->empty());
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("the run of a dead worker is cancelled at once, and one that ended otherwise is not") {
  QueueWorld world;
  const auto pipeline = world.open();
  const RunId left = world.alert(*pipeline);
  change_state(world.folder,
               "UPDATE runs SET state = 'running', owner = 'dead', fence = 1, attempts = 1, begun_us = 0, "
               "begun_boot_us = 0, begun_boot_id = ''");

  CHECK(pipeline->cancel(cancel_of(left))->outcome == Outcome::cancelled);
  const RunId ended = world.alert(*pipeline);
  REQUIRE(pipeline->tick(quiet_observer())->run->run.outcome == Outcome::data_not_ready);
  CHECK(pipeline->cancel(cancel_of(ended)).status().code() == StatusCode::conflict);
  CHECK(pipeline->cancel(cancel_of("nothing")).status().code() == StatusCode::not_found);
  CHECK(pipeline->cancel({.run = left, .actor = "", .reason = "", .dry_run = false}).status().code() ==
        StatusCode::invalid_argument);
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("a paused queue accepts and starts nothing until it is resumed or the pause ends, across a restart") {
  QueueWorld world;
  auto pipeline = world.open();
  REQUIRE(pipeline->pause(halt_of(day(24) + 4h)).ok());
  const auto again = pipeline->pause(halt_of(day(24) + 4h));
  const RunId run = world.alert(*pipeline);
  pipeline.reset();
  pipeline = world.open();

  CHECK(again->halt->actor == "anna");
  CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());
  CHECK(pipeline->run(run, quiet_observer()).status().code() == StatusCode::conflict);
  CHECK(pipeline->queue()->entries[0].halt->kind == HaltKind::paused);
  CHECK(pipeline->status()->halt->reason == "a test weekend");
  SUBCASE("resumed") {
    const auto resumed = pipeline->resume({.actor = "bo", .reason = "over", .dry_run = false});
    REQUIRE(pipeline->resume({.actor = "bo", .reason = "over", .dry_run = false}).ok());
    CHECK_FALSE(resumed->halt);
    CHECK(count_events(world, *pipeline, "queue.resumed") == 1);
  }
  SUBCASE("over by itself") {
    world.clock->advance(4h);
    REQUIRE(pipeline->tick(quiet_observer()).ok());
  }
  CHECK(pipeline->report(run)->run.state == RunState::finished);
  CHECK(count_events(world, *pipeline, "queue.paused") == 1);
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("a drained queue accepts nothing, finishes what it has, and says when it is empty") {
  QueueWorld world;
  const auto pipeline = world.open();
  const auto other = world.open("other");
  world.alert(*pipeline);

  const auto draining = pipeline->drain(halt_of(day(25)));
  const auto before = world.event_types();
  REQUIRE(pipeline->tick(quiet_observer())->run->run.state == RunState::finished);
  const auto refused = pipeline->submit_alert(World::alert("late"));
  const auto wish = pipeline->request_run({.actor = "bo", .reason = "", .mode = {}});
  const auto drained = pipeline->drain(halt_of(day(25)));

  CHECK_FALSE(draining->empty);
  CHECK(drained->empty);
  CHECK(refused->verdict == AlertVerdict::held);
  CHECK(refused->reason == "the queue is drained by anna: a test weekend");
  CHECK(refused->next_eligible_at == day(25));
  CHECK(wish.status().code() == StatusCode::unavailable);
  CHECK(other->submit_alert(World::alert("other"))->verdict == AlertVerdict::accepted);
  CHECK(count_events(world, *pipeline, "queue.drained") == 1);
  world.clock->set(day(25));
  CHECK(pipeline->submit_alert(World::alert("later"))->verdict == AlertVerdict::accepted);
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("a run that was set aside is requeued once, as a new run that names it") {
  QueueWorld world;
  const auto pipeline = world.open();
  const RunId old = set_aside(world, *pipeline);
  const RequeueRequest request{.run = old, .actor = "anna", .reason = "the disk is well", .dry_run = false};

  const auto added = pipeline->requeue(request);
  const auto again = pipeline->requeue(request);

  REQUIRE(added.ok());
  CHECK(added->requeued_from == old);
  CHECK(added->asked_by == "anna");
  CHECK(added->attempts == 0);
  CHECK(again->id == added->id);
  CHECK(pipeline->tick(quiet_observer())->run->run.id == added->id);
  CHECK(pipeline->requeue(request)->id == added->id);
  CHECK(pipeline->requeue({.run = added->id, .actor = "anna", .reason = "", .dry_run = false}).status().code() ==
        StatusCode::conflict);
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
}

TEST_CASE("a full queue keeps the alert and says when the answer may change") {
  QueueWorld world;
  world.config.resources.max_queue_size = 1;
  const auto left = world.open("left");
  const auto right = world.open("right");
  REQUIRE(left->request_run({.actor = "bo", .reason = "", .mode = {}, .not_before = day(24) + 3h}).ok());

  const auto refused = right->submit_alert(World::alert("a"));

  CHECK(refused->verdict == AlertVerdict::capped);
  CHECK(refused->next_eligible_at == day(24) + 3h);
  CHECK(refused->calendar_window.empty());
  CHECK(right->alerts()->size() == 1);
  CHECK(right->request_run({.actor = "bo", .reason = "", .mode = {}}).status().code() == StatusCode::unavailable);
  CHECK(unhealthy(*right) == std::vector<std::string>{});
}
