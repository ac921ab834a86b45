// Survey: the first pass over the sessions to learn from: what the model must know before the library sees a row.
#pragma once

#include <optional>
#include <retrain/config.hpp>
#include <retrain/data_source.hpp>
#include <retrain/model.hpp>
#include <stop_token>
#include <vector>

namespace retrain::train {

struct Survey {
  std::size_t rows = 0;
  std::size_t sessions = 0;                     ///< with rows
  bool weighted = false;                        ///< some rows carry a weight
  double target_mean = 0;                       ///< weighted, where there are weights
  std::size_t classes = 0;                      ///< one more than the largest label; 0 for regression
  std::vector<CategoryDictionary> categorical;  ///< texts that occur, sorted
  std::vector<GoldenRow> golden_rows;           ///< up to 32, spread evenly, nothing expected yet
};

/// Reads all of `stream`. Fails with data_not_ready when there is no row, or a row has no target that fits the task, naming
/// session and line, or a weight is no finite number of at least 0; with invalid_argument when a feature column is absent;
/// `cancelled` when asked to stop. `half_life` sessions of age halve the weight in the mean target.
Result<Survey> survey_sessions(FrameStream& stream, const ModelSettings& model, std::stop_token stop,
                               std::optional<double> half_life = std::nullopt);

}  // namespace retrain::train
