// A run step by step, as an orchestrator drives it.
#include <doctest/doctest.h>

#include <filesystem>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

RunId accepted_run(Pipeline& pipeline) {
  const auto decision = pipeline.submit_alert(World::alert("a1"));
  REQUIRE(decision->verdict == AlertVerdict::accepted);
  return decision->run_id;
}

/// Says stop after so many polls.
class Impatient final : public Observer {
 public:
  explicit Impatient(int polls) : polls_(polls) {}
  bool keep_going() override { return polls_-- > 0; }

 private:
  int polls_;
};

/// A trainer that waits until it is stopped.
class PatientTrainer final : public Trainer {
 public:
  PartId id() const override { return {"patient", "1"}; }
  Result<std::shared_ptr<const Model>> train(const TrainRequest&, Observer&, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
    return Status{StatusCode::cancelled, "stopped"};
  }
  Result<std::shared_ptr<const Model>> load(const ModelArtifact&) override {
    return Status{StatusCode::internal, "nothing to load"};
  }
};

class ThrowingObserver final : public Observer {
 public:
  bool keep_going() override { throw 42; }
};

/// Fails as often as told.
class FailingTrainer final : public Trainer {
 public:
  FailingTrainer(std::shared_ptr<Trainer> inner, int failures) : inner_(std::move(inner)), failures_(failures) {}
  PartId id() const override { return {"failing", "1"}; }
  Result<std::shared_ptr<const Model>> train(const TrainRequest& request, Observer& observer, std::stop_token stop) override {
    if (failures_-- > 0) throw std::runtime_error("the learner is ill");
    return inner_->train(request, observer, std::move(stop));
  }
  Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) override { return inner_->load(artifact); }

 private:
  std::shared_ptr<Trainer> inner_;
  int failures_;
};

}  // namespace

TEST_CASE("a run done step by step ends like a run done at once") {
  World at_once, by_steps;
  const auto whole = at_once.open();
  const auto piecewise = by_steps.open();
  const RunId first = accepted_run(*whole), second = accepted_run(*piecewise);

  const auto report = whole->run(first, quiet_observer());
  for (const Step step : {Step::readiness, Step::train, Step::gate, Step::compare, Step::deploy}) {
    const auto done = piecewise->step(second, step, quiet_observer());
    REQUIRE_MESSAGE(done.ok(), done.status().message());
    CHECK(done->done);
    CHECK_FALSE(done->repeated);
  }

  CHECK(piecewise->report(second)->run.outcome == report->run.outcome);
  CHECK(piecewise->report(second)->run.candidate_sha256 == report->run.candidate_sha256);
}

TEST_CASE("a step that is done answers from the store and does nothing") {
  World world;
  const auto pipeline = world.open();
  const RunId run = accepted_run(*pipeline);
  const auto once = pipeline->step(run, Step::readiness, quiet_observer());

  const auto again = pipeline->step(run, Step::readiness, quiet_observer());

  CHECK(again->done);
  CHECK(again->repeated);
  CHECK(again->reason == once->reason);
  CHECK(again->time == once->time);
}

TEST_CASE("a step out of order is refused and names the one that is due") {
  World world;
  const auto pipeline = world.open();
  const RunId run = accepted_run(*pipeline);

  const auto refused = pipeline->step(run, Step::gate, quiet_observer());

  CHECK(refused.status().code() == StatusCode::conflict);
  CHECK(refused.status().message().find("readiness") != std::string::npos);
}

TEST_CASE("verification of a run that deployed waits for later sessions") {
  World world;
  const auto pipeline = world.open();
  const RunId run = accepted_run(*pipeline);
  CHECK(pipeline->step(run, Step::verify, quiet_observer()).status().code() == StatusCode::conflict);
  REQUIRE(pipeline->run(run, quiet_observer())->run.outcome == Outcome::promoted);

  const auto verified = pipeline->step(run, Step::verify, quiet_observer());

  REQUIRE(verified.ok());
  CHECK(verified->done);
  CHECK(verified->reason == "stable: first");
}

