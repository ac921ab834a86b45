// Model: something that predicts. Immutable, callable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <retrain/config.hpp>
#include <retrain/frame.hpp>
#include <retrain/part.hpp>
#include <span>
#include <string>
#include <vector>

namespace retrain {

/// A category feature and the texts its codes stand for.
struct CategoryDictionary {
  std::string feature;
  std::vector<std::string> values;
  friend bool operator==(const CategoryDictionary&, const CategoryDictionary&) = default;
};

/// A row kept with the model, with what the model answered when it was new: any later load must answer the same, bit for bit.
struct GoldenRow {
  std::vector<float> numeric;           ///< in the order of the features; NaN = missing
  std::vector<std::string> categories;  ///< texts; empty = missing
  std::vector<double> expected;         ///< outputs_per_row values
};

/// What the search or mode `best` trained and measured before it chose.
struct TrainingTrial {
  std::string name;                               ///< "warm", "trial 3"
  std::map<std::string, std::string> parameters;  ///< those that set it apart; empty = the configured ones
  std::vector<double> losses;                     ///< on the choose sessions, or of each fold
  int rounds = 0;                                 ///< best number of them, the median of the folds
  bool chosen = false;
  std::string note;  ///< why it was not trained to the end; else empty
};

/// Everything about a model but its bytes; model.json holds it.
struct ModelDescription {
  std::string name;
  Task task = Task::regression;
  std::string target;
  std::vector<std::string> numeric;
  std::vector<CategoryDictionary> categorical;
  std::size_t outputs_per_row = 1;
  PartId trainer;
  std::string library;  ///< "xgboost 1.7.4"
  std::map<std::string, std::string> parameters;
  std::uint64_t seed = 0;
  unsigned threads = 1;
  int rounds = 0;             ///< in the model
  int rounds_since_full = 0;  ///< of these, added by warm starts since the last full training
  std::string mode;           ///< "warm", "full" or "recalibrate": what was really done; "import": made elsewhere
  std::string mode_reason;
  std::string parent_sha256;  ///< for warm; else empty
  std::vector<std::string> fit_sessions;
  std::vector<std::string> stop_sessions;
  std::vector<std::string> choose_sessions;  ///< chose between settings or several models
  std::string data_fingerprint;              ///< of all these sessions
  std::vector<GoldenRow> golden_rows;
  std::vector<TrainingTrial> trials;  ///< in the order in which they ran
};

/// A model at rest. Its identity is the SHA-256 of `bytes`.
struct ModelArtifact {
  std::string bytes;
  ModelDescription description;
};

/// Rows of float32 feature values in the caller's memory: numeric features, then category codes of the model's dictionary.
struct RowsView {
  const float* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t row_stride = 0;  ///< floats from one row to the next
};

class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model();

  /// Predictions, `outputs_per_row` values a row. A category the model does not know counts as missing. Fails with
  /// invalid_argument when a feature column is absent, naming it.
  virtual Result<std::vector<double>> predict(const Frame& frame) const = 0;
  /// The same into the caller's buffer of rows × outputs_per_row values. The default goes through a Frame.
  virtual Status predict_rows(const RowsView& rows, std::span<double> out) const;
  virtual Result<ModelArtifact> save() const = 0;
  virtual const ModelDescription& description() const = 0;
  /// Category cells of `frame` whose text the model does not know.
  virtual std::size_t unknown_categories(const Frame& frame) const;
};

/// The golden rows of a description as a frame, in order.
Frame golden_frame(const ModelDescription& description);
/// Predicts the golden rows and compares bit for bit. Fails with corrupt, naming the first row that differs.
Status check_golden_rows(const Model& model);

}  // namespace retrain
