// Child process: another program, run to its end without a shell, within limits of time and output.
#pragma once

#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <stop_token>
#include <string>
#include <vector>

namespace retrain::base {

struct ChildOptions {
  std::string directory;                 ///< where it runs; empty = here
  std::vector<std::string> inherited;    ///< names of the only variables it takes over from our environment
  std::vector<std::string> environment;  ///< NAME=value, beside those
  Duration timeout = std::chrono::seconds(60);
  Duration grace = std::chrono::seconds(2);         ///< from SIGTERM to SIGKILL when the time is over
  std::size_t max_output = std::size_t{16} << 20U;  ///< bytes of stdout and stderr together
};

struct ChildResult {
  int exit_code = 0;  ///< 128 + the signal when one killed it
  std::string out, err;
};

/// Runs `argv`, whose first word is a path, or a name that is looked up in our PATH, and waits for its end.
///
/// The child gets no shell, an empty stdin, no descriptor of ours, default signals and a process group of its own. When it ends,
/// is too slow, says too much or `stop` is requested, every process left in that group is killed.
///
/// Fails with not_found (no such program), unavailable (the time is over), invalid_argument (over `max_output`), cancelled
/// (`stop`), io_error (it cannot be started), internal (the host reaps all children, so that its exit code is lost).
Result<ChildResult> run_child(const std::vector<std::string>& argv, const ChildOptions& options, const std::stop_token& stop);

/// The file that `program` means: itself when it holds a "/", else the first executable of that name in PATH. Fails with
/// not_found.
Result<std::string> find_program(const std::string& program);

}  // namespace retrain::base
