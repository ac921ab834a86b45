// A trainer whose model always predicts the mean target: the plainest learner that a host could write.
#pragma once

#include <algorithm>
#include <charconv>
#include <retrain/trainer.hpp>

namespace retrain::test {

class MeanModel final : public Model {
 public:
  MeanModel(double mean, ModelDescription description) : mean_(mean), description_(std::move(description)) {}

  Result<std::vector<double>> predict(const Frame& frame) const override {
    for (const std::string& feature : description_.numeric) {
      const auto named = [&](const NumericColumn& column) { return column.name == feature; };
      if (std::none_of(frame.numeric.begin(), frame.numeric.end(), named)) {
        return Status{StatusCode::invalid_argument, "the rows have no column " + feature};
      }
    }
    return std::vector<double>(frame.rows, mean_);
  }
  Result<ModelArtifact> save() const override {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, mean_).ptr;
    return ModelArtifact{std::string(text, end), description_};
  }
  const ModelDescription& description() const override { return description_; }

 private:
  double mean_;
  ModelDescription description_;
};

class MeanTrainer final : public Trainer {
 public:
  explicit MeanTrainer(ModelSettings model) : model_(std::move(model)) {}

  PartId id() const override { return {"mean", "1"}; }

  Result<std::shared_ptr<const Model>> train(const TrainRequest& request, Observer&, std::stop_token stop) override {
    ModelDescription description = describe(request);
    CategoryDictionary& places = description.categorical.front();
    double sum = 0, rows = 0;
    if (Status status = request.fit->rewind(); !status) return status;
    for (;;) {
      if (stop.stop_requested()) return Status{StatusCode::cancelled, "the training was stopped"};
      const auto frame = request.fit->next();
      if (!frame) return frame.status();
      if (*frame == nullptr) break;
      for (const float value : (*frame)->target.values) sum += static_cast<double>(value);
      rows += static_cast<double>((*frame)->rows);
      if (places.values.empty()) places.values = (*frame)->categorical.front().dictionary;
    }
    if (rows == 0) return Status{StatusCode::data_not_ready, "there is no row to learn from"};
    description.golden_rows = {{{0, 0}, {""}, {sum / rows}}};
    return std::shared_ptr<const Model>(std::make_shared<MeanModel>(sum / rows, std::move(description)));
  }

  Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) override {
    double mean = 0;
    const char* const end = artifact.bytes.data() + artifact.bytes.size();
    if (std::from_chars(artifact.bytes.data(), end, mean).ptr != end) {
      return Status{StatusCode::corrupt, "the bytes are no number"};
    }
    return std::shared_ptr<const Model>(std::make_shared<MeanModel>(mean, artifact.description));
  }

 private:
  ModelDescription describe(const TrainRequest& request) const {
    ModelDescription description;
    description.name = model_.name;
    description.target = model_.target;
    description.numeric = model_.numeric;
    description.categorical = {{model_.categorical.front(), {}}};
    description.trainer = id();
    description.mode = "full";
    description.mode_reason = "a mean has no parent";
    description.data_fingerprint = request.data_fingerprint;
    description.fit_sessions = request.fit_sessions;
    description.stop_sessions = request.stop_sessions;
    return description;
  }

  ModelSettings model_;
};

}  // namespace retrain::test
