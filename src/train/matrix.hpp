// Matrix: owns one XGBoost data matrix, made from the sessions of a stream.
#pragma once

#include <memory>
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
  /// The targets of its rows; kept by plain_matrix only.
  const std::vector<float>& labels() const { return labels_; }

 private:
  friend struct MatrixRecipe;
  std::shared_ptr<void> handle_;
  std::vector<float> labels_;
};

/// What a matrix is made from.
struct MatrixRecipe {
  std::shared_ptr<const XgboostApi> api;
  const FeatureSpace& features;
  FrameStream& stream;
  unsigned threads = 1;
  std::stop_token stop;

  /// The matrix to train on: histogram bins, one session in memory at a time, several passes over the stream.
  /// A stream's failure is returned as it is; `cancelled` when asked to stop.
  Result<Matrix> quantile_matrix(int max_bin) const;
  /// The matrix to judge on: exact values, all sessions in one block. The bins of a quantile matrix would blur the splits of a
  /// parent that was fitted on other data.
  Result<Matrix> plain_matrix() const;
};

}  // namespace retrain::train
