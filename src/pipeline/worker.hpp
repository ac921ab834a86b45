// Worker: claims a run, asks for resources, takes it through its steps, and settles what went wrong.
#pragma once

#include "steps.hpp"

namespace retrain::pipeline {

/// The run to take up now, if any: this model's, due, and not in another living worker's hands.
Result<std::optional<store::RunRow>> due_run(Core& core);

/// Claims `run`. Fails with lease_lost when another living worker has it, conflict when other parts began it.
Result<store::Lease> claim(Core& core, const store::RunRow& run);

/// Puts a claimed run back to the queue, which ends the claim.
Status postpone(Work& work, const store::Wait& wait);

/// Whether the worker that holds a run is known to live no more: its owner file is free, or its lease did not move for
/// `queue.lease` by this machine's own clock.
Result<bool> owner_is_gone(Core& core, const store::RunRow& run);

/// Takes a claimed run on: all its remaining steps, or only `only`. Gives the lease back. Runs on a worker thread.
Status work_on(Work& work, std::optional<Step> only);

/// The next step of a run that is not finished.
Result<std::optional<Step>> next_step(Core& core, const RunId& run);

}  // namespace retrain::pipeline
