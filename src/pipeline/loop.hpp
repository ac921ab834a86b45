// Loop: the pipeline behind retrain::Pipeline: one unit of work at a time, and the background mode.
#pragma once

#include <mutex>
#include <thread>

#include "worker.hpp"

namespace retrain {

class Pipeline::Loop {
 public:
  explicit Loop(std::unique_ptr<pipeline::Core> core) : core_(std::move(core)) {}
  ~Loop() { (void)stop(); }

  pipeline::Core& core() { return *core_; }

  Result<TickReport> tick(Observer& observer, std::stop_token stop);
  Result<RunReport> run(const RunId& run, Observer& observer, std::stop_token stop);
  Result<StepReport> step(const RunId& run, Step step, Observer& observer, std::stop_token stop);
  Status start(Duration interval, Observer& observer);
  Status stop();

 private:
  /// Claims `run` on the calling thread, then works on another while `observer` hears of it and the lease is kept alive.
  Status take_on(const store::RunRow& run, std::optional<Step> only, Observer& observer, std::stop_token stop);
  Result<StepReport> verify(const store::RunRow& run);
  Status look_after(TickReport& report, Observer& observer, std::stop_token stop);

  std::unique_ptr<pipeline::Core> core_;
  std::mutex work_;  // one call works at a time; the others are told to come back
  std::mutex background_;
  std::jthread thread_;
};

}  // namespace retrain
