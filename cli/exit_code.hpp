// Exit codes: what an orchestrator should do next, as one number (docs/cli.md).
#pragma once

#include <retrain/pipeline_status.hpp>
#include <retrain/status.hpp>

namespace retrain::cli {

enum ExitCode {
  exit_done = 0,
  exit_failed = 1,
  exit_usage = 2,    ///< fix the command, the configuration, or the file that is named
  exit_refused = 3,  ///< the policy or the state says no
  exit_data_not_ready = 4,
  exit_rejected = 5,  ///< the candidate was not good enough
  exit_rolled_back = 6,
  exit_lease_held = 7,  ///< another worker has the run
  exit_try_later = 75,
};

int exit_code(StatusCode code);
int exit_code(AlertVerdict verdict);
/// A run that is finished answers with its outcome, one that waits with `exit_try_later`.
int exit_code(RunState state, Outcome outcome);
int exit_code(const TickReport& tick);

}  // namespace retrain::cli
