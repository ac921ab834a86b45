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
  /// The first `rounds` rounds, at least one.
  Result<Booster> first_rounds(int rounds) const;
  /// Predictions by all rounds, `outputs` a row.
  Result<std::vector<double>> predict(const Matrix& matrix) const;
  Status predict_rows(const RowsView& rows, std::span<double> out) const;

 private:
  Booster(std::shared_ptr<const XgboostApi> api, Handle handle);

  std::shared_ptr<const XgboostApi> api_;
  std::shared_ptr<void> handle_;
};

}  // namespace retrain::train
