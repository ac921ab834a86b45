// Matrix: owns one XGBoost data matrix, made from the sessions of a stream.
#pragma once

#include <memory>
#include <optional>
#include <retrain/data_source.hpp>
#include <stop_token>
#include <vector>

#include "features.hpp"
#include "xgboost_api.hpp"

namespace retrain::train {

class Matrix {
 public:
  Matrix(std::shared_ptr<const XgboostApi> api, Handle handle);
  Handle get() const { return handle_.get(); }
  /// The targets of its rows and, where they have any, their weights; kept by plain matrices only.
  const std::vector<float>& labels() const { return labels_; }
  const std::vector<float>& weights() const { return weights_; }

 private:
  friend struct MatrixRecipe;
  std::shared_ptr<void> handle_;
  std::vector<float> labels_, weights_;
};

/// How much the rows of a session count: by a weight of their own, and half for each `half_life` sessions of age.
struct RowWeights {
  std::optional<double> half_life;
  std::size_t sessions = 0;    ///< in the stream: the newest has the number sessions - 1
  bool columns_weigh = false;  ///< whether any frame has weights

  bool any() const { return half_life.has_value() || columns_weigh; }
  std::vector<float> of(const Frame& frame, std::size_t session) const;
};

/// What a matrix is made from.
struct MatrixRecipe {
  std::shared_ptr<const XgboostApi> api;
  const FeatureSpace& features;
  FrameStream& stream;
  unsigned threads = 1;
  std::stop_token stop;
  RowWeights weights;

  /// The matrix to train on: histogram bins, one session in memory at a time, several passes over the stream.
  /// A stream's failure is returned as it is; `cancelled` when asked to stop.
  Result<Matrix> quantile_matrix(int max_bin) const;
  /// Matrices to judge on: exact values, some sessions in each. The bins of a quantile matrix would blur the splits of a
  /// parent that was fitted on other data.
  Result<std::vector<Matrix>> plain_matrices() const;
  /// One row without values: a leaf at the root gets all the same.
  Result<Matrix> empty_row() const;

 private:
  Result<Matrix> plain_matrix(const std::vector<float>& block, std::size_t rows) const;
};

}  // namespace retrain::train
