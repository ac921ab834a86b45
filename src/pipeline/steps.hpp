// Steps: what each step of a run does. Each may be run again after a crash: it reads what the earlier ones stored, and its own
// result is one transaction.
#pragma once

#include "supervisor.hpp"

namespace retrain::pipeline {

/// A claimed run in the hands of this process.
struct Work {
  Core& core;
  store::Lease lease;
  store::RunRow run;
  Admission admission;
  Observer& observer;
  std::stop_token stop;
  Supervisor& supervisor;
  bool moved_on = false;  ///< a step was finished in this claim

  /// Attempts since the run last moved on, this claim not counted.
  int attempts_before() const { return moved_on ? 0 : run.attempts; }
};

/// How a step came out.
struct StepEnd {
  bool finished = false;           ///< the run ended with this step
  std::optional<Time> wait_until;  ///< the run must wait
  std::string reason;
  std::string waits_on;  ///< marks of the data it waits for; empty = it does not wait for data
};

Result<StepEnd> readiness_step(Work& work);
/// What that step would be told now, for a run that an alert asked for. Stores nothing.
Result<Readiness> check_data(Core& core, Observer& observer, std::stop_token stop);
Result<StepEnd> train_step(Work& work);
Result<StepEnd> gate_step(Work& work);
Result<StepEnd> compare_step(Work& work);
Result<StepEnd> deploy_step(Work& work);

/// Ends the run outside a step: it failed, was set aside, or may not be promoted.
Status end_run(Work& work, Outcome outcome, const std::string& reason, const std::string& message);

/// Marks of the data as it lies there; empty where they cannot be had, which is no reason to fail.
std::string data_marks(Core& core);
/// What the readiness step stored. Fails with not_found when it has not run.
Result<Readiness> stored_readiness(Core& core, const RunId& run);
/// The stored result of a step as JSON text, if it is done.
Result<std::optional<std::string>> stored_step(Core& core, const RunId& run, Step step);
/// The evaluation of a run, read back from its file and checked against its hash.
Result<Evaluation> stored_evaluation(Core& core, const RunId& run);

}  // namespace retrain::pipeline
