// Observer: what a host sees of a running call, and how it asks the call to stop.
#pragma once

#include <retrain/time.hpp>
#include <string>

namespace retrain {

enum class LogLevel { debug, info, warning, error };

struct LogRecord {
  LogLevel level = LogLevel::info;
  std::string message;
};

struct Progress {
  std::string step;    ///< "train", "backtest", …
  double done = 0;     ///< of `total`
  double total = 0;    ///< 0 = unknown
  std::string detail;  ///< "round 40, loss 6.81"
};

/// All three are called on the thread that called the pipeline, while the work runs on another. The defaults do nothing.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer();

  virtual void log(const LogRecord& record);
  virtual void progress(const Progress& progress);
  /// Polled every 50 ms; false stops the call between two rounds or sessions.
  virtual bool keep_going();
};

/// One that ignores everything.
Observer& quiet_observer();

}  // namespace retrain
