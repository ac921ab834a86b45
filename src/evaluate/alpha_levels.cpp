#include <retrain/alpha_levels.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/text.hpp"

namespace retrain {
namespace {

double weight(AlphaWeights weights, double j) {
  if (weights == AlphaWeights::power) return 0.4374901658 * std::pow(j, -1.6);
  return 0.07720838 * std::log(std::max(j, 2.0)) / (j * std::exp(std::sqrt(std::log(j))));
}

bool settled(const AlphaRecord& record) {
  return !std::isnan(record.p);
}
bool rejected(const AlphaRecord& record) {
  return settled(record) && record.rejected;
}

std::size_t count_rejections(std::span<const AlphaRecord> history) {
  return static_cast<std::size_t>(std::count_if(history.begin(), history.end(), rejected));
}

// w₀·γ(first) + (α−w₀)·γ(after the first rejection) + α·Σ γ(after each later one): the form that LORD++, SAFFRON and ADDIS share.
double wealth_sum(const AlphaRule& rule, double first, const std::vector<double>& after_rejections) {
  const double initial = rule.initial_wealth * rule.alpha;
  double sum = initial * weight(rule.weights, first);
  for (std::size_t j = 0; j < after_rejections.size(); ++j) {
    sum += (j == 0 ? rule.alpha - initial : rule.alpha) * weight(rule.weights, after_rejections[j]);
  }
  return sum;
}

double lord_plus_plus(const AlphaRule& rule, std::span<const AlphaRecord> history) {
  const double t = static_cast<double>(history.size() + 1);
  std::vector<double> ages;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (rejected(history[i])) ages.push_back(t - static_cast<double>(i + 1));
  }
  return wealth_sum(rule, t, ages);
}

// A rejection may be used only by tests that share no rows with it: those more than their own lag later.
double lord_star(const AlphaRule& rule, std::span<const AlphaRecord> history, const AlphaRequest& request) {
  const std::size_t now = history.size() + 1;
  std::vector<double> ages;
  for (std::size_t t = 2; t <= now; ++t) {
    const std::size_t lag = t == now ? request.lag : history[t - 1].lag;
    const std::size_t usable = t - 1 - std::min(lag, t - 1);
    const std::size_t rejections = count_rejections(history.first(usable));
    while (ages.size() < rejections) ages.push_back(static_cast<double>(now - (t - 1)));
  }
  return wealth_sum(rule, static_cast<double>(now), ages);
}

double saffron(const AlphaRule& rule, std::span<const AlphaRecord> history) {
  const auto candidate = [&](const AlphaRecord& record) { return settled(record) && record.p <= rule.lambda; };
  const auto candidates_from = [&](std::size_t begin) {
    return static_cast<double>(std::count_if(history.begin() + static_cast<std::ptrdiff_t>(begin), history.end(), candidate));
  };
  const double t = static_cast<double>(history.size() + 1);
  std::vector<double> ages;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (rejected(history[i])) ages.push_back(t - static_cast<double>(i + 1) - candidates_from(i + 1));
  }
  return std::min(rule.lambda, (1 - rule.lambda) * wealth_sum(rule, t - candidates_from(0), ages));
}

// A test that was reserved and never settled counts as kept and as no candidate: a crash buys nothing.
double addis(const AlphaRule& rule, std::span<const AlphaRecord> history) {
  double kept = 0;
  std::vector<double> kept_until(history.size());
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (!settled(history[i]) || history[i].p <= rule.tau) kept += 1;
    kept_until[i] = kept;
  }
  const auto candidates_from = [&](std::size_t begin) {
    return static_cast<double>(
        std::count_if(history.begin() + static_cast<std::ptrdiff_t>(begin), history.end(),
                      [&](const AlphaRecord& record) { return settled(record) && record.p <= rule.lambda; }));
  };
  std::vector<double> ages;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (rejected(history[i])) ages.push_back(kept - kept_until[i] - candidates_from(i + 1) + 1);
  }
  return std::min(rule.lambda, (rule.tau - rule.lambda) * wealth_sum(rule, kept - candidates_from(0) + 1, ages));
}

double years(Duration duration) {
  return std::chrono::duration<double, std::ratio<31556952>>(duration).count();
}

}  // namespace

