#include "matrix.hpp"

#include <cmath>
#include <exception>
#include <limits>
#include <utility>

namespace retrain::train {
namespace {

/// Every label and every value that the library gets passes here: it refuses infinities with a text that names no place.
Status check_values(const Frame& frame, const FeatureSpace& features, const std::vector<float>& block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (!std::isinf(block[i])) continue;
    const std::size_t row = i / features.columns();
    const std::string line =
        row < frame.row_numbers.size() ? "line " + std::to_string(frame.row_numbers[row]) : "row " + std::to_string(row + 1);
    return {StatusCode::data_not_ready,
            "column " + features.names()[i % features.columns()] + " is infinite in session " + frame.session + ", " + line};
  }
  return {};
}

Status set_types(const XgboostApi& api, Handle matrix, const FeatureSpace& features) {
  std::vector<const char*> types(features.columns(), "float");
  for (std::size_t i = features.numeric_columns(); i < types.size(); ++i) types[i] = "c";
  return api.status(api.matrix_set_feature_info(matrix, "feature_type", types.data(), types.size()), "type features");
}

/// Hands a stream's sessions to the library, batch by batch. next and reset are called from C frames: nothing may leave them but
/// a number, so a failure waits in `failure()` for the call that started the passes.
class SessionIterator {
 public:
  SessionIterator(const MatrixRecipe& recipe, Handle proxy) : recipe_(recipe), proxy_(proxy) {}

  static int next(Handle self) noexcept { return static_cast<SessionIterator*>(self)->advance() ? 1 : 0; }
  static void reset(Handle self) noexcept { static_cast<SessionIterator*>(self)->rewind(); }
  const Status& failure() const { return failure_; }

 private:
  bool advance() noexcept {
    if (!failure_) return false;
    try {
      for (;;) {
        if (recipe_.stop.stop_requested()) return fail({StatusCode::cancelled, "asked to stop while the training data was read"});
        auto frame = recipe_.stream.next();
        if (!frame) return fail(frame.status());
        if (*frame == nullptr) return false;
        if ((*frame)->rows == 0) continue;
        return hand_over(**frame);
      }
    } catch (const std::exception& error) {
      return fail({StatusCode::callback_failed, std::string("the data source threw: ") + error.what()});
    } catch (...) {
      return fail({StatusCode::callback_failed, "the data source threw"});
    }
  }

  bool hand_over(const Frame& frame) {
    auto block = recipe_.features.encode(frame);
    if (!block) return fail(block.status());
    block_ = std::move(*block);
    labels_.assign(frame.target.values.begin(), frame.target.values.end());
    // Every pass sees the same rows: one look at them is enough.
    if (passes_ <= 1) {
      if (Status status = check_values(frame, recipe_.features, block_); !status) return fail(std::move(status));
    }
    const XgboostApi& api = *recipe_.api;
    const std::string data = array_interface(block_.data(), frame.rows, recipe_.features.columns(), recipe_.features.columns());
    if (Status status = api.status(api.proxy_set_dense(proxy_, data.c_str()), "read a session"); !status)
      return fail(std::move(status));
    if (Status status = set_types(api, proxy_, recipe_.features); !status) return fail(std::move(status));
    const std::string labels = array_interface(labels_.data(), labels_.size());
    Status status =
        api.status(api.matrix_set_info(proxy_, "label", labels.c_str()), "read the targets of session " + frame.session);
    if (status && recipe_.weights.any()) {
      weights_ = recipe_.weights.of(frame, session_);
      const std::string weights = array_interface(weights_.data(), weights_.size());
      status = api.status(api.matrix_set_info(proxy_, "weight", weights.c_str()), "read the weights of session " + frame.session);
    }
    ++session_;
    return status ? true : fail(std::move(status));
  }

  void rewind() noexcept {
    if (!failure_) return;
    session_ = 0;
    ++passes_;
    try {
      failure_ = recipe_.stream.rewind();
    } catch (const std::exception& error) {
      fail({StatusCode::callback_failed, std::string("the data source threw: ") + error.what()});
    } catch (...) {
      fail({StatusCode::callback_failed, "the data source threw"});
    }
  }

  bool fail(Status status) {
    failure_ = std::move(status);
    return false;
  }

