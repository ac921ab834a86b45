// Booster: owns one XGBoost booster.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "features.hpp"
#include "matrix.hpp"
#include "xgboost_api.hpp"

namespace retrain::train {

/// Threads: predict_rows from any, at the same time, once prepared by a first call; all else from one.
class Booster {
 public:
  /// An empty booster to load a model into.
  static Result<Booster> create(std::shared_ptr<const XgboostApi> api);
  /// An empty booster for the columns of `matrix`.
  static Result<Booster> create(std::shared_ptr<const XgboostApi> api, const Matrix& matrix);

  Status set(const std::string& name, const std::string& value);
  Status set(const std::map<std::string, std::string>& parameters);
  /// Names and types, kept in the saved bytes for other readers of them.
  Status describe(const FeatureSpace& features);
  Status load(const std::string& bytes);
  Result<std::string> save() const;

  Result<int> rounds() const;
  Result<std::size_t> feature_count() const;
  /// Trains round number `round`, counted from 0.
  Status update(int round, const Matrix& matrix);
  /// Trains round number `round` on the one row of `matrix` by these gradients, one for each output, and hessians of 1.
  Status boost(int round, const Matrix& matrix, std::vector<float> gradients);
  /// The first `rounds` rounds, at least one.
  Result<Booster> first_rounds(int rounds) const;
  /// Predictions by all rounds, `outputs` a row.
  Result<std::vector<double>> predict(const Matrix& matrix) const;
  /// The same before the objective's last transformation: log-odds instead of a probability.
  Result<std::vector<double>> predict_margins(const Matrix& matrix) const;
  Status predict_rows(const RowsView& rows, std::span<double> out) const;

 private:
  Booster(std::shared_ptr<const XgboostApi> api, Handle handle);
  Result<std::vector<double>> predict(const Matrix& matrix, const char* config) const;

  std::shared_ptr<const XgboostApi> api_;
  std::shared_ptr<void> handle_;
};

}  // namespace retrain::train
