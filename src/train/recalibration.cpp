#include "recalibration.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/text.hpp"

namespace retrain::train {
namespace {

constexpr std::size_t most_classes = 100;

double weight_of(const ShiftRows& rows, std::size_t row) {
  return rows.weights.empty() ? 1.0 : static_cast<double>(rows.weights[row]);
}

double residual(const ShiftRows& rows, std::size_t row) {
  return static_cast<double>(rows.labels[row]) - rows.margins[row];
}

/// The weighted mean of `value(row)`, summed by Neumaier's method.
double weighted_mean(const ShiftRows& rows, const std::function<double(std::size_t)>& value) {
  double sum = 0, carry = 0, total = 0;
  for (std::size_t row = 0; row < rows.labels.size(); ++row) {
    const double term = weight_of(rows, row) * value(row);
    const double next = sum + term;
    carry += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
    total += weight_of(rows, row);
  }
  return (sum + carry) / total;
}

double weighted_median(const ShiftRows& rows) {
  std::vector<std::pair<double, double>> residuals;
  double total = 0;
  for (std::size_t row = 0; row < rows.labels.size(); ++row) {
    const double weight = weight_of(rows, row);
    if (weight <= 0) continue;
    residuals.emplace_back(residual(rows, row), weight);
    total += weight;
  }
  std::sort(residuals.begin(), residuals.end());
  double below = 0;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    below += residuals[i].second;
    if (2 * below > total) return residuals[i].first;
    // Exactly half: any value up to the next one fits as well, and the middle is taken.
    if (2 * below == total && i + 1 < residuals.size()) return 0.5 * (residuals[i].first + residuals[i + 1].first);
  }
  return residuals.back().first;
}

/// The root of a falling function that gives value and slope: Newton's steps, kept inside a bracket that shrinks.
double falling_root(const std::function<std::pair<double, double>(double)>& function) {
  double low = -1, high = 1;
  while (function(low).first < 0 && low > -1e18) low *= 4;
  while (function(high).first > 0 && high < 1e18) high *= 4;
  double at = 0;
  for (int step = 0; step < 200; ++step) {
    const auto [value, slope] = function(at);
    if (value == 0) break;
    (value > 0 ? low : high) = at;
    double next = slope < 0 ? at - value / slope : low;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - at) <= 1e-15 * std::max(1e-3, std::abs(next))) return next;
    at = next;
  }
  return at;
}

double logistic(double margin) {
  return margin >= 0 ? 1 / (1 + std::exp(-margin)) : std::exp(margin) / (1 + std::exp(margin));
}

Shift logistic_shift(const ShiftRows& rows) {
  const double rate = weighted_mean(rows, [&](std::size_t row) { return static_cast<double>(rows.labels[row]); });
  if (rate <= 0) return {{}, "every target of the newest sessions is 0"};
  if (rate >= 1) return {{}, "every target of the newest sessions is 1"};
  const double shift = falling_root([&](double s) {
    const double mean = weighted_mean(rows, [&](std::size_t row) { return logistic(rows.margins[row] + s); });
    const double slope = weighted_mean(rows, [&](std::size_t row) {
      const double p = logistic(rows.margins[row] + s);
      return p * (1 - p);
    });
    return std::pair(rate - mean, -slope);
  });
  return {{shift}, {}};
}

double huber_shift(const ShiftRows& rows, double slope) {
  return falling_root([&](double s) {
    const auto bend = [&](std::size_t row) { return 1 + std::pow((residual(rows, row) - s) / slope, 2); };
    return std::pair(weighted_mean(rows, [&](std::size_t row) { return (residual(rows, row) - s) / std::sqrt(bend(row)); }),
                     -weighted_mean(rows, [&](std::size_t row) { return std::pow(bend(row), -1.5); }));
  });
}

/// Objectives with a logarithmic link: mean = exp(margin), so that the factor exp(shift) has a closed form.
Shift log_link_shift(const ShiftRows& rows, double power) {
  // Of the Tweedie deviance with variance mean^power: 1 is Poisson, 2 gamma.
  const double given = weighted_mean(
      rows, [&](std::size_t row) { return static_cast<double>(rows.labels[row]) * std::exp((1 - power) * rows.margins[row]); });
  const double expected = weighted_mean(rows, [&](std::size_t row) { return std::exp((2 - power) * rows.margins[row]); });
  if (!(given > 0)) return {{}, "no target of the newest sessions is over 0"};
  return {{std::log(given / expected)}, {}};
}

std::vector<double> probabilities(const ShiftRows& rows, std::size_t row, const std::vector<double>& shift) {
  const std::size_t classes = rows.outputs;
  std::vector<double> p(classes);
  for (std::size_t k = 0; k < classes; ++k) p[k] = rows.margins[row * classes + k] + shift[k];
  const double most = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& value : p) sum += value = std::exp(value - most);
  for (double& value : p) value /= sum;
  return p;
}

