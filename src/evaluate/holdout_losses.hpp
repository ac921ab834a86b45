// HoldoutLosses: the losses of all models on the labelled rows of an evaluation, ready to be compared over any slice.
#pragma once

#include <cstdint>
#include <retrain/evaluation.hpp>
#include <span>
#include <string>
#include <vector>

#include "loss_rule.hpp"

namespace retrain::evaluate {

/// A value a row and model, times 2^exponent so that neither squares nor differences leave the range of double. Empty = no such
/// model.
struct LossColumns {
  int exponent = 0;
  std::vector<double> candidate, production, anchor;

  double unscaled(double value) const;
};

/// Numbers of labelled rows: positions in the columns.
using Slice = std::vector<std::uint32_t>;

struct HoldoutLosses {
  LossRule rule;
  std::vector<std::uint32_t> rows;      ///< the labelled rows of the evaluation
  std::vector<std::uint32_t> sessions;  ///< session number of each
  std::vector<std::uint32_t> second;    ///< second cluster of each; empty = none
  std::size_t missing_labels = 0;
  LossColumns primary;
  LossColumns errors;  ///< prediction − label, with sign; empty columns where the task has no errors

  bool has_errors() const { return !errors.candidate.empty(); }
};

/// Losses under evaluation.loss. Rows without a finite label are left out and counted. Needs a checked shape and finite candidate
/// predictions; an anchor with a prediction that is not finite is left out, and so is production when `production_usable` is
/// false.
Result<HoldoutLosses> holdout_losses(const Evaluation& evaluation, bool production_usable = true);

/// Compensated, in the unit of the values; NaN where there are none.
double mean_of(std::span<const double> values);
/// Mean of |error|, or root of the mean of error², both scaled as the errors are.
double mean_absolute(std::span<const double> errors);
double root_mean_square(std::span<const double> errors);

/// Two models' values on the rows of a slice, beside their sessions. Points into the holdout, or owns what it picked.
class ComparedRows {
 public:
  /// Of all labelled rows. `candidate` and `reference` are columns of `holdout`, which must outlive this.
  ComparedRows(const HoldoutLosses& holdout, const std::vector<double>& candidate, const std::vector<double>& reference);
  ComparedRows(const HoldoutLosses& holdout, const std::vector<double>& candidate, const std::vector<double>& reference,
               const Slice& slice);
  ComparedRows(const ComparedRows&) = delete;
  ComparedRows& operator=(const ComparedRows&) = delete;

  std::span<const double> candidate, reference;
  std::span<const std::uint32_t> sessions, second;

  /// candidate − (1 − share) · reference: below zero on average exactly when the candidate's mean is below (1 − share) of the
  /// reference's.
  std::vector<double> differences(double share = 0) const;
  /// What rounding noise of a difference is measured against: the larger mean of |value|.
  double baseline() const;
  std::size_t count_sessions() const;

 private:
  std::vector<double> own_candidate_, own_reference_;
  std::vector<std::uint32_t> own_sessions_, own_second_;
};

/// Lag-1 autocorrelation of the mean differences to production of successive sessions; 0 with fewer than five sessions.
double session_autocorrelation(std::span<const double> session_means);

}  // namespace retrain::evaluate
