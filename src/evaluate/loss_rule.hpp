// LossRule: the losses by name, computed row by row, with errors scaled where their squares would leave the range of double.
#pragma once

#include <retrain/evaluation.hpp>
#include <span>
#include <vector>

namespace retrain::evaluate {

enum class LossKind { absolute_error, squared_error, pinball, log_loss, zero_one, brier, given };

struct LossRule {
  LossKind kind = LossKind::absolute_error;
  double quantile = 0.5;  ///< of pinball

  bool operator==(const LossRule&) const = default;
  /// Of a number that misses another one.
  bool of_errors() const {
    return kind == LossKind::absolute_error || kind == LossKind::squared_error || kind == LossKind::pinball;
  }
};

/// The loss of that name, for whatever task; "auto" is none. Fails with invalid_argument.
Result<LossRule> read_loss(std::string_view loss);
/// The same, failing with invalid_argument also when it is not for this task and number of outputs.
Result<LossRule> parse_loss(std::string_view loss, Task task, std::size_t outputs_per_row);

/// Losses of errors, or given losses, multiplied by 2^exponent (losses on probabilities ignore it; the squared error has twice
/// the exponent). A row whose label or prediction is not finite has loss NaN. Fails when the lengths disagree or a label is no
/// class.
Result<std::vector<double>> scaled_row_losses(const LossRule& rule, Task task, std::span<const double> actual,
                                              std::span<const double> predictions, std::size_t outputs_per_row, int exponent);

/// prediction − actual, times 2^exponent: huge values are scaled before the subtraction, which could overflow; tiny ones after
/// it, which is exact.
inline double scaled_error(double prediction, double actual, int exponent, double scale) {
  return exponent < 0 ? prediction * scale - actual * scale : (prediction - actual) * scale;
}

/// The loss of an error, both scaled.
inline double loss_of_error(const LossRule& rule, double error) {
  if (rule.kind == LossKind::squared_error) return error * error;
  if (rule.kind == LossKind::absolute_error) return error < 0 ? -error : error;
  return error <= 0 ? rule.quantile * -error : (1 - rule.quantile) * error;
}

}  // namespace retrain::evaluate
