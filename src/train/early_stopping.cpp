#include "early_stopping.hpp"

#include <algorithm>
#include <cmath>

namespace retrain::train {

void MeanLoss::add(std::span<const double> predictions, std::span<const float> labels, std::span<const float> weights) {
  if (labels.empty()) return;
  // A probability of exactly 0 comes from float rounding; it must not make the mean infinite.
  constexpr double least_probability = 1e-15;
  const std::size_t outputs = predictions.size() / labels.size();
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const double label = static_cast<double>(labels[row]);
    const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[row]);
    double loss = 0;
    switch (task_) {
      case Task::regression: loss = std::abs(predictions[row] - label); break;
      case Task::binary:
        loss = -std::log(std::max(label > 0 ? predictions[row] : 1 - predictions[row], least_probability));
        break;
      case Task::multiclass:
        loss = -std::log(std::max(predictions[row * outputs + static_cast<std::size_t>(labels[row])], least_probability));
        break;
    }
    sum_ += weight * loss;
    total_ += weight;
  }
}

double mean_loss(Task task, std::span<const double> predictions, std::span<const float> labels) {
  MeanLoss mean(task);
  mean.add(predictions, labels, {});
  return mean.value();
}

void EarlyStopping::observe(int rounds, double loss) {
  last_loss_ = loss;
  if (loss < best_loss_) {
    best_loss_ = loss;
    best_rounds_ = rounds;
    since_best_ = 0;
  } else {
    ++since_best_;
  }
}

}  // namespace retrain::train
