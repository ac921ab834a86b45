// HoldoutLosses: the losses of all models on the labelled rows of an evaluation, ready to be compared over any slice.
#pragma once

#include <cstdint>
#include <retrain/evaluation.hpp>
#include <retrain/statistics.hpp>
#include <string>
#include <vector>

#include "loss_rule.hpp"

namespace retrain::evaluate {

/// One kind of loss, one entry per labelled row, in units of 2^-exponent. production and anchor are empty where there is no
/// model.
struct LossColumns {
  int exponent = 0;
  std::vector<double> candidate, production, anchor;

  double unscaled(double value) const;
};

/// Numbers of labelled rows: positions in the columns.
using Slice = std::vector<std::uint32_t>;

struct HoldoutLosses {
  std::vector<std::size_t> rows;        ///< the labelled rows of the evaluation
  std::vector<std::uint32_t> sessions;  ///< session number of each
  std::size_t missing_labels = 0;
  LossColumns primary;
  LossColumns absolute, squared;  ///< empty columns where the task has no errors

  bool has_errors() const { return absolute.candidate.size() == rows.size() && !rows.empty(); }
  Slice everything() const;
};

/// Losses under evaluation.loss. Rows without a finite label are left out and counted. Needs a checked shape and finite candidate
/// and production predictions; an anchor with a prediction that is not finite is left out.
Result<HoldoutLosses> holdout_losses(const Evaluation& evaluation);

/// Mean loss over a slice, compensated; NaN when the slice is empty.
double mean_loss(const LossColumns& columns, const std::vector<double>& losses, const Slice& slice);

/// Root of the mean squared error over a slice of `holdout.squared`, right where the mean square itself leaves the range of
/// double.
double root_mean_square(const LossColumns& squared, const std::vector<double>& losses, const Slice& slice);

/// Runs the test called `test` on candidate minus `reference` over the rows of `slice`. `reference` is production or anchor.
Result<PairedTest> test_slice(const std::string& test, const HoldoutLosses& holdout, const LossColumns& columns,
                              const std::vector<double>& reference, const Slice& slice);

/// Sessions that have at least one row in the slice.
std::size_t count_sessions(const HoldoutLosses& holdout, const Slice& slice);

/// Lag-1 autocorrelation of the mean differences to production of successive sessions; 0 with fewer than five sessions.
double session_autocorrelation(const HoldoutLosses& holdout);

}  // namespace retrain::evaluate
