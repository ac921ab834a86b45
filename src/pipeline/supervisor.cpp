#include "supervisor.hpp"

#include "store/queue_table.hpp"

namespace retrain::pipeline {

Supervisor::Supervisor(Core& core, store::Lease lease, Instant begun)
    : core_(core), lease_(std::move(lease)), begun_(std::move(begun)), beat_(core.now()), moved_(beat_) {}

bool Supervisor::heartbeat() {
  const Instant now = core_.now();
  // Also while the work winds down: until it is over, the run is in these hands.
  const bool kept = keep_lease(now);
  if (cause_ != StopCause::none) return false;
  const StopCause found = kept ? find_cause(now) : StopCause::lease_lost;
  cause_ = found;
  return found == StopCause::none;
}

void Supervisor::progressed() {
  const Instant now = core_.now();
  const std::lock_guard lock(mutex_);
  moved_ = now;
}

bool Supervisor::keep_lease(const Instant& now) {
  const Duration lease = core_.config().queue.lease;
  if (elapsed(beat_, now) < lease / 3) return true;
  beat_ = now;
  const Status kept = core_.write("heartbeat", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::extend_lease(db, lease_, stamp.now.wall + lease);
  });
  // A disk that is full for a moment must not cost the run; only a lease that is really lost does.
  return kept.code() != StatusCode::lease_lost;
}

StopCause Supervisor::find_cause(const Instant& now) {
  const QueueSettings& queue = core_.config().queue;
  if (queue.deadline > Duration{} && elapsed(begun_, now) > queue.deadline) return StopCause::deadline;
  if (queue.stall > Duration{}) {
    const std::lock_guard lock(mutex_);
    if (elapsed(moved_, now) > queue.stall) return StopCause::stalled;
  }
  constexpr int calls_between_looks = 10;
  if (++calls_ % calls_between_looks != 0) return StopCause::none;
  const auto by = core_.fetch<std::string>([&](store::Connection& db) { return store::cancelled_by(db, lease_.run); });
  return by && !by->empty() ? StopCause::cancelled : StopCause::none;
}

void SupervisedObserver::log(const LogRecord& record) {
  supervisor_.progressed();
  inner_.log(record);
}

void SupervisedObserver::progress(const Progress& progress) {
  supervisor_.progressed();
  inner_.progress(progress);
}

}  // namespace retrain::pipeline
