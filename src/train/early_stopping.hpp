// EarlyStopping: judges each round on the stop sessions and says when to end and which round was best.
#pragma once

#include <limits>
#include <retrain/config.hpp>
#include <span>

namespace retrain::train {

/// The weighted mean loss of rows that come in portions: absolute error for regression, log loss otherwise.
class MeanLoss {
 public:
  explicit MeanLoss(Task task) : task_(task) {}
  /// `weights` may be empty: all the same.
  void add(std::span<const double> predictions, std::span<const float> labels, std::span<const float> weights);
  /// NaN without rows.
  double value() const { return sum_ / total_; }

 private:
  Task task_;
  double sum_ = 0, total_ = 0;
};

/// Mean loss of `predictions` (outputs values a row) against `labels`, all weighing the same.
double mean_loss(Task task, std::span<const double> predictions, std::span<const float> labels);

class EarlyStopping {
 public:
  /// Ends after `patience` rounds without a smaller loss.
  explicit EarlyStopping(int patience) : patience_(patience) {}

  /// Takes the loss of the model of `rounds` rounds. A loss that is not a number is never the best.
  void observe(int rounds, double loss);
  bool exhausted() const { return since_best_ >= patience_; }
  /// The smallest number of rounds with the smallest loss; 0 when no loss was a number.
  int best_rounds() const { return best_rounds_; }
  double best_loss() const { return best_loss_; }
  double last_loss() const { return last_loss_; }

 private:
  int patience_;
  int best_rounds_ = 0;
  int since_best_ = 0;
  double best_loss_ = std::numeric_limits<double>::infinity();
  double last_loss_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace retrain::train
