// CounterRandom: random bits as a function of seed and position, so that a resampled p-value is the same on every machine.
#pragma once

#include <cstdint>

namespace retrain::evaluate {

/// SplitMix64 (Steele, Lea, Flood 2014) used as a counter-based generator.
class CounterRandom {
 public:
  explicit CounterRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31U);
  }
  /// A number below `bound` (at most 2^32) by the high bits of a product; its bias is below bound/2^64.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t value = bits();
    return ((value >> 32U) * bound + (((value & 0xffffffffU) * bound) >> 32U)) >> 32U;
  }

 private:
  std::uint64_t state_;
};

}  // namespace retrain::evaluate
