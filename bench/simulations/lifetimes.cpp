#include "lifetimes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numeric>
#include <retrain/statistics.hpp>
#include <vector>

namespace retrain::simulations {
namespace {

using SessionLosses = std::array<double, holdout_sessions>;

// Three figures a contender.
struct Tally {
  std::vector<std::array<double, 3>> figures;
  std::array<double, 3>& of(std::size_t contender) {
    if (figures.size() <= contender) figures.resize(contender + 1);
    return figures[contender];
  }
  Tally& operator+=(const Tally& other) {
    for (std::size_t contender = 0; contender < other.figures.size(); ++contender) {
      for (std::size_t i = 0; i < 3; ++i) of(contender)[i] += other.figures[contender][i];
    }
    return *this;
  }
};

double share(double count, const Plan& plan) {
  return count / static_cast<double>(plan.repetitions);
}

struct PValues {
  double cluster_test = 1;
  double gate = 1;

  double of(const Contender& contender) const { return contender.by_gate ? gate : cluster_test; }
};

PValues test_of(const SessionLosses& differences) {
  static const auto each_its_own = [] {
    std::array<std::uint32_t, holdout_sessions> numbers{};
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
  }();
  const PairedTest test = *cluster_t_test(differences, each_its_own);
  return {test.p_less, std::max(test.p_less, test.p_hall_less.value_or(1))};
}

// Contenders mostly look at the same differences: tested once.
class LastTest {
 public:
  const PValues& operator()(const SessionLosses& differences) {
    if (!known_ || differences != differences_) p_ = test_of(differences);
    differences_ = differences;
    known_ = true;
    return p_;
  }

 private:
  bool known_ = false;
  SessionLosses differences_{};
  PValues p_;
};

// A stream of gates, one a week, that tests each p at the rule's level.
class Ledger {
 public:
  explicit Ledger(const AlphaRule& rule) : rule_(rule) { history_.reserve(retrains); }

  bool promotes(double p, bool fresh = true) {
    AlphaRecord record{.at = Time{} + std::chrono::days(7 * history_.size()), .fresh = fresh};
    record.lag = fresh ? 0 : history_.size();
    record.level = next_level(rule_, history_, {record.at, record.fresh, record.lag});
    record.p = p;
    record.rejected = p <= record.level;
    history_.push_back(record);
    return record.rejected;
  }

 private:
  AlphaRule rule_;
  std::vector<AlphaRecord> history_;
};

std::vector<Ledger> ledgers_of(const std::vector<Contender>& contenders) {
  std::vector<Ledger> ledgers;
  for (const Contender& contender : contenders) ledgers.emplace_back(contender.rule);
  return ledgers;
}

SessionLosses noise(Random& random) {
  SessionLosses losses;
  for (double& loss : losses) loss = random.normal();
  return losses;
}

SessionLosses less(SessionLosses losses, double edge) {
  for (double& loss : losses) loss -= edge;
  return losses;
}

double calm_edge(Random& random) {
  return random.chance(0.5) ? 0 : -0.25;
}

}  // namespace

std::vector<NullRates> null_lifetimes(const Plan& plan, const std::vector<Contender>& contenders, const Holdouts& holdouts) {
  const double own = std::sqrt(1 - holdouts.correlation * holdouts.correlation);
  Tally total = repeat<Tally>(plan, [&](Random& random, Tally& tally) {
    auto ledgers = ledgers_of(contenders);
    LastTest test;
    std::vector<SessionLosses> champions(contenders.size(), noise(random));
    std::vector<double> promotions(contenders.size());
    for (std::size_t retrain = 0; retrain < retrains; ++retrain) {
      const SessionLosses coming = noise(random), own_noise = noise(random);
      for (std::size_t c = 0; c < contenders.size(); ++c) {
        SessionLosses& champion = champions[c];
        if (retrain > 0) {
          std::shift_left(champion.begin(), champion.end(), static_cast<std::ptrdiff_t>(holdouts.shift));
          for (std::size_t i = holdout_sessions - holdouts.shift; i < holdout_sessions; ++i) champion[i] = coming[i];
        }
        SessionLosses candidate, differences;
        for (std::size_t i = 0; i < holdout_sessions; ++i) {
          candidate[i] = holdouts.correlation * champion[i] + own * own_noise[i];
          differences[i] = candidate[i] - champion[i];
        }
        const bool fresh = retrain == 0 || holdouts.shift > 0;
        if (!ledgers[c].promotes(test(differences).of(contenders[c]), fresh)) continue;
        champion = candidate;
        promotions[c] += 1;
      }
    }
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      tally.of(c)[0] += promotions[c];
      tally.of(c)[1] += promotions[c] > 0 ? 1 : 0;
    }
  });
  std::vector<NullRates> rates;
  for (std::size_t c = 0; c < contenders.size(); ++c) rates.push_back({share(total.of(c)[0], plan), share(total.of(c)[1], plan)});
  return rates;
}

std::vector<DriftRates> drift_lifetimes(const Plan& plan, const std::vector<Contender>& contenders) {
  Tally total = repeat<Tally>(plan, [&](Random& random, Tally& tally) {
    auto ledgers = ledgers_of(contenders);
    LastTest test;
    struct Life {
      bool drifted = false;
      double promotions = 0, false_promotions = 0;
    };
    std::vector<Life> lives(contenders.size());
    for (std::size_t retrain = 0; retrain < retrains; ++retrain) {
      const bool drifts = random.chance(0.05);
      const double calm = calm_edge(random);
      const SessionLosses losses = noise(random);
      for (std::size_t c = 0; c < contenders.size(); ++c) {
        Life& life = lives[c];
        if (!life.drifted && drifts) {
          life.drifted = true;
          tally.of(c)[1] += 1;
        }
        const bool promoted = ledgers[c].promotes(test(less(losses, life.drifted ? 0.75 : calm)).of(contenders[c]));
        life.promotions += promoted ? 1 : 0;
        life.false_promotions += promoted && !life.drifted ? 1 : 0;
        tally.of(c)[2] += life.drifted && !promoted ? 1 : 0;
        life.drifted = life.drifted && !promoted;
      }
    }
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      tally.of(c)[0] += lives[c].false_promotions / std::max(1.0, lives[c].promotions);
    }
  });
  std::vector<DriftRates> rates;
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    const auto& [false_share, drifts, waits] = total.of(c);
    rates.push_back({share(false_share, plan), waits / std::max(1.0, drifts)});
  }
  return rates;
}

std::vector<double> power_after_calm(const Plan& plan, const std::vector<Contender>& contenders) {
  Tally total = repeat<Tally>(plan, [&](Random& random, Tally& tally) {
    auto ledgers = ledgers_of(contenders);
    for (int retrain = 0; retrain <= 100; ++retrain) {
      const double edge = retrain == 100 ? 0.75 : 0;
      const PValues p = test_of(less(noise(random), edge));
      for (std::size_t c = 0; c < contenders.size(); ++c) {
        const bool promoted = ledgers[c].promotes(p.of(contenders[c]));
        tally.of(c)[0] += promoted && retrain == 100 ? 1 : 0;
      }
    }
  });
  std::vector<double> powers;
  for (std::size_t c = 0; c < contenders.size(); ++c) powers.push_back(share(total.of(c)[0], plan));
  return powers;
}

}  // namespace retrain::simulations
