// How the pipeline asks for a training: which sessions serve what, and models that come from elsewhere.
#include <retrain/foreign_model.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/sha256.hpp"
#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

RunReport run_asked_for(Pipeline& pipeline, std::optional<TrainingMode> mode = std::nullopt) {
  const auto run = pipeline.request_run({.actor = "tester", .reason = "to see", .mode = mode});
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  return pipeline.run(*run, quiet_observer()).value();
}

std::vector<std::string> texts(const nlohmann::json& list) {
  return list.get<std::vector<std::string>>();
}

}  // namespace

TEST_CASE(
    "mode best chooses by training sessions of its own: they are neither fitted nor the gate's, and the records name them") {
  World world;
  world.config.training.choose_sessions = 3;
  const auto pipeline = world.open();
  run_asked_for(*pipeline);
  world.clock->set(day(44));

  const auto training = nlohmann::json::parse(run_asked_for(*pipeline, TrainingMode::best).training);

  const auto choose = texts(training["choose_sessions"]), holdout = texts(training["holdout_sessions"]),
             stop = texts(training["stop_sessions"]);
  CHECK(choose == std::vector<std::string>{"day-036", "day-037", "day-038"});
  CHECK(holdout.front() == "day-039");
  std::set<std::string> others(holdout.begin(), holdout.end());
  others.insert(stop.begin(), stop.end());
  for (const std::string& id : texts(training["fit_sessions"])) others.insert(id);
  for (const std::string& id : choose) CHECK_FALSE(others.contains(id));
  REQUIRE(training["trials"].size() == 3);
  CHECK(training["trials"][0]["name"] == "recalibrate");
}

TEST_CASE("a run that a person asks for with a mode gets that mode") {
  World world;
  const auto pipeline = world.open();
  run_asked_for(*pipeline);
  world.clock->set(day(44));

  const auto training = nlohmann::json::parse(run_asked_for(*pipeline, TrainingMode::recalibrate).training);

  CHECK(training["mode"] == "recalibrate");
  CHECK(training["rounds_since_full"] == 1);
}

TEST_CASE("a foreign model goes the road of any candidate, and serves byte for byte once it is promoted") {
  World elsewhere;
  const auto other = elsewhere.open();
  run_asked_for(*other);
  const ModelArtifact artifact = other->production()->save().value();
  World world;
  world.parts.trainer = make_importing_trainer(world.config.model, world.config.training,
                                               {artifact.bytes, "model.ubj", artifact.description}, base::sha256(artifact.bytes))
                            .value();
  const auto pipeline = world.open();

  const RunReport report = run_asked_for(*pipeline);

  CHECK(report.run.outcome == Outcome::promoted);
  CHECK(nlohmann::json::parse(report.training)["mode"] == "import");
  CHECK(pipeline->production()->save().value().bytes == artifact.bytes);
  CHECK(pipeline->verify_state().value().ok);
}
