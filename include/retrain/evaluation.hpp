// Evaluation: candidate and production on the same labelled rows. The gate's and the comparator's only input.
#pragma once

#include <cstdint>
#include <retrain/config.hpp>
#include <retrain/status.hpp>
#include <span>
#include <string>
#include <vector>

namespace retrain {

/// A named grouping of rows: "circuit" with its values.
struct SegmentColumn {
  std::string name;
  std::vector<std::int32_t> codes;  ///< one a row; -1 = none
  std::vector<std::string> dictionary;
};

/// One entry per row of the holdout. Row vectors have rows() values, predictions rows() × outputs_per_row. With the loss "given"
/// candidate, production and anchor hold the host's own losses, any finite numbers, and `actual` only says which rows count.
struct Evaluation {
  Task task = Task::regression;
  std::string loss = "absolute_error";
  std::size_t outputs_per_row = 1;
  std::vector<std::string> sessions;  ///< ids, oldest first
  std::vector<std::uint32_t> session_of_row;
  std::vector<std::int64_t> row_number;  ///< with the session: the key of a row
  std::vector<double> actual;
  std::vector<double> candidate;
  std::vector<double> production;   ///< empty = there is no production model
  std::vector<double> anchor;       ///< empty = no anchor
  std::vector<std::string> recent;  ///< ids of the newest sessions
  std::vector<SegmentColumn> segments;
  SegmentColumn second_cluster;  ///< a grouping that recurs across sessions; no codes = none
  std::string candidate_sha256, production_sha256, anchor_sha256;
  std::vector<std::string> trained_sessions;    ///< of either model: none may stand in `sessions`
  std::vector<std::string> selection_sessions;  ///< chose the candidate (early stopping, best, search): neither may these

  std::size_t rows() const { return actual.size(); }
};

/// The stored form (docs/formats/evaluation.md); equal evaluations give equal bytes.
std::string serialize(const Evaluation& evaluation);
/// Reads it back. Fails with corrupt, naming the place, also when the columns do not fit together; with incompatible when a newer
/// version wrote it.
Result<Evaluation> parse_evaluation(std::string_view bytes);

/// Loss of each row under `loss` ("absolute_error", "squared_error", "pinball(0.9)", "log_loss", "zero_one", "brier", or "given":
/// the predictions themselves), in double. `predictions` holds actual.size() × outputs_per_row values: a number, the probability
/// of class 1, or one probability a class; for zero_one of several classes also the class itself. Probabilities are kept above
/// 1e-15 in the log loss. A row whose label or prediction is not finite has loss NaN.
/// Fails with invalid_argument naming both lengths, the loss, or the label that is no class.
Result<std::vector<double>> row_losses(std::string_view loss, Task task, std::span<const double> actual,
                                       std::span<const double> predictions, std::size_t outputs_per_row = 1);
/// "auto" resolved: absolute_error for regression, log_loss else.
std::string resolve_loss(std::string_view loss, Task task);

}  // namespace retrain
