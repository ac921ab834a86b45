// Supervisor: watches over a run in hand: keeps its lease, and notices when it must stop.
#pragma once

#include <atomic>
#include <mutex>
#include <retrain/observer.hpp>

#include "core.hpp"

namespace retrain::pipeline {

/// Why a run in hand was told to stop; `none` also when its host asked.
enum class StopCause { none, lease_lost, cancelled, deadline, stalled };

/// Threads: heartbeat() from the one that called the pipeline, the rest from the one that works.
class Supervisor {
 public:
  Supervisor(Core& core, store::Lease lease, Instant begun);

  /// To be called every 50 ms. False when the work must stop.
  bool heartbeat();
  /// The work moved on.
  void progressed();
  StopCause cause() const { return cause_; }

 private:
  StopCause find_cause(const Instant& now);
  bool keep_lease(const Instant& now);

  Core& core_;
  const store::Lease lease_;
  const Instant begun_;
  Instant beat_;
  int calls_ = 0;
  std::atomic<StopCause> cause_{StopCause::none};
  std::mutex mutex_;
  Instant moved_;
};

/// Hands on what the work says, and tells the supervisor that it said something.
class SupervisedObserver final : public Observer {
 public:
  SupervisedObserver(Observer& inner, Supervisor& supervisor) : inner_(inner), supervisor_(supervisor) {}
  void log(const LogRecord& record) override;
  void progress(const Progress& progress) override;
  bool keep_going() override { return inner_.keep_going(); }

 private:
  Observer& inner_;
  Supervisor& supervisor_;
};

}  // namespace retrain::pipeline
