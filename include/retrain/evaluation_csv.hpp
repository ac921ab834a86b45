// Evaluation from a CSV file: predictions or losses of two models, one row each, as other tools write them.
#pragma once

#include <retrain/evaluation.hpp>
#include <string>
#include <vector>

namespace retrain {

/// Which columns mean what. Predictions stand in actual, candidate, production (of several classes candidate_0, candidate_1, …),
/// or the losses themselves in loss_candidate, loss_production. anchor or loss_anchor, where present, is a third model.
struct EvaluationColumns {
  std::string loss = "auto";        ///< of the predictions; with losses in the file "given"
  std::string session = "session";  ///< the cluster of a row; without a column "session" every row is its own
  bool session_required = false;    ///< fail instead
  std::string second_cluster;       ///< empty = none
  std::vector<std::string> segments;
  std::size_t recent_sessions = 0;  ///< the last ones, in the order in which they first appear, are `recent`
};

/// Reads `path`. Numbers as strtod reads them, also inf; an empty cell, NA or nan is missing: a label that is missing is left out
/// by the gate, a prediction that is missing is a fault of its model. Sessions stand in the order in which they first appear.
/// Fails with not_found, with invalid_argument naming a column that is absent, with data_not_ready naming line and column of a
/// cell that is no number, or a record of another width. Sets Evaluation::task from the loss and the columns.
Result<Evaluation> read_evaluation_csv(const std::string& path, const EvaluationColumns& columns);

}  // namespace retrain
