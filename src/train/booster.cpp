#include "booster.hpp"

#include <algorithm>

namespace retrain::train {
namespace {

// All trees, probabilities rather than margins. cache_id and missing are asked for by 1.7.
constexpr const char* predict_config =
    R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"cache_id":0,"missing":NaN})";
constexpr const char* margin_config =
    R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"cache_id":0,"missing":NaN})";

std::size_t result_size(const Length* shape, Length dimensions) {
  std::size_t size = 1;
  for (Length i = 0; i < dimensions; ++i) size *= static_cast<std::size_t>(shape[i]);
  return size;
}

}  // namespace

Booster::Booster(std::shared_ptr<const XgboostApi> api, Handle handle)
    : api_(std::move(api)), handle_(handle, [owner = api_](Handle held) { static_cast<void>(owner->booster_free(held)); }) {}

Result<Booster> Booster::create(std::shared_ptr<const XgboostApi> api) {
  Handle handle = nullptr;
  if (Status status = api->status(api->booster_create(nullptr, 0, &handle), "create a booster"); !status) return status;
  return Booster(std::move(api), handle);
}

Result<Booster> Booster::create(std::shared_ptr<const XgboostApi> api, const Matrix& matrix) {
  const Handle data = matrix.get();
  Handle handle = nullptr;
  if (Status status = api->status(api->booster_create(&data, 1, &handle), "create a booster"); !status) return status;
  return Booster(std::move(api), handle);
}

Status Booster::set(const std::string& name, const std::string& value) {
  return api_->status(api_->booster_set_param(handle_.get(), name.c_str(), value.c_str()), "set " + name);
}

Status Booster::set(const std::map<std::string, std::string>& parameters) {
  for (const auto& [name, value] : parameters) {
    if (Status status = set(name, value); !status) return status;
  }
  return {};
}

Status Booster::describe(const FeatureSpace& features) {
  const std::vector<std::string> names = features.names();
  std::vector<const char*> name_texts, types;
  for (std::size_t i = 0; i < names.size(); ++i) {
    name_texts.push_back(names[i].c_str());
    types.push_back(i < features.numeric_columns() ? "float" : "c");
  }
  Status status = api_->status(api_->booster_set_feature_info(handle_.get(), "feature_name", name_texts.data(), names.size()),
                               "name features");
  if (!status) return status;
  return api_->status(api_->booster_set_feature_info(handle_.get(), "feature_type", types.data(), types.size()), "type features");
}

Status Booster::load(const std::string& bytes) {
  return api_->status(api_->booster_load(handle_.get(), bytes.data(), bytes.size()), "load the model");
}

Result<std::string> Booster::save() const {
  Length size = 0;
  const char* bytes = nullptr;
  const int code = api_->booster_save(handle_.get(), R"({"format":"ubj"})", &size, &bytes);
  if (Status status = api_->status(code, "save the model"); !status) return status;
  return std::string(bytes, size);
}

Result<int> Booster::rounds() const {
  int rounds = 0;
  if (Status status = api_->status(api_->booster_rounds(handle_.get(), &rounds), "count rounds"); !status) return status;
  return rounds;
}

Result<std::size_t> Booster::feature_count() const {
  Length count = 0;
  if (Status status = api_->status(api_->booster_num_feature(handle_.get(), &count), "count features"); !status) return status;
  return static_cast<std::size_t>(count);
}

Status Booster::update(int round, const Matrix& matrix) {
  return api_->status(api_->booster_update(handle_.get(), round, matrix.get()), "train round " + std::to_string(round + 1));
}

Status Booster::boost(int round, const Matrix& matrix, std::vector<float> gradients) {
  std::vector<float> hessians(gradients.size(), 1.0F);
  int code = 0;
  if (api_->booster_boost_round != nullptr) {
    const std::string first = array_interface(gradients.data(), 1, gradients.size(), gradients.size());
    const std::string second = array_interface(hessians.data(), 1, hessians.size(), hessians.size());
    code = api_->booster_boost_round(handle_.get(), matrix.get(), round, first.c_str(), second.c_str());
  } else {
    code = api_->booster_boost(handle_.get(), matrix.get(), gradients.data(), hessians.data(), gradients.size());
  }
  return api_->status(code, "add a single leaf");
}

Result<Booster> Booster::first_rounds(int rounds_kept) const {
  // The library takes an end of 0 for "all", and says nothing about a range beyond the end: the range is checked here.
  const auto have = rounds();
  if (!have) return have.status();
  if (rounds_kept < 1 || rounds_kept > *have) {
    return Status{StatusCode::internal,
                  "cannot keep " + std::to_string(rounds_kept) + " of " + std::to_string(*have) + " rounds"};
  }
  Handle sliced = nullptr;
  const int code = api_->booster_slice(handle_.get(), 0, rounds_kept, 1, &sliced);
  if (Status status = api_->status(code, "keep the first rounds"); !status) return status;
  return Booster(api_, sliced);
}

Result<std::vector<double>> Booster::predict(const Matrix& matrix) const {
  return predict(matrix, predict_config);
}

Result<std::vector<double>> Booster::predict_margins(const Matrix& matrix) const {
  return predict(matrix, margin_config);
}

Result<std::vector<double>> Booster::predict(const Matrix& matrix, const char* config) const {
  const Length* shape = nullptr;
  Length dimensions = 0;
  const float* result = nullptr;
  const int code = api_->booster_predict_matrix(handle_.get(), matrix.get(), config, &shape, &dimensions, &result);
  if (Status status = api_->status(code, "predict"); !status) return status;
  return std::vector<double>(result, result + result_size(shape, dimensions));
}

Status Booster::predict_rows(const RowsView& rows, std::span<double> out) const {
  const std::string data = array_interface(rows.data, rows.rows, rows.columns, rows.row_stride);
  const Length* shape = nullptr;
  Length dimensions = 0;
  const float* result = nullptr;
  const int code =
      api_->booster_predict_dense(handle_.get(), data.c_str(), predict_config, nullptr, &shape, &dimensions, &result);
  if (Status status = api_->status(code, "predict"); !status) return status;
  const std::size_t size = result_size(shape, dimensions);
  if (size != out.size()) {
    return {StatusCode::internal, "xgboost gave " + std::to_string(size) + " predictions for " + std::to_string(out.size())};
  }
  // The result is memory of this thread's next call into the library: copied at once.
  std::copy(result, result + size, out.begin());
  return {};
}

}  // namespace retrain::train
