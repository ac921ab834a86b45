#include "xgboost_model.hpp"

#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "booster.hpp"
#include "library_log.hpp"
#include "model_bytes.hpp"

namespace retrain::train {
namespace {

constexpr std::size_t most_outputs = 1000;

/// Immutable: the booster is prepared before anyone else sees it, after which predicting only reads it.
class XgboostModel final : public Model {
 public:
  XgboostModel(ModelArtifact artifact, FeatureSpace features, Booster booster)
      : artifact_(std::move(artifact)), features_(std::move(features)), booster_(std::move(booster)) {}

  Result<std::vector<double>> predict(const Frame& frame) const override {
    const auto block = features_.encode(frame);
    if (!block) return block.status();
    std::vector<double> out(frame.rows * outputs());
    const RowsView rows{block->data(), frame.rows, features_.columns(), features_.columns()};
    if (Status status = predict_block(rows, out); !status) return status;
    return out;
  }

  Status predict_rows(const RowsView& rows, std::span<double> out) const override {
    if (rows.columns != features_.columns()) {
      return {StatusCode::invalid_argument, "rows of " + std::to_string(rows.columns) + " columns for a model of " +
                                                std::to_string(features_.columns()) + " features"};
    }
    if (out.size() != rows.rows * outputs()) {
      return {StatusCode::invalid_argument, "a buffer of " + std::to_string(out.size()) + " values for " +
                                                std::to_string(rows.rows) + " rows of " + std::to_string(outputs()) + " outputs"};
    }
    if (rows.rows > 0 && (rows.data == nullptr || rows.row_stride < rows.columns)) {
      return {StatusCode::invalid_argument, "a row stride of " + std::to_string(rows.row_stride) + " for " +
                                                std::to_string(rows.columns) + " columns, or no rows at all"};
    }
    if (readable(rows)) return predict_block(rows, out);
    const std::vector<float> block = readable_copy(rows);
    return predict_block({block.data(), rows.rows, rows.columns, rows.columns}, out);
  }

  Result<ModelArtifact> save() const override { return artifact_; }
  const ModelDescription& description() const override { return artifact_.description; }

 private:
  std::size_t outputs() const { return artifact_.description.outputs_per_row; }

  Status predict_block(const RowsView& rows, std::span<double> out) const {
    return rows.rows == 0 ? Status{} : booster_.predict_rows(rows, out);
  }

  bool readable(const RowsView& rows) const {
    for (std::size_t row = 0; row < rows.rows; ++row) {
      for (std::size_t feature = 0; feature < features_.categorical().size(); ++feature) {
        if (!features_.readable_code(feature, rows.data[row * rows.row_stride + features_.numeric_columns() + feature]))
          return false;
      }
    }
    return true;
  }

  /// The library takes a code beyond the dictionary for a category in no split; for us it is missing.
  std::vector<float> readable_copy(const RowsView& rows) const {
    std::vector<float> block;
    block.reserve(rows.rows * rows.columns);
    for (std::size_t row = 0; row < rows.rows; ++row) {
      const float* begin = rows.data + row * rows.row_stride;
      block.insert(block.end(), begin, begin + rows.columns);
      float* codes = block.data() + block.size() - features_.categorical().size();
      for (std::size_t feature = 0; feature < features_.categorical().size(); ++feature) {
        if (!features_.readable_code(feature, codes[feature])) codes[feature] = std::numeric_limits<float>::quiet_NaN();
      }
    }
    return block;
  }

  ModelArtifact artifact_;
  FeatureSpace features_;
  Booster booster_;
};

Status check_description(const ModelDescription& description) {
  if (description.trainer.name != trainer_name) {
    return {StatusCode::incompatible,
            "the model was made by trainer '" + base::printable(description.trainer.name) + "', not by " + trainer_name};
  }
  const std::size_t outputs = description.outputs_per_row;
  const bool fits = description.task == Task::multiclass ? outputs >= 2 && outputs <= most_outputs : outputs == 1;
  if (fits) return {};
  return {StatusCode::corrupt, "the description names " + std::to_string(outputs) + " outputs a row for task " +
                                   std::string(to_string(description.task))};
}

Status check_counts(const Booster& booster, const ModelDescription& description, std::size_t columns) {
  const auto features = booster.feature_count();
  if (!features) return features.status();
  if (*features != columns) {
    return {StatusCode::corrupt,
            "the model bytes have " + std::to_string(*features) + " features, its description " + std::to_string(columns)};
  }
  const auto rounds = booster.rounds();
  if (!rounds) return rounds.status();
  if (*rounds != description.rounds) {
    return {StatusCode::corrupt,
            "the model bytes have " + std::to_string(*rounds) + " rounds, its description " + std::to_string(description.rounds)};
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const Model>> load_xgboost_model(std::shared_ptr<const XgboostApi> api, ModelArtifact artifact) {
  const ModelDescription& description = artifact.description;
  if (Status status = check_description(description); !status) return status;
  if (Status status = check_model_bytes(artifact.bytes, *api); !status) return status;
  FeatureSpace features(description.numeric, description.categorical);

  const QuietLibrary quiet(*api);
  auto booster = Booster::create(api);
  if (!booster) return booster.status();
  if (Status status = booster->load(artifact.bytes); !status) return Status{StatusCode::corrupt, status.message()};
  // One thread: a pool of threads does not survive a fork of the host, and buys little on a session of rows.
  if (Status status = booster->set("nthread", "1"); !status) return status;
  if (Status status = check_counts(*booster, description, features.columns()); !status) return status;

  // The library configures itself at the first prediction, unlocked: that one is made here.
  const std::vector<float> probe(features.columns(), std::numeric_limits<float>::quiet_NaN());
  std::vector<double> answer(description.outputs_per_row);
  if (Status status = booster->predict_rows({probe.data(), 1, probe.size(), probe.size()}, answer); !status) {
    return Status{StatusCode::corrupt, status.message()};
  }
  return std::shared_ptr<const Model>(
      std::make_shared<XgboostModel>(std::move(artifact), std::move(features), std::move(*booster)));
}

}  // namespace retrain::train
