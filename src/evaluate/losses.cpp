#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/evaluation.hpp>

#include "base/text.hpp"
#include "loss_rule.hpp"

namespace retrain {

namespace evaluate {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// A probability of exactly 0 for what happened would make one row outweigh all others.
constexpr double least_probability = 1e-15;

double binary_log_loss(double actual, double probability) {
  const double happened = actual == 1 ? probability : 1 - probability;
  return -std::log(std::clamp(happened, least_probability, 1.0));
}

std::size_t likeliest(std::span<const double> probabilities) {
  return static_cast<std::size_t>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

double class_loss(LossKind kind, double actual, std::span<const double> probabilities) {
  const auto truth = static_cast<std::size_t>(actual);
  switch (kind) {
    case LossKind::log_loss: return -std::log(std::clamp(probabilities[truth], least_probability, 1.0));
    case LossKind::zero_one: return likeliest(probabilities) == truth ? 0 : 1;
    default: break;
  }
  double brier = 0;
  for (std::size_t k = 0; k < probabilities.size(); ++k) {
    const double miss = probabilities[k] - (k == truth ? 1 : 0);
    brier += miss * miss;
  }
  return brier;
}

double binary_loss(LossKind kind, double actual, double probability) {
  switch (kind) {
    case LossKind::log_loss: return binary_log_loss(actual, probability);
    case LossKind::zero_one: return (probability >= 0.5 ? 1.0 : 0.0) == actual ? 0 : 1;
    default: break;
  }
  return (probability - actual) * (probability - actual);
}

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

Status check_class(double actual, std::size_t classes, std::size_t row) {
  if (actual >= 0 && actual < static_cast<double>(classes) && actual == std::floor(actual)) return {};
  return {StatusCode::invalid_argument, "label " + base::format_double(actual) + " in row " + std::to_string(row + 1) +
                                            " is no class from 0 to " + std::to_string(classes - 1)};
}

}  // namespace

Result<LossKind> parse_loss(std::string_view loss, Task task, std::size_t outputs_per_row) {
  const bool numeric = loss == "absolute_error" || loss == "squared_error";
  const bool probability = loss == "log_loss" || loss == "zero_one" || loss == "brier";
  if (!numeric && !probability) {
    return Status{StatusCode::invalid_argument,
                  "'" + base::printable(loss) + "' is no loss: absolute_error, squared_error, log_loss, zero_one, brier"};
  }
  if (probability ? task == Task::regression : task == Task::multiclass) {
    return Status{StatusCode::invalid_argument,
                  std::string(loss) + " is not defined for the task " + std::string(to_string(task))};
  }
  if (task == Task::multiclass ? outputs_per_row < 2 : outputs_per_row != 1) {
    return Status{StatusCode::invalid_argument,
                  std::to_string(outputs_per_row) + " outputs per row do not fit the task " + std::string(to_string(task))};
  }
  if (loss == "absolute_error") return LossKind::absolute_error;
  if (loss == "squared_error") return LossKind::squared_error;
  if (loss == "log_loss") return LossKind::log_loss;
  return loss == "zero_one" ? LossKind::zero_one : LossKind::brier;
}

Result<std::vector<double>> scaled_row_losses(LossKind kind, Task task, std::span<const double> actual,
                                              std::span<const double> predictions, std::size_t outputs_per_row,
                                              int error_exponent) {
  if (predictions.size() != actual.size() * outputs_per_row) {
    return Status{StatusCode::invalid_argument, std::to_string(predictions.size()) + " predictions for " +
                                                    std::to_string(actual.size()) + " labels with " +
                                                    std::to_string(outputs_per_row) + " outputs each"};
  }
  const double scale = std::ldexp(1.0, error_exponent);
  std::vector<double> losses(actual.size(), nan);
  for (std::size_t row = 0; row < actual.size(); ++row) {
    const auto outputs = predictions.subspan(row * outputs_per_row, outputs_per_row);
    if (!std::isfinite(actual[row]) || !all_finite(outputs)) continue;
    if (kind == LossKind::absolute_error || kind == LossKind::squared_error) {
      // Huge values are scaled before the subtraction, which could overflow; tiny ones after it, which is exact.
      const double error = error_exponent < 0 ? outputs[0] * scale - actual[row] * scale : (outputs[0] - actual[row]) * scale;
      losses[row] = kind == LossKind::absolute_error ? std::abs(error) : error * error;
      continue;
    }
    const std::size_t classes = task == Task::multiclass ? outputs_per_row : 2;
    if (const Status known = check_class(actual[row], classes, row); !known) return known;
    losses[row] = task == Task::multiclass ? class_loss(kind, actual[row], outputs) : binary_loss(kind, actual[row], outputs[0]);
  }
  return losses;
}

}  // namespace evaluate

Result<std::vector<double>> row_losses(std::string_view loss, Task task, std::span<const double> actual,
                                       std::span<const double> predictions, std::size_t outputs_per_row) {
  const auto kind = evaluate::parse_loss(resolve_loss(loss, task), task, outputs_per_row);
  if (!kind) return kind.status();
  return evaluate::scaled_row_losses(*kind, task, actual, predictions, outputs_per_row, 0);
}

std::string resolve_loss(std::string_view loss, Task task) {
  if (loss != "auto") return std::string(loss);
  return task == Task::regression ? "absolute_error" : "log_loss";
}

}  // namespace retrain
