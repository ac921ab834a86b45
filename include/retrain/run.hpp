// Run: one passage through the steps, and what is told about it.
#pragma once

#include <optional>
#include <retrain/comparator.hpp>
#include <retrain/drift_policy.hpp>
#include <retrain/gate.hpp>
#include <retrain/readiness_checker.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

/// A UUIDv7 in text.
using RunId = std::string;

enum class Step { readiness, train, gate, compare, deploy, verify };
std::string_view to_string(Step step);
Result<Step> parse_step(std::string_view name);

enum class RunState { queued, running, finished };
std::string_view to_string(RunState state);

/// How a run ended. Every ending is one of these, with a reason.
enum class Outcome { none, promoted, rejected, data_not_ready, failed, cancelled, set_aside };
std::string_view to_string(Outcome outcome);

/// What became of a deployed model.
enum class DeploymentState { provisional, stable, rolled_back, superseded };
std::string_view to_string(DeploymentState state);

/// A person's wish for a run: passes cooldown, caps and threshold, and is recorded as such.
struct ManualRun {
  std::string actor;
  std::string reason;
  std::optional<TrainingMode> mode;
  std::optional<Time> not_before{};  ///< it starts no earlier; empty = with the next tick
};

struct RunSummary {
  RunId id;
  std::string model;
  RunState state = RunState::queued;
  Outcome outcome = Outcome::none;
  std::string reason;    ///< why it ended so, or why it waits
  std::string asked_by;  ///< "alert …" or the actor
  double severity = 0;
  int attempts = 0;
  Time created{};
  std::optional<Time> not_before;
  std::optional<Time> finished;
  std::optional<Step> next_step;
  std::string candidate_sha256;
  RunId requeued_from;  ///< the run it repeats; empty = none
};

/// One step that is done.
struct StepReport {
  RunId run_id;
  Step step = Step::readiness;
  bool done = false;      ///< false: it waits, see `reason`
  bool repeated = false;  ///< it was done before; nothing ran now
  std::string reason;
  Time time{};
  std::string result;  ///< a JSON object
  RunState run_state = RunState::running;
  Outcome outcome = Outcome::none;
};

struct RunReport {
  RunSummary run;
  std::vector<StepReport> steps;
  std::vector<std::string> alerts;  ///< ids behind it
  std::optional<Readiness> readiness;
  std::string training;  ///< JSON object: mode, reason, rounds, sessions, parameters
  std::optional<GateReport> gate;
  std::optional<GateContext> gate_context;
  std::optional<Comparison> comparison;
  std::optional<DeploymentState> deployment;
  std::string deployment_reason;
};

struct RunQuery {
  std::size_t limit = 50;
  std::optional<RunState> state;
};

}  // namespace retrain
