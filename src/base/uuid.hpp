// UUIDv7 ids (RFC 9562): time-ordered, the random part from the kernel or from a seed.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <retrain/time.hpp>
#include <string>

namespace retrain::base {

/// Threads: any.
class IdSource {
 public:
  /// With a seed, the same calls give the same ids.
  explicit IdSource(std::optional<std::uint64_t> seed = std::nullopt);
  std::string next(Time now);

 private:
  std::mutex mutex_;
  bool seeded_;
  std::mt19937_64 random_;
  std::int64_t last_ms_ = 0;
  std::uint32_t sequence_ = 0;
};

}  // namespace retrain::base