  const MatrixRecipe& recipe_;
  Handle proxy_;
  std::vector<float> block_, labels_, weights_;
  std::size_t session_ = 0;
  int passes_ = 0;
  Status failure_;
};

}  // namespace

Matrix::Matrix(std::shared_ptr<const XgboostApi> api, Handle handle)
    : handle_(handle, [owner = std::move(api)](Handle held) {
        if (held != nullptr) static_cast<void>(owner->matrix_free(held));
      }) {}

Result<Matrix> MatrixRecipe::quantile_matrix(int max_bin) const {
  Handle proxy = nullptr;
  if (Status status = api->status(api->proxy_create(&proxy), "create a proxy matrix"); !status) return status;
  const Matrix proxy_owner(api, proxy);
  SessionIterator sessions(*this, proxy);
  const std::string config =
      R"({"missing":NaN,"nthread":)" + std::to_string(threads) + R"(,"max_bin":)" + std::to_string(max_bin) + "}";
  Handle handle = nullptr;
  const int code = api->quantile_matrix_from_callback(&sessions, proxy, nullptr, &SessionIterator::reset, &SessionIterator::next,
                                                      config.c_str(), &handle);
  Status status = api->status(code, "read the training data");
  Matrix matrix(api, handle);
  if (!sessions.failure()) return sessions.failure();
  if (!status) return status;
  return matrix;
}

Result<Matrix> MatrixRecipe::plain_matrix(const std::vector<float>& block, std::size_t rows) const {
  const std::string data = array_interface(block.data(), rows, features.columns(), features.columns());
  const std::string config = R"({"missing":NaN,"nthread":)" + std::to_string(threads) + "}";
  Handle handle = nullptr;
  const int code = api->matrix_from_dense(data.c_str(), config.c_str(), &handle);
  if (Status status = api->status(code, "read the later data"); !status) return status;
  Matrix matrix(api, handle);
  if (Status status = set_types(*api, handle, features); !status) return status;
  return matrix;
}

Result<std::vector<Matrix>> MatrixRecipe::plain_matrices() const {
  // Rows of one matrix: enough that a call costs nothing beside them, few enough that the block is small beside the model's data.
  constexpr std::size_t enough_rows = std::size_t{1} << 16U;
  std::vector<Matrix> matrices;
  std::vector<float> block, labels, row_weights;
  const auto finish = [&]() -> Status {
    if (labels.empty()) return {};
    auto matrix = plain_matrix(block, labels.size());
    if (!matrix) return matrix.status();
    matrix->labels_ = std::exchange(labels, {});
    matrix->weights_ = std::exchange(row_weights, {});
    matrices.push_back(std::move(*matrix));
    block.clear();
    return {};
  };
  if (Status status = stream.rewind(); !status) return status;
  for (std::size_t session = 0;;) {
    if (stop.stop_requested()) return Status{StatusCode::cancelled, "asked to stop while the later data was read"};
    const auto frame = stream.next();
    if (!frame) return frame.status();
    if (*frame == nullptr) break;
    if ((*frame)->rows == 0) continue;
    const auto rows = features.encode(**frame);
    if (!rows) return rows.status();
    if (Status status = check_values(**frame, features, *rows); !status) return status;
    block.insert(block.end(), rows->begin(), rows->end());
    labels.insert(labels.end(), (*frame)->target.values.begin(), (*frame)->target.values.end());
    if (weights.any()) {
      const std::vector<float> own = weights.of(**frame, session);
      row_weights.insert(row_weights.end(), own.begin(), own.end());
    }
    ++session;
    if (labels.size() < enough_rows) continue;
    if (Status status = finish(); !status) return status;
  }
  if (Status status = finish(); !status) return status;
  return matrices;
}

Result<Matrix> MatrixRecipe::empty_row() const {
  const std::vector<float> row(features.columns(), std::numeric_limits<float>::quiet_NaN());
  return plain_matrix(row, 1);
}

std::vector<float> RowWeights::of(const Frame& frame, std::size_t session) const {
  const auto age = static_cast<double>(sessions > session ? sessions - session - 1 : 0);
  const auto factor = half_life ? static_cast<float>(std::exp2(-age / *half_life)) : 1.0F;
  std::vector<float> weights(frame.rows, factor);
  for (std::size_t row = 0; row < frame.weight.values.size(); ++row) weights[row] *= frame.weight.values[row];
  return weights;
}

}  // namespace retrain::train
