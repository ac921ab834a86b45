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

Status check_label(double actual, std::size_t row) {
  if (actual == std::floor(actual)) return {};
  return {StatusCode::invalid_argument,
          "label " + base::format_double(actual) + " in row " + std::to_string(row + 1) + " is no number of a class"};
}

}  // namespace

Result<LossRule> read_loss(std::string_view loss) {
  if (loss == "absolute_error") return LossRule{LossKind::absolute_error};
  if (loss == "squared_error") return LossRule{LossKind::squared_error};
  if (loss == "log_loss") return LossRule{LossKind::log_loss};
  if (loss == "zero_one") return LossRule{LossKind::zero_one};
  if (loss == "brier") return LossRule{LossKind::brier};
  if (loss == "given") return LossRule{LossKind::given};
  if (loss.starts_with("pinball(") && loss.ends_with(")")) {
    const auto quantile = base::parse_double(loss.substr(8, loss.size() - 9));
    if (quantile && *quantile > 0 && *quantile < 1) return LossRule{LossKind::pinball, *quantile};
    return Status{StatusCode::invalid_argument, base::printable(loss) + " has no quantile between 0 and 1, as pinball(0.9) has"};
  }
  return Status{StatusCode::invalid_argument,
                "'" + base::printable(loss) +
                    "' is no loss: absolute_error, squared_error, pinball(0.9), log_loss, zero_one, brier, given"};
}

Result<LossRule> parse_loss(std::string_view loss, Task task, std::size_t outputs_per_row) {
  const auto rule = read_loss(loss);
  if (!rule) return rule;
  const bool fits = rule->kind == LossKind::given || rule->of_errors() == (task == Task::regression);
  if (!fits) {
    return Status{StatusCode::invalid_argument,
                  base::printable(loss) + " is not defined for the task " + std::string(to_string(task))};
  }
  // Several classes have a probability each; whether a class was hit, the class itself says as well.
  const bool one = task != Task::multiclass || rule->kind == LossKind::zero_one || rule->kind == LossKind::given;
  const bool many = task == Task::multiclass && rule->kind != LossKind::given;
  if (outputs_per_row == 1 ? !one : outputs_per_row < 2 || !many) {
    return Status{StatusCode::invalid_argument, std::to_string(outputs_per_row) + " outputs per row do not fit " +
                                                    base::printable(loss) + " for the task " + std::string(to_string(task))};
  }
  return rule;
}

Result<std::vector<double>> scaled_row_losses(const LossRule& rule, Task task, std::span<const double> actual,
                                              std::span<const double> predictions, std::size_t outputs_per_row, int exponent) {
  if (predictions.size() != actual.size() * outputs_per_row) {
    return Status{StatusCode::invalid_argument, std::to_string(predictions.size()) + " predictions for " +
                                                    std::to_string(actual.size()) + " labels with " +
                                                    std::to_string(outputs_per_row) + " outputs each"};
  }
  const double scale = std::ldexp(1.0, exponent);
  std::vector<double> losses(actual.size(), nan);
  for (std::size_t row = 0; row < actual.size(); ++row) {
    const auto outputs = predictions.subspan(row * outputs_per_row, outputs_per_row);
    if (!std::isfinite(actual[row]) || !all_finite(outputs)) continue;
    if (rule.kind == LossKind::given) {
      losses[row] = outputs[0] * scale;
    } else if (rule.of_errors()) {
      losses[row] = loss_of_error(rule, scaled_error(outputs[0], actual[row], exponent, scale));
    } else if (task == Task::multiclass && outputs_per_row == 1) {
      if (const Status whole = check_label(actual[row], row); !whole) return whole;
      losses[row] = outputs[0] == actual[row] ? 0 : 1;
    } else {
      const std::size_t classes = task == Task::multiclass ? outputs_per_row : 2;
      if (const Status known = check_class(actual[row], classes, row); !known) return known;
      losses[row] = task == Task::multiclass ? class_loss(rule.kind, actual[row], outputs)
                                             : binary_loss(rule.kind, actual[row], outputs[0]);
    }
  }
  return losses;
}

}  // namespace evaluate

Result<std::vector<double>> row_losses(std::string_view loss, Task task, std::span<const double> actual,
                                       std::span<const double> predictions, std::size_t outputs_per_row) {
  const auto rule = evaluate::parse_loss(resolve_loss(loss, task), task, outputs_per_row);
  if (!rule) return rule.status();
  return evaluate::scaled_row_losses(*rule, task, actual, predictions, outputs_per_row, 0);
}

std::string resolve_loss(std::string_view loss, Task task) {
  if (loss != "auto") return std::string(loss);
  return task == Task::regression ? "absolute_error" : "log_loss";
}

}  // namespace retrain
