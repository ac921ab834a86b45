// Alpha levels: at which level the next gate may test, after all the gates before it. Pure functions of the ledger's rows.
#pragma once

#include <cstdint>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace retrain {

/// One row of the ledger: a level reserved for a test, and what came of it. Cold starts, manual overrides and cached verdicts
/// have none.
struct AlphaRecord {
  Time at;
  bool fresh = true;      ///< the holdout held a session that had never decided before
  std::size_t lag = 0;    ///< number of immediately preceding tests that share rows with this one
  double level = 0;       ///< as reserved
  double p = 0;           ///< one-sided; NaN = reserved, never settled (a crash): spent, and no rejection
  bool rejected = false;  ///< the null, that is: promoted
};

/// What is known of the next test before its p is.
struct AlphaRequest {
  Time at;
  bool fresh = true;
  std::size_t lag = 0;
};

enum class AlphaMethod { none, budget, spending, lond, lond_dependent, elond, lord_plus_plus, lord_star, saffron, addis };
/// Weights that share the error over an endless sequence: `lord` as published for LORD, or 0.4374901658·j^−1.6, which spends
/// sooner.
enum class AlphaWeights { lord, power };

struct AlphaRule {
  AlphaMethod method = AlphaMethod::budget;
  double alpha = 0.05;          ///< the rate that is controlled; budget: the cap of the wealth; none: twice the level
  double initial_wealth = 0.5;  ///< of alpha, for the lord, saffron and addis families: w₀ = initial_wealth·alpha
  double lambda = 0.5;          ///< saffron, addis: p-values above it are no candidates
  double tau = 0.5;             ///< addis: p-values above it are discarded
  AlphaWeights weights = AlphaWeights::power;
  double rate_per_year = 0.1;  ///< budget: wealth regained
  double share = 0.5;          ///< budget: of the wealth, spent on each test
  double least_level = 1e-4;   ///< budget: without fresh sessions a level below this is none: the holdout is exhausted
};

/// The rule behind a name of `validation.lifetime`: none, budget, spending, lond, lond_dependent, elond, lord++, lord*, saffron,
/// addis. Fails with invalid_argument when there is none of that name.
Result<AlphaRule> alpha_rule(std::string_view name, double alpha = 0.05);

/// The level of the next test. For elond it is compared with 1/e. Equal histories give equal bits.
///
/// budget: wealth starts at alpha, each test spends `share` of it; it regains rate_per_year · elapsed time up to alpha, but only
/// when the holdout is fresh: the time without fresh data then counts as well. A clock set back regains nothing. Without fresh
/// data a level below least_level is 0: the holdout is exhausted. Expected false
/// promotions in Y years ≤ alpha + rate_per_year·Y under any dependence between the tests.
double next_level(const AlphaRule& rule, std::span<const AlphaRecord> history, const AlphaRequest& request);

/// Wealth of the budget before a test at `request`.
double budget_wealth(const AlphaRule& rule, std::span<const AlphaRecord> history, const AlphaRequest& request);

struct AlphaSummary {
  double spent = 0;  ///< sum of levels
  std::size_t rejections = 0;
  double false_share = 0;  ///< estimated share of false promotions: spent / max(1, rejections)
};
AlphaSummary summarize(std::span<const AlphaRecord> history);

/// Number of the first row, from 0, whose level is not, to the bit, what the rows before it give; history.size() when all agree.
std::size_t first_disagreement(const AlphaRule& rule, std::span<const AlphaRecord> history);

}  // namespace retrain