Result<AlphaRule> alpha_rule(std::string_view name, double alpha) {
  if (!(alpha > 0 && alpha < 1))
    return Status{StatusCode::invalid_argument, "alpha " + base::format_double(alpha) + " is not between 0 and 1"};
  static constexpr std::pair<std::string_view, AlphaMethod> methods[] = {{"none", AlphaMethod::none},
                                                                         {"budget", AlphaMethod::budget},
                                                                         {"spending", AlphaMethod::spending},
                                                                         {"lond", AlphaMethod::lond},
                                                                         {"lond_dependent", AlphaMethod::lond_dependent},
                                                                         {"elond", AlphaMethod::elond},
                                                                         {"lord++", AlphaMethod::lord_plus_plus},
                                                                         {"lord*", AlphaMethod::lord_star},
                                                                         {"saffron", AlphaMethod::saffron},
                                                                         {"addis", AlphaMethod::addis}};
  std::vector<std::string> known;
  for (const auto& [known_name, method] : methods) {
    if (name == known_name) {
      // The published candidate thresholds: 1/2 for SAFFRON, 1/4 for ADDIS.
      return AlphaRule{.method = method, .alpha = alpha, .lambda = method == AlphaMethod::addis ? 0.25 : 0.5};
    }
    known.emplace_back(known_name);
  }
  return Status{StatusCode::invalid_argument, "'" + base::printable(name) + "' is no rule of levels: " + base::join(known, ", ")};
}

double budget_wealth(const AlphaRule& rule, std::span<const AlphaRecord> history, const AlphaRequest& request) {
  double wealth = rule.alpha;
  Time latest{};    // of any test: a clock set back adds no time
  Time regained{};  // until when wealth has been given back
  bool first = true;
  const auto grow = [&](Time at, bool fresh) {
    latest = first ? at : std::max(latest, at);
    if (first) regained = latest;
    first = false;
    if (!fresh) return;
    wealth = std::min(rule.alpha, wealth + rule.rate_per_year * years(latest - regained));
    regained = latest;
  };
  for (const AlphaRecord& record : history) {
    grow(record.at, record.fresh);
    wealth = std::max(0.0, wealth - record.level);
  }
  grow(request.at, request.fresh);
  return wealth;
}

double next_level(const AlphaRule& rule, std::span<const AlphaRecord> history, const AlphaRequest& request) {
  const double t = static_cast<double>(history.size() + 1);
  const double discoveries = static_cast<double>(count_rejections(history)) + 1;
  switch (rule.method) {
    case AlphaMethod::none: return rule.alpha / 2;
    case AlphaMethod::budget: {
      const double level = rule.share * budget_wealth(rule, history, request);
      return request.fresh || level >= rule.least_level ? level : 0;
    }
    case AlphaMethod::spending: return rule.alpha * weight(rule.weights, t);
    case AlphaMethod::lond:
    case AlphaMethod::elond: return rule.alpha * weight(rule.weights, t) * discoveries;
    case AlphaMethod::lond_dependent: {
      double harmonic = 0;
      for (double k = 1; k <= t; ++k) harmonic += 1 / k;
      return rule.alpha * weight(rule.weights, t) / harmonic * discoveries;
    }
    case AlphaMethod::lord_plus_plus: return lord_plus_plus(rule, history);
    case AlphaMethod::lord_star: return lord_star(rule, history, request);
    case AlphaMethod::saffron: return saffron(rule, history);
    case AlphaMethod::addis: return addis(rule, history);
  }
  return 0;
}

AlphaSummary summarize(std::span<const AlphaRecord> history) {
  AlphaSummary summary;
  for (const AlphaRecord& record : history) summary.spent += record.level;
  summary.rejections = count_rejections(history);
  summary.false_share = summary.spent / static_cast<double>(std::max<std::size_t>(1, summary.rejections));
  return summary;
}

std::size_t first_disagreement(const AlphaRule& rule, std::span<const AlphaRecord> history) {
  for (std::size_t i = 0; i < history.size(); ++i) {
    const AlphaRecord& record = history[i];
    const double level = next_level(rule, history.first(i), {record.at, record.fresh, record.lag});
    if (std::bit_cast<std::uint64_t>(level) != std::bit_cast<std::uint64_t>(record.level)) return i;
  }
  return history.size();
}

}  // namespace retrain
