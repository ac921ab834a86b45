// Random: numbers from a counter, so that any part of a sequence can be made again, alone and on any thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace retrain::simulations {

/// A bijection that scatters neighbouring numbers (the finaliser of SplitMix64: Steele, Lea, Flood 2014).
inline std::uint64_t scattered(std::uint64_t number) {
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31U);
}

class Random {
 public:
  /// Sequence number `sequence` of `seed`.
  Random(std::uint64_t seed, std::uint64_t sequence) : key_(scattered(scattered(seed + golden) + sequence * golden)) {}

  /// The number at a place of the sequence, in [0, 1).
  double uniform_at(std::uint64_t place) const {
    return static_cast<double>(scattered(key_ + (place + 1) * golden) >> 11U) * 0x1p-53;
  }
  double uniform() { return uniform_at(place_++); }
  bool chance(double probability) { return uniform() < probability; }
  double exponential() { return -std::log(1 - uniform()); }

  /// Standard normal (Box, Muller 1958).
  double normal() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    const double radius = std::sqrt(2 * exponential());
    const double angle = 2 * std::numbers::pi * uniform();
    second_ = radius * std::sin(angle);
    has_second_ = true;
    return radius * std::cos(angle);
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;

  std::uint64_t key_;
  std::uint64_t place_ = 0;
  double second_ = 0;
  bool has_second_ = false;
};

}  // namespace retrain::simulations
