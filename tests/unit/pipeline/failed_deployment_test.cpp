// Deployments that fail after the pointer moved: taken back when the model is lost, waited for when the registry is away.
#include <doctest/doctest.h>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// The local registry, but activating a model other than `spared` fails as told.
class FailingRegistry final : public ModelRegistry {
 public:
  explicit FailingRegistry(std::shared_ptr<ModelRegistry> inner) : inner_(std::move(inner)) {}

  PartId id() const override { return {"failing", "test"}; }
  Result<ModelRef> publish(const ModelArtifact& artifact, const DeployContext& context) override {
    return inner_->publish(artifact, context);
  }
  Status activate(const ModelRef& model, const DeployContext& context) override {
    metrics = context.metrics;
    if (!failure.ok() && model.sha256 != spared) return failure;
    return inner_->activate(model, context);
  }
  Result<std::optional<ModelRef>> current() override { return inner_->current(); }

  Status failure;
  std::string spared;
  std::map<std::string, double> metrics;

 private:
  std::shared_ptr<ModelRegistry> inner_;
};

/// Two promotions; the second is told to a registry that fails.
struct TwoModels : World {
  std::shared_ptr<FailingRegistry> registry;
  std::unique_ptr<Pipeline> pipeline;
  std::string first;

  explicit TwoModels(const Status& failure) : World(44, 31, 4) {
    config.training.max_rounds = 12;
    registry = std::make_shared<FailingRegistry>(make_local_registry(config.state.directory, config.model.name));
    parts.model_registry = registry;
    pipeline = open();
    promote("a1", 24);
    first = production();
    registry->failure = failure;
    registry->spared = first;
    promote("a2", 42);
  }

  void promote(const std::string& alert, int today) {
    clock->set(day(today));
    REQUIRE(pipeline->submit_alert(World::alert(alert)).ok());
    const auto tick = pipeline->tick(quiet_observer());
    REQUIRE_MESSAGE(tick.ok(), tick.status().message());
    REQUIRE(tick->run.has_value());
    REQUIRE_MESSAGE(tick->run->run.outcome == Outcome::promoted, tick->run->run.reason);
  }
  std::string production() const { return pipeline->models(1).value().at(0).model.sha256; }
};

}  // namespace

TEST_CASE("a model that the registry has lost is taken back by itself, with a hold") {
  TwoModels world({StatusCode::corrupt, "what came back is not what was sent"});

  CHECK(world.production() == world.first);
  CHECK(world.registry->current().value()->sha256 == world.first);
  const auto status = world.pipeline->status().value();
  REQUIRE(status.hold.has_value());
  CHECK(status.hold->actor == "deployment");
  CHECK(status.hold->reason.find("what came back is not what was sent") != std::string::npos);
  CHECK(world.pipeline->verify_state()->ok);
}

TEST_CASE("a registry that is away, or an alias that somebody else moved, takes no model back") {
  for (const StatusCode code : {StatusCode::unavailable, StatusCode::conflict, StatusCode::invalid_argument}) {
    TwoModels world({code, "not now"});
    CHECK(world.production() != world.first);

    const auto tick = world.pipeline->tick(quiet_observer());
    REQUIRE(tick.ok());
    REQUIRE_FALSE(tick->notes.empty());
    CHECK(tick->notes[0] == "production: not now");
    world.registry->failure = {};
    REQUIRE(world.pipeline->tick(quiet_observer()).ok());

    CHECK(world.registry->current().value()->sha256 == world.production());
    CHECK_FALSE(world.pipeline->status()->hold.has_value());
  }
}

TEST_CASE("a rollback succeeds while the registry is away, and the registry follows") {
  TwoModels world{Status{}};
  const std::string second = world.production();
  world.registry->failure = {StatusCode::unavailable, "nobody answers"};
  world.registry->spared = second;

  const auto report = world.pipeline->rollback({"anna", "a drill", "", false, false});

  REQUIRE_MESSAGE(report.ok(), report.status().message());
  CHECK(report->done);
  CHECK(report->reason == "a drill; not told yet: nobody answers");
  CHECK(world.production() == world.first);
  CHECK(world.registry->current().value()->sha256 == second);
  world.registry->failure = {};
  REQUIRE(world.pipeline->tick(quiet_observer()).ok());
  CHECK(world.registry->current().value()->sha256 == world.first);
}

TEST_CASE("a registry is told how the model was judged") {
  const TwoModels world{Status{}};

  const auto& metrics = world.registry->metrics;
  REQUIRE(metrics.contains("candidate_loss"));
  CHECK(metrics.at("candidate_loss") < metrics.at("production_loss"));
  CHECK(metrics.at("p") < metrics.at("level"));
  CHECK(metrics.at("sessions") == 6);
}
