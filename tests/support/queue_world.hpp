// A world of runs that end where they begin, at the check of the data: for tests of what waits, who goes first and who gives up.
#pragma once

#include <functional>

#include "base/json.hpp"
#include "support/scripted_judges.hpp"

namespace retrain::test {

/// Does whatever its script says; by default the data is broken, which ends the run at once.
class ScriptedChecker final : public ReadinessChecker {
 public:
  using Script = std::function<Result<Readiness>(Observer&, std::stop_token)>;

  PartId id() const override { return {"scripted", "test"}; }
  Result<Readiness> check(const DataRequest&, Observer& observer, std::stop_token stop) override {
    ++checks;
    const Script now = script;  // which may put another in its place
    return now ? now(observer, std::move(stop)) : broken();
  }
  Result<std::vector<Session>> list(const DataRequest&, std::stop_token) override { return std::vector<Session>{}; }
  static Result<Readiness> broken() { return Readiness{.verdict = ReadinessVerdict::broken, .reason = "scripted"}; }

  Script script;
  int checks = 0;
};

/// Waits, as a step of the host's would, until it is told to stop; then `what_happens` once.
inline ScriptedChecker::Script patient(std::function<void()> what_happens) {
  return [what_happens = std::move(what_happens)](Observer&, const std::stop_token& stop) -> Result<Readiness> {
    what_happens();
    while (!stop.stop_requested()) std::this_thread::yield();
    return Status{StatusCode::cancelled, "stopped"};
  };
}

/// Room for one run at a time, whatever it needs.
class OneAtATime final : public ResourceManager {
 public:
  PartId id() const override { return {"one-at-a-time", "test"}; }
  Footprint predict(const Workload& coming, const FootprintHistory&) override { return {"", 1, 0, 1, coming.data_bytes}; }
  Result<Admission> admit(const Footprint&, std::span<const Footprint> running) override {
    if (!running.empty()) return Admission{AdmissionVerdict::wait, "one is enough", std::chrono::seconds(30)};
    return Admission{AdmissionVerdict::start, "idle", {}, 1, 1};
  }
};

/// Pipelines of several models on one state directory, under one clock.
struct QueueWorld {
  TemporaryFolder folder;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(day(24));
  std::shared_ptr<ScriptedChecker> checker = std::make_shared<ScriptedChecker>();
  std::shared_ptr<ResourceManager> resources = std::make_shared<IdleMachine>();
  std::shared_ptr<Trainer> trainer = std::make_shared<NumberTrainer>();
  Config config = world_config(folder.path());

  QueueWorld() {
    std::filesystem::create_directories(config.data.directory);
    config.drift.debounce = config.drift.cooldown = Duration{};
    config.schedule.max_weekend_retrains = 1'000'000;
  }

  std::unique_ptr<Pipeline> open(const std::string& model = "toy") {
    Config own = config;
    own.model.name = model;
    PipelineParts parts;
    parts.clock = clock;
    parts.readiness_checker = checker;
    parts.resource_manager = resources;
    parts.trainer = trainer;
    parts.scratch = true;
    auto opened = Pipeline::open(own, parts);
    if (!opened) throw std::runtime_error(opened.status().message());
    return std::move(*opened);
  }

  /// The run that an alert starts.
  RunId alert(Pipeline& pipeline, double severity = 0.9) {
    const auto decision = pipeline.submit_alert(World::alert("a" + std::to_string(++alerts_), severity));
    if (!decision) throw std::runtime_error(decision.status().message());
    if (decision->run_id.empty()) throw std::runtime_error(decision->reason);
    return decision->run_id;
  }

  /// Types of the events that were delivered so far, in order.
  std::vector<std::string> event_types() const {
    std::vector<std::string> types;
    std::istringstream lines(folder.read("state/events.jsonl"));
    for (std::string line; std::getline(lines, line);) types.push_back((*base::parse_json(line))["type"].get<std::string>());
    return types;
  }

 private:
  int alerts_ = 0;
};

inline std::vector<std::string> unhealthy(Pipeline& pipeline) {
  const auto health = pipeline.verify_state();
  if (!health) return {health.status().message()};
  std::vector<std::string> wrong;
  for (const auto& finding : health->findings) {
    if (!finding.ok) wrong.push_back(finding.invariant + ": " + finding.message);
  }
  return wrong;
}

}  // namespace retrain::test
