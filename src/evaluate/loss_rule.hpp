// LossKind: the losses by name, computed row by row, with errors scaled where their squares would leave the range of double.
#pragma once

#include <retrain/evaluation.hpp>
#include <span>
#include <vector>

namespace retrain::evaluate {

enum class LossKind { absolute_error, squared_error, log_loss, zero_one, brier };

/// Fails with invalid_argument when there is no such loss, or not for this task and number of outputs.
Result<LossKind> parse_loss(std::string_view loss, Task task, std::size_t outputs_per_row);

/// Losses of errors multiplied by 2^error_exponent (losses on probabilities ignore it). A row whose label or prediction is not
/// finite has loss NaN. Fails when the lengths disagree or a label is no class.
Result<std::vector<double>> scaled_row_losses(LossKind kind, Task task, std::span<const double> actual,
                                              std::span<const double> predictions, std::size_t outputs_per_row,
                                              int error_exponent);

}  // namespace retrain::evaluate
