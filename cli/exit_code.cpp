#include "exit_code.hpp"

namespace retrain::cli {

int exit_code(StatusCode code) {
  switch (code) {
    case StatusCode::ok: return exit_done;
    case StatusCode::invalid_argument:
    case StatusCode::not_found:
    case StatusCode::io_error:
    case StatusCode::no_space:
    case StatusCode::corrupt:
    case StatusCode::incompatible: return exit_usage;
    case StatusCode::conflict: return exit_refused;
    case StatusCode::data_not_ready: return exit_data_not_ready;
    case StatusCode::unavailable: return exit_try_later;
    case StatusCode::lease_lost: return exit_lease_held;
    case StatusCode::cancelled:
    case StatusCode::callback_failed:
    case StatusCode::internal: return exit_failed;
  }
  return exit_failed;
}

int exit_code(AlertVerdict verdict) {
  switch (verdict) {
    case AlertVerdict::accepted:
    case AlertVerdict::merged:
    case AlertVerdict::escalated:
    // Sending an alert again, or that its cause is over, is what a correct sender does.
    case AlertVerdict::duplicate:
    case AlertVerdict::resolved: return exit_done;
    case AlertVerdict::below_threshold:
    case AlertVerdict::debounced:
    case AlertVerdict::cooling_down:
    case AlertVerdict::capped:
    case AlertVerdict::held:
    case AlertVerdict::silenced:
    case AlertVerdict::stale: return exit_refused;
    case AlertVerdict::invalid: return exit_usage;
  }
  return exit_failed;
}

int exit_code(RunState state, Outcome outcome) {
  if (state != RunState::finished) return exit_try_later;
  switch (outcome) {
    case Outcome::promoted: return exit_done;
    case Outcome::rejected: return exit_rejected;
    case Outcome::data_not_ready: return exit_data_not_ready;
    case Outcome::none:
    case Outcome::failed:
    case Outcome::cancelled:
    case Outcome::set_aside: return exit_failed;
  }
  return exit_failed;
}

int exit_code(const TickReport& tick) {
  if (tick.rollback && tick.rollback->done) return exit_rolled_back;
  return tick.run ? exit_code(tick.run->run.state, tick.run->run.outcome) : static_cast<int>(exit_done);
}

}  // namespace retrain::cli