/// Solves `matrix` x = `right`, both of which are used up; `matrix` is symmetric and positive definite.
std::vector<double> solve(std::vector<std::vector<double>> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const double factor = matrix[j][i] / matrix[i][i];
      for (std::size_t k = i; k < n; ++k) matrix[j][k] -= factor * matrix[i][k];
      right[j] -= factor * right[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) right[i] -= matrix[i][k] * right[k];
    right[i] /= matrix[i][i];
  }
  return right;
}

/// One point of the multinomial likelihood in the shifts of all classes but the last, whose shift is 0.
struct Multinomial {
  double loss = 0;
  std::vector<double> score;
  std::vector<std::vector<double>> information;
};

Multinomial multinomial_at(const ShiftRows& rows, const std::vector<double>& shift, bool derivatives) {
  const std::size_t free = rows.outputs - 1;
  Multinomial at{0, std::vector<double>(free), std::vector<std::vector<double>>(free, std::vector<double>(free))};
  for (std::size_t row = 0; row < rows.labels.size(); ++row) {
    const double weight = weight_of(rows, row);
    const std::vector<double> p = probabilities(rows, row, shift);
    const auto label = static_cast<std::size_t>(rows.labels[row]);
    at.loss -= weight * std::log(std::max(p[label], 1e-300));
    if (!derivatives) continue;
    for (std::size_t k = 0; k < free; ++k) {
      at.score[k] += weight * ((label == k ? 1.0 : 0.0) - p[k]);
      for (std::size_t l = 0; l < free; ++l) at.information[k][l] += weight * p[k] * ((k == l ? 1.0 : 0.0) - p[l]);
    }
  }
  return at;
}

Shift multinomial_shift(const ShiftRows& rows) {
  const std::size_t classes = rows.outputs;
  if (classes > most_classes) return {{}, std::to_string(classes) + " classes are more than the 100 that can be shifted at once"};
  std::vector<bool> seen(classes, false);
  for (std::size_t row = 0; row < rows.labels.size(); ++row) {
    if (weight_of(rows, row) > 0) seen[static_cast<std::size_t>(rows.labels[row])] = true;
  }
  if (const auto absent = std::find(seen.begin(), seen.end(), false); absent != seen.end()) {
    return {{}, "class " + std::to_string(absent - seen.begin()) + " does not occur in the newest sessions"};
  }
  std::vector<double> shift(classes, 0);
  for (int step = 0; step < 100; ++step) {
    const Multinomial at = multinomial_at(rows, shift, true);
    const std::vector<double> direction = solve(at.information, at.score);
    double largest = 0;
    for (const double d : direction) largest = std::max(largest, std::abs(d));
    // Newton's step, halved until the loss does not grow: far away a full one may overshoot.
    double length = 1;
    std::vector<double> next = shift;
    for (int halving = 0; halving < 40; ++halving, length /= 2) {
      for (std::size_t k = 0; k + 1 < classes; ++k) next[k] = shift[k] + length * direction[k];
      if (multinomial_at(rows, next, false).loss <= at.loss + 1e-12 * std::abs(at.loss)) break;
    }
    shift = next;
    if (!std::isfinite(largest) || largest < 1e-14) break;
  }
  const double centre = std::accumulate(shift.begin(), shift.end(), 0.0) / static_cast<double>(classes);
  for (double& value : shift) value -= centre;
  return {shift, {}};
}

double parameter_or(const Parameters& parameters, const char* name, double fallback) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? fallback : base::parse_double(found->second).value_or(fallback);
}

}  // namespace

std::optional<std::string> obstacle_to_shift(const std::string& objective) {
  if (objective != "reg:squaredlogerror") return std::nullopt;
  return "no shift is exact for objective " + objective;
}

Shift best_shift(const ShiftRows& rows, const Parameters& parameters) {
  const std::string& objective = parameters.at("objective");
  Shift shift;
  if (objective == "reg:squarederror") {
    shift.values = {weighted_mean(rows, [&](std::size_t row) { return residual(rows, row); })};
  } else if (objective == "reg:absoluteerror") {
    shift.values = {weighted_median(rows)};
  } else if (objective == "reg:pseudohubererror") {
    shift.values = {huber_shift(rows, parameter_or(parameters, "huber_slope", 1))};
  } else if (objective == "binary:logistic") {
    shift = logistic_shift(rows);
  } else if (objective == "multi:softprob") {
    shift = multinomial_shift(rows);
  } else if (objective == "count:poisson") {
    shift = log_link_shift(rows, 1);
  } else if (objective == "reg:gamma") {
    shift = log_link_shift(rows, 2);
  } else if (objective == "reg:tweedie") {
    shift = log_link_shift(rows, parameter_or(parameters, "tweedie_variance_power", 1.5));
  } else {
    shift.obstacle = "no shift is known for objective " + objective;
  }
  const bool finite = std::all_of(shift.values.begin(), shift.values.end(),
                                  [](double value) { return std::isfinite(static_cast<float>(value)); });
  if (!finite) return {{}, "the shift that the newest sessions ask for is not a finite number"};
  return shift;
}

}  // namespace retrain::train
