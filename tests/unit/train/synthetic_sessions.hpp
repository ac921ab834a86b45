// Sessions made in memory, whose target depends on numbers and on a category in a way that trees must find.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>
#include <retrain/trainer.hpp>
#include <string>
#include <vector>

namespace retrain::test {

inline NumericColumn numeric_column(std::string name, std::vector<float> values) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return {std::move(name), *owner, owner};
}

inline CategoryColumn category_column(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> dictionary) {
  auto owner = std::make_shared<const std::vector<std::int32_t>>(std::move(codes));
  return {std::move(name), *owner, std::move(dictionary), owner};
}

/// Hands over frames; fails or throws at the n-th frame when told to.
class MemoryStream final : public FrameStream {
 public:
  explicit MemoryStream(std::vector<std::shared_ptr<const Frame>> frames) : frames_(std::move(frames)) {}

  Result<std::shared_ptr<const Frame>> next() override {
    if (before_next) {
      if (Status status = before_next(passes, at_); !status) return status;
    }
    return at_ < frames_.size() ? frames_[at_++] : std::shared_ptr<const Frame>();
  }
  Status rewind() override {
    at_ = 0;
    ++passes;
    return {};
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& frame : frames_) ids.push_back(frame->session);
    return ids;
  }

  std::function<Status(int pass, std::size_t frame)> before_next;
  int passes = 0;

 private:
  std::vector<std::shared_ptr<const Frame>> frames_;
  std::size_t at_ = 0;
};

struct SessionShape {
  std::size_t rows = 120;
  std::size_t categories = 30;  ///< "c00", "c01", …
  float shift = 0;              ///< added to the target: drift
  float noise = 0.2F;
  Task task = Task::regression;
};

/// Columns distance, hour and place; distance has gaps.
inline std::shared_ptr<const Frame> make_session(const std::string& id, unsigned seed, const SessionShape& shape = {}) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> distance, hour, target;
  std::vector<std::int32_t> place;
  for (std::size_t row = 0; row < shape.rows; ++row) {
    const float d = normal(random);
    const auto h = static_cast<float>(random() % 24);
    const auto p = static_cast<std::int32_t>(random() % shape.categories);
    const float effect = static_cast<float>(p * 7 % 11);
    const float value = 3 * std::sin(2 * d) + effect + 0.1F * h + shape.shift + shape.noise * normal(random);
    distance.push_back(random() % 20 == 0 ? std::numeric_limits<float>::quiet_NaN() : d);
    hour.push_back(h);
    place.push_back(random() % 25 == 0 ? -1 : p);
    if (shape.task == Task::regression) target.push_back(value);
    if (shape.task == Task::binary) target.push_back(value > 6 ? 1.0F : 0.0F);
    if (shape.task == Task::multiclass) target.push_back(value > 8 ? 2.0F : value > 4 ? 1.0F : 0.0F);
  }
  auto frame = std::make_shared<Frame>();
  frame->session = id;
  frame->rows = shape.rows;
  frame->numeric = {numeric_column("distance", distance), numeric_column("hour", hour)};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < shape.categories; ++i) names.push_back("c" + std::to_string(i / 10) + std::to_string(i % 10));
  frame->categorical = {category_column("place", place, names)};
  frame->target = numeric_column("minutes", target);
  for (std::size_t row = 0; row < shape.rows; ++row) frame->row_numbers.push_back(static_cast<std::int64_t>(row) + 2);
  return frame;
}

/// `count` sessions s<first>, s<first+1>, …
inline std::shared_ptr<MemoryStream> make_sessions(unsigned first, unsigned count, const SessionShape& shape = {}) {
  std::vector<std::shared_ptr<const Frame>> frames;
  for (unsigned i = first; i < first + count; ++i) frames.push_back(make_session("s" + std::to_string(i), i, shape));
  return std::make_shared<MemoryStream>(std::move(frames));
}

inline ModelSettings model_settings(Task task = Task::regression) {
  return {"delay", task, "minutes", {"distance", "hour"}, {"place"}};
}

/// Debian's library by its own name, and the newer one that RETRAIN_TEST_XGBOOST names when it is set.
inline std::vector<std::string> xgboost_libraries() {
  std::vector<std::string> paths = {"libxgboost.so.0"};
  if (const char* newer = std::getenv("RETRAIN_TEST_XGBOOST"); newer != nullptr && *newer != '\0') paths.emplace_back(newer);
  return paths;
}

inline TrainingSettings training_settings(const std::string& library) {
  TrainingSettings training;
  training.xgboost_library = library;
  training.max_rounds = 40;
  training.warm_rounds = 10;
  training.early_stopping_rounds = 5;
  training.parameters = {{"eta", "0.2"}, {"max_depth", "4"}, {"subsample", "0.8"}, {"colsample_bytree", "0.8"}};
  return training;
}

inline TrainRequest train_request(std::shared_ptr<MemoryStream> fit, std::shared_ptr<MemoryStream> stop = nullptr) {
  TrainRequest request;
  request.fit_sessions = fit->ids();
  request.fit = std::move(fit);
  if (stop != nullptr) request.stop_sessions = stop->ids();
  request.stop = std::move(stop);
  request.seed = 7;
  request.threads = 1;
  request.data_fingerprint = "fingerprint";
  return request;
}

inline std::shared_ptr<Trainer> make_trainer(const TrainingSettings& training, const ModelSettings& model = model_settings()) {
  return make_xgboost_trainer(model, training).value();
}

inline std::shared_ptr<const Model> train_model(Trainer& trainer, const TrainRequest& request) {
  return trainer.train(request, quiet_observer(), {}).value();
}

inline std::string bytes_of(const Model& model) {
  return model.save().value().bytes;
}

inline double mean_absolute_error(const Model& model, FrameStream& stream) {
  double sum = 0, rows = 0;
  static_cast<void>(stream.rewind());
  for (auto frame = stream.next().value(); frame != nullptr; frame = stream.next().value()) {
    const std::vector<double> predictions = model.predict(*frame).value();
    for (std::size_t row = 0; row < frame->rows; ++row)
      sum += std::abs(predictions[row] - static_cast<double>(frame->target.values[row]));
    rows += static_cast<double>(frame->rows);
  }
  return sum / rows;
}

}  // namespace retrain::test
