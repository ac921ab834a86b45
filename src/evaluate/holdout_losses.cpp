#include "holdout_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "evaluation_check.hpp"
#include "moments.hpp"
#include "series.hpp"

namespace retrain::evaluate {
namespace {

// The exponent of the largest |prediction − label| of any model, or the least int when every error is zero.
int largest_error_exponent(std::span<const double> actual, const std::vector<const std::vector<double>*>& models) {
  int largest = std::numeric_limits<int>::min();
  for (const auto* predictions : models) {
    for (std::size_t row = 0; row < predictions->size(); ++row) {
      double error = (*predictions)[row] - actual[row];
      int halved = 0;
      if (std::isinf(error)) {
        error = (*predictions)[row] / 2 - actual[row] / 2;
        halved = 1;
      }
      if (error == 0 || std::isnan(error)) continue;
      int exponent = 0;
      std::frexp(error, &exponent);
      largest = std::max(largest, exponent + halved);
    }
  }
  return largest;
}

// Squares and sums of errors below 2^300 and above 2^-300 need no help; others are brought near one, as far as 2^1000 reaches.
int error_scaling(int exponent) {
  if (exponent == std::numeric_limits<int>::min() || (exponent > -300 && exponent < 300)) return 0;
  return std::clamp(-exponent, -1000, 1000);
}

std::vector<double> labelled(const std::vector<double>& values, const std::vector<std::size_t>& rows, std::size_t outputs) {
  std::vector<double> kept;
  kept.reserve(values.empty() ? 0 : rows.size() * outputs);
  if (values.empty()) return kept;
  for (const std::size_t row : rows) {
    kept.insert(kept.end(), values.begin() + static_cast<std::ptrdiff_t>(row * outputs),
                values.begin() + static_cast<std::ptrdiff_t>((row + 1) * outputs));
  }
  return kept;
}

double scaled_mean(const std::vector<double>& losses, const Slice& slice) {
  if (slice.empty()) return std::numeric_limits<double>::quiet_NaN();
  DoubleDouble sum;
  for (const auto row : slice) sum = sum + losses[row];
  return (sum / static_cast<double>(slice.size())).value();
}

void unscale(PairedTest& test, int exponent) {
  if (exponent == 0) return;
  for (double* value : {&test.estimate, &test.standard_error, &test.lower, &test.upper, &test.upper_one_sided}) {
    *value = std::ldexp(*value, -exponent);
  }
}

}  // namespace

double LossColumns::unscaled(double value) const {
  return std::ldexp(value, -exponent);
}

Slice HoldoutLosses::everything() const {
  Slice slice(rows.size());
  std::iota(slice.begin(), slice.end(), 0U);
  return slice;
}

Result<HoldoutLosses> holdout_losses(const Evaluation& evaluation) {
  const std::size_t outputs = evaluation.outputs_per_row;
  const auto kind = parse_loss(resolve_loss(evaluation.loss, evaluation.task), evaluation.task, outputs);
  if (!kind) return kind.status();

  HoldoutLosses holdout;
  for (std::size_t row = 0; row < evaluation.rows(); ++row) {
    if (!std::isfinite(evaluation.actual[row])) continue;
    holdout.rows.push_back(row);
    holdout.sessions.push_back(evaluation.session_of_row[row]);
  }
  holdout.missing_labels = evaluation.rows() - holdout.rows.size();

  const auto actual = labelled(evaluation.actual, holdout.rows, 1);
  const auto candidate = labelled(evaluation.candidate, holdout.rows, outputs);
  const auto production = labelled(evaluation.production, holdout.rows, outputs);
  const bool anchor_usable = faulty_rows(evaluation, evaluation.anchor).empty();
  const auto anchor = anchor_usable ? labelled(evaluation.anchor, holdout.rows, outputs) : std::vector<double>{};
  const bool errors = evaluation.task == Task::regression;
  const int scaling = errors ? error_scaling(largest_error_exponent(actual, {&candidate, &production, &anchor})) : 0;

  Status failure;
  const auto columns = [&](LossKind loss) {
    LossColumns made;
    if (errors) made.exponent = loss == LossKind::squared_error ? 2 * scaling : scaling;
    for (const auto& [predictions, losses] :
         {std::pair{&candidate, &made.candidate}, std::pair{&production, &made.production}, std::pair{&anchor, &made.anchor}}) {
      if (predictions->empty()) continue;
      auto computed = scaled_row_losses(loss, evaluation.task, actual, *predictions, outputs, scaling);
      if (computed) {
        *losses = std::move(*computed);
      } else if (failure.ok()) {
        failure = computed.status();
      }
    }
    return made;
  };
  if (errors) {
    holdout.absolute = columns(LossKind::absolute_error);
    holdout.squared = columns(LossKind::squared_error);
  }
  if (errors && *kind == LossKind::absolute_error) {
    holdout.primary = holdout.absolute;
  } else if (errors && *kind == LossKind::squared_error) {
    holdout.primary = holdout.squared;
  } else {
    holdout.primary = columns(*kind);
  }
  if (!failure.ok()) return failure;
  return holdout;
}

double mean_loss(const LossColumns& columns, const std::vector<double>& losses, const Slice& slice) {
  return columns.unscaled(scaled_mean(losses, slice));
}

double root_mean_square(const LossColumns& squared, const std::vector<double>& losses, const Slice& slice) {
  return std::ldexp(std::sqrt(scaled_mean(losses, slice)), -squared.exponent / 2);
}

Result<PairedTest> test_slice(const std::string& test, const HoldoutLosses& holdout, const LossColumns& columns,
                              const std::vector<double>& reference, const Slice& slice) {
  std::vector<double> differences;
  std::vector<std::uint32_t> clusters;
  differences.reserve(slice.size());
  clusters.reserve(slice.size());
  double candidate_sum = 0;
  double reference_sum = 0;
  for (const auto row : slice) {
    differences.push_back(columns.candidate[row] - reference[row]);
    clusters.push_back(holdout.sessions[row]);
    candidate_sum += columns.candidate[row];
    reference_sum += reference[row];
  }
  const double baseline = slice.empty() ? 0 : std::max(candidate_sum, reference_sum) / static_cast<double>(slice.size());
  auto result = test == "paired_t"          ? paired_t_test(differences, baseline)
                : test == "cluster_means_t" ? cluster_means_t_test(differences, clusters, baseline)
                                            : cluster_t_test(differences, clusters, baseline);
  if (result) unscale(*result, columns.exponent);
  return result;
}

double session_autocorrelation(const HoldoutLosses& holdout) {
  std::map<std::uint32_t, std::pair<double, double>> sums;  // of differences, and rows; sessions are numbered in time order
  for (std::size_t row = 0; row < holdout.rows.size(); ++row) {
    auto& [sum, count] = sums[holdout.sessions[row]];
    sum += holdout.primary.candidate[row] - holdout.primary.production[row];
    count += 1;
  }
  std::vector<double> means;
  for (const auto& [session, sum] : sums) means.push_back(sum.first / sum.second);
  if (means.size() < 5) return 0;
  const auto series = series_of(means);
  if (!series || series->estimate.constant) return 0;
  return series->autocovariance(1) / series->autocovariance(0);
}

std::size_t count_sessions(const HoldoutLosses& holdout, const Slice& slice) {
  std::set<std::uint32_t> sessions;
  for (const auto row : slice) sessions.insert(holdout.sessions[row]);
  return sessions.size();
}

}  // namespace retrain::evaluate
