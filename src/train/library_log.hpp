// LibraryLog: what XGBoost logs on this thread while it exists. The library keeps callback and verbosity per thread and gives the
// callback no pointer of ours, hence the one thread-local behind it.
#pragma once

#include <string>
#include <vector>

#include "xgboost_api.hpp"

namespace retrain::train {

/// Captures warnings. Registers our callback on the calling thread, where it stays (the library cannot say which one was there
/// before), but is silent once this object is gone: train on a thread of your own, not on one that Python's xgboost uses.
class LibraryLog {
 public:
  explicit LibraryLog(const XgboostApi& api);
  LibraryLog(const LibraryLog&) = delete;
  LibraryLog& operator=(const LibraryLog&) = delete;
  ~LibraryLog();

  /// The messages so far, one line each, and forgets them.
  std::vector<std::string> take();

 private:
  friend void write_to_current_log(const char* text) noexcept;
  const XgboostApi& api_;
  std::string previous_config_;
  LibraryLog* previous_;
  std::vector<std::string> messages_;
};

/// Keeps the library quiet on this thread without touching its callback: for calls on a thread of the host.
class QuietLibrary {
 public:
  explicit QuietLibrary(const XgboostApi& api);
  QuietLibrary(const QuietLibrary&) = delete;
  QuietLibrary& operator=(const QuietLibrary&) = delete;
  ~QuietLibrary();

 private:
  const XgboostApi& api_;
  std::string previous_config_;
};

/// The names in a warning that parameters are not used; empty when `message` is another one.
std::string unused_parameters(const std::string& message);

}  // namespace retrain::train
