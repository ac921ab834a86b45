// repeat: runs one experiment many times, shared among threads, with a result that does not depend on their number.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "random.hpp"

namespace retrain::simulations {

struct Plan {
  std::uint64_t repetitions = 1000;
  std::uint64_t seed = 1;
  unsigned threads = 1;
};

/// Calls experiment(Random&, Tally&) `repetitions` times, each with a sequence of its own. Tallies of 64 repetitions are added
/// up, by +=, in a fixed order.
template <class Tally, class Experiment>
Tally repeat(const Plan& plan, const Experiment& experiment) {
  constexpr std::uint64_t share = 64;
  std::vector<Tally> tallies((plan.repetitions + share - 1) / share);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < tallies.size(); i = next++) {
      Tally tally{};
      for (std::uint64_t n = i * share; n < std::min(plan.repetitions, (i + 1) * share); ++n) {
        Random random(plan.seed, n);
        experiment(random, tally);
      }
      tallies[i] = tally;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned thread = 1; thread < plan.threads; ++thread) helpers.emplace_back(work);
    work();
  }
  Tally total{};
  for (const Tally& tally : tallies) total += tally;
  return total;
}

}  // namespace retrain::simulations
