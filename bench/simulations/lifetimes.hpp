// Lifetimes: what a rule of levels lets through over 200 weekly retrains. Shared by the benchmarks and the tests.
#pragma once

#include <cstddef>
#include <retrain/alpha_levels.hpp>
#include <vector>

#include "repeat.hpp"

namespace retrain::simulations {

constexpr std::size_t retrains = 200;
constexpr std::size_t holdout_sessions = 24;

/// How the holdout of a gate differs from that of the gate before.
struct Holdouts {
  std::size_t shift = holdout_sessions;  ///< sessions that are new; 0 = frozen
  double correlation = 0;                ///< of a candidate's session losses with the champion's
};

/// A rule of levels, and the p that it is given: the cluster test's, or the gate's, the larger of that and Hall's.
struct Contender {
  AlphaRule rule;
  bool by_gate = false;
};

struct NullRates {
  double mean_false = 0;  ///< promotions in a lifetime, all of them false
  double any_false = 0;   ///< share of lifetimes with one
};
/// No candidate is ever better than the champion. All contenders see the same sessions and candidates.
std::vector<NullRates> null_lifetimes(const Plan& plan, const std::vector<Contender>& contenders, const Holdouts& holdouts);

struct DriftRates {
  double false_discovery = 0;  ///< mean share of false among the promotions of a lifetime
  double mean_delay = 0;       ///< retrains after a drift that do not yet promote
};
/// With probability 0.05 a retrain the world drifts: from then on every candidate is 0.75 session-SD better, until one is
/// promoted. At other times half the candidates are equal and half 0.25 worse. Fresh holdouts.
std::vector<DriftRates> drift_lifetimes(const Plan& plan, const std::vector<Contender>& contenders);

/// Share of lifetimes in which, after 100 retrains whose candidates are equal to the champion, the first candidate that is 0.75
/// session-SD better is promoted.
std::vector<double> power_after_calm(const Plan& plan, const std::vector<Contender>& contenders);

}  // namespace retrain::simulations
