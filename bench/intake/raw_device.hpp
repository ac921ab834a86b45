// RawDevice: what the disk alone costs, measured beside everything that must not cost much more.
#pragma once

#include <string>

namespace retrain::bench {

/// A preallocated file of which 4 KiB are overwritten and flushed at a time, each time others.
class RawDevice {
 public:
  /// Makes the file in `folder`; throws std::runtime_error.
  explicit RawDevice(const std::string& folder);
  RawDevice(const RawDevice&) = delete;
  RawDevice& operator=(const RawDevice&) = delete;
  ~RawDevice();

  /// Overwrites and fdatasyncs once.
  void flush_once();

 private:
  std::string path_;
  int file_ = -1;
  unsigned turn_ = 0;
};

}  // namespace retrain::bench
