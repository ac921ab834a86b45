// Clock: the only source of time. Implement it to simulate time; the pipeline never reads another clock.
#pragma once

#include <memory>
#include <mutex>
#include <condition_variable>
#include <retrain/time.hpp>
#include <stop_token>

namespace retrain {

/// Threads: both calls come from any thread and may overlap.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock();

  /// The present instant.
  virtual Instant now() = 0;
  /// Blocks until `when` or until a stop is requested. Returns true when `when` was reached.
  virtual bool wait_until(Time when, std::stop_token stop) = 0;
};

/// The machine's clocks: system clock, CLOCK_BOOTTIME, and the kernel's boot id.
std::shared_ptr<Clock> make_system_clock();

/// A clock that stands still until it is told otherwise; for tests and for the backtest.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start, std::string boot_id = "simulated");

  Instant now() override;
  /// Returns at once when `when` is past; else blocks until set() or advance() passes it, or a stop is requested.
  bool wait_until(Time when, std::stop_token stop) override;
  /// Sets the wall clock; the boot clock moves by the same amount when that is forward.
  void set(Time wall);
  /// Lets `duration` pass on both clocks.
  void advance(Duration duration);
  /// Steps the wall clock only, as an operator or NTP would.
  void step_wall(Duration by);
  /// A restart of the machine: a new boot id, boot time zero.
  void reboot(std::string boot_id);

 private:
  std::mutex mutex_;
  std::condition_variable_any moved_;
  Instant instant_;
};

}  // namespace retrain