TEST_CASE("between two steps any process may go on, and the lease is free") {
  World world;
  RunId run;
  {
    const auto pipeline = world.open();
    run = accepted_run(*pipeline);
    REQUIRE(pipeline->step(run, Step::readiness, quiet_observer())->done);
  }
  const auto one = world.open();
  const auto two = world.open();

  REQUIRE(one->step(run, Step::train, quiet_observer())->done);
  REQUIRE(two->step(run, Step::gate, quiet_observer())->done);
  const auto report = one->run(run, quiet_observer());

  CHECK(report->run.outcome == Outcome::promoted);
  CHECK(report->run.attempts <= 1);
  CHECK(one->verify_state()->ok);
}

TEST_CASE("a run that other parts began is refused, with both named, unless that is allowed") {
  World world;
  RunId run;
  {
    const auto pipeline = world.open();
    run = accepted_run(*pipeline);
    REQUIRE(pipeline->step(run, Step::readiness, quiet_observer())->done);
  }
  World other;
  other.config = world.config;
  other.parts.trainer = std::make_shared<PatientTrainer>();
  const auto foreign = other.open();

  const auto refused = foreign->step(run, Step::train, quiet_observer());

  CHECK(refused.status().code() == StatusCode::conflict);
  CHECK(refused.status().message().find("patient 1") != std::string::npos);
  CHECK(refused.status().message().find("xgboost") != std::string::npos);
}

TEST_CASE("an observer that says stop ends the call, and the run is taken up later") {
  World world;
  world.parts.allow_other_parts = true;
  PipelineParts patient = world.parts;
  patient.trainer = std::make_shared<PatientTrainer>();
  RunId run;
  {
    const auto pipeline = std::move(*Pipeline::open(world.config, patient));
    run = accepted_run(*pipeline);
    Impatient observer(3);

    const auto stopped = pipeline->run(run, observer);

    REQUIRE(stopped.ok());
    CHECK(stopped->run.state == RunState::queued);
    CHECK(stopped->run.reason.find("stopped") != std::string::npos);
  }
  const auto pipeline = world.open();

  CHECK(pipeline->run(run, quiet_observer())->run.outcome == Outcome::promoted);
}

TEST_CASE("what a host's observer throws comes out unchanged and leaves the run resumable") {
  World world;
  world.parts.trainer = std::make_shared<PatientTrainer>();
  const auto pipeline = world.open();
  const RunId run = accepted_run(*pipeline);
  ThrowingObserver observer;

  CHECK_THROWS_AS((void)pipeline->run(run, observer), int);

  CHECK(pipeline->report(run)->run.state == RunState::queued);
}

TEST_CASE("a part that throws is tried again after a pause, and the run goes on") {
  World world;
  auto trainer = make_xgboost_trainer(world.config.model, world.config.training);
  world.parts.trainer = std::make_shared<FailingTrainer>(*trainer, 1);
  const auto pipeline = world.open();
  const RunId run = accepted_run(*pipeline);

  const auto failed = pipeline->tick(quiet_observer());

  CHECK(failed->run->run.state == RunState::queued);
  CHECK(failed->run->run.reason.find("the learner is ill") != std::string::npos);
  CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());
  world.clock->advance(std::chrono::hours(1));
  CHECK(pipeline->tick(quiet_observer())->run->run.outcome == Outcome::promoted);
  CHECK(pipeline->report(run)->run.attempts <= 2);
}

TEST_CASE("a run that fails alike every time is set aside with its reason") {
  World world;
  auto trainer = make_xgboost_trainer(world.config.model, world.config.training);
  world.parts.trainer = std::make_shared<FailingTrainer>(*trainer, 100);
  const auto pipeline = world.open();
  const RunId run = accepted_run(*pipeline);

  for (int turn = 0; turn < 5; ++turn) {
    REQUIRE(pipeline->tick(quiet_observer()).ok());
    world.clock->advance(std::chrono::hours(1));
  }

  const auto report = pipeline->report(run);
  CHECK(report->run.outcome == Outcome::set_aside);
  CHECK(report->run.reason.find("the learner is ill") != std::string::npos);
  CHECK(pipeline->verify_state()->ok);
}
