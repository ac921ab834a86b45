#include "holdout_losses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "evaluation_check.hpp"
#include "moments.hpp"
#include "series.hpp"

namespace retrain::evaluate {
namespace {

// A column of the evaluation, or its labelled rows where some are not.
class Labelled {
 public:
  Labelled(const std::vector<double>& column, const HoldoutLosses& holdout, std::size_t rows, std::size_t outputs) {
    if (column.empty() || holdout.rows.size() == rows) {
      values = column;
      return;
    }
    kept_.reserve(holdout.rows.size() * outputs);
    for (const std::size_t row : holdout.rows) {
      kept_.insert(kept_.end(), column.begin() + static_cast<std::ptrdiff_t>(row * outputs),
                   column.begin() + static_cast<std::ptrdiff_t>((row + 1) * outputs));
    }
    values = kept_;
  }
  Labelled(const Labelled&) = delete;
  Labelled& operator=(const Labelled&) = delete;

  std::span<const double> values;

 private:
  std::vector<double> kept_;
};

constexpr int nothing = std::numeric_limits<int>::min();

int exponent_of(double value) {
  int exponent = nothing;
  if (value != 0 && std::isfinite(value)) std::frexp(value, &exponent);
  return exponent;
}

// The exponent of the largest |prediction − label| of a model, `nothing` when every error is zero.
int largest_error_exponent(std::span<const double> actual, std::span<const double> predictions) {
  double largest = 0;
  bool overflows = false;
  for (std::size_t row = 0; row < predictions.size(); ++row) {
    const double error = std::abs(predictions[row] - actual[row]);
    overflows = overflows || std::isinf(error);
    if (error > largest) largest = error;
  }
  if (!overflows) return exponent_of(largest);
  // The difference itself leaves the range of double: halves do not.
  largest = 0;
  for (std::size_t row = 0; row < predictions.size(); ++row) {
    largest = std::max(largest, std::abs(predictions[row] / 2 - actual[row] / 2));
  }
  return exponent_of(largest) + 1;
}

int largest_exponent(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return exponent_of(largest);
}

// Squares and sums of values below 2^300 and above 2^-300 need no help; others are brought near one, as far as 2^1000 reaches.
int scaling_of(int exponent) {
  if (exponent == nothing || (exponent > -300 && exponent < 300)) return 0;
  return std::clamp(-exponent, -1000, 1000);
}

std::vector<double> errors_of(std::span<const double> actual, std::span<const double> predictions, int exponent) {
  const double scale = std::ldexp(1.0, exponent);
  std::vector<double> errors;
  errors.reserve(predictions.size());
  for (std::size_t row = 0; row < predictions.size(); ++row) {
    errors.push_back(scaled_error(predictions[row], actual[row], exponent, scale));
  }
  return errors;
}

template <class Loss>
std::vector<double> mapped(const std::vector<double>& errors, Loss&& loss) {
  std::vector<double> losses;
  losses.reserve(errors.size());
  for (const double error : errors) losses.push_back(loss(error));
  return losses;
}

std::vector<double> losses_of(const LossRule& rule, const std::vector<double>& errors) {
  // The usual ones without asking in every row.
  if (rule.kind == LossKind::absolute_error) return mapped(errors, [](double error) { return std::abs(error); });
  if (rule.kind == LossKind::squared_error) return mapped(errors, [](double error) { return error * error; });
  return mapped(errors, [&](double error) { return loss_of_error(rule, error); });
}

template <class Value>
std::vector<Value> picked(const std::vector<Value>& column, const Slice& slice) {
  std::vector<Value> values;
  values.reserve(slice.size());
  for (const auto row : slice) values.push_back(column[row]);
  return values;
}

double mean_size(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

template <class Value>
double mean_of_each(std::span<const double> values, Value&& value_of) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  // Independent sums, added up at the end: one alone would wait for itself.
  constexpr std::size_t lanes = 4;
  std::array<DoubleDouble, lanes> sums{};
  std::size_t row = 0;
  for (; row + lanes <= values.size(); row += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] = sums[lane] + value_of(values[row + lane]);
  }
  for (; row < values.size(); ++row) sums[0] = sums[0] + value_of(values[row]);
  return (((sums[0] + sums[1]) + (sums[2] + sums[3])) / static_cast<double>(values.size())).value();
}

}  // namespace

double LossColumns::unscaled(double value) const {
  return std::ldexp(value, -exponent);
}

Result<HoldoutLosses> holdout_losses(const Evaluation& evaluation, bool production_usable) {
  const std::size_t outputs = evaluation.outputs_per_row;
  const auto rule = parse_loss(resolve_loss(evaluation.loss, evaluation.task), evaluation.task, outputs);
  if (!rule) return rule.status();

  HoldoutLosses holdout{.rule = *rule};
  const std::size_t rows = evaluation.rows();
  const bool grouped = !evaluation.second_cluster.codes.empty();
  holdout.rows.reserve(rows);
  holdout.sessions.reserve(rows);
  holdout.second.reserve(grouped ? rows : 0);
  for (std::size_t row = 0; row < rows; ++row) {
    if (!std::isfinite(evaluation.actual[row])) continue;
    holdout.rows.push_back(static_cast<std::uint32_t>(row));
    holdout.sessions.push_back(evaluation.session_of_row[row]);
    // A row of no group has the number behind the last group.
    if (grouped) {
      const auto code = evaluation.second_cluster.codes[row];
      holdout.second.push_back(code < 0 ? static_cast<std::uint32_t>(evaluation.second_cluster.dictionary.size())
                                        : static_cast<std::uint32_t>(code));
    }
  }
  holdout.missing_labels = rows - holdout.rows.size();

  static const std::vector<double> none;
  const bool anchor_usable = faulty_rows(evaluation, evaluation.anchor).empty();
  const Labelled actual(evaluation.actual, holdout, rows, 1);
  const Labelled candidate(evaluation.candidate, holdout, rows, outputs);
  const Labelled production(production_usable ? evaluation.production : none, holdout, rows, outputs);
  const Labelled anchor(anchor_usable ? evaluation.anchor : none, holdout, rows, outputs);
  const auto models = {&candidate, &production, &anchor};

  int largest = nothing;
  for (const Labelled* model : models) {
    if (rule->of_errors()) largest = std::max(largest, largest_error_exponent(actual.values, model->values));
    if (rule->kind == LossKind::given) largest = std::max(largest, largest_exponent(model->values));
  }
  const int scaling = scaling_of(largest);
  if (rule->of_errors()) {
    holdout.errors = {scaling, errors_of(actual.values, candidate.values, scaling),
                      errors_of(actual.values, production.values, scaling), errors_of(actual.values, anchor.values, scaling)};
    const LossColumns& errors = holdout.errors;
    holdout.primary = {rule->kind == LossKind::squared_error ? 2 * scaling : scaling, losses_of(*rule, errors.candidate),
                       losses_of(*rule, errors.production), losses_of(*rule, errors.anchor)};
    return holdout;
  }
  holdout.primary.exponent = scaling;
  for (const auto& [model, losses] :
       {std::pair{&candidate, &holdout.primary.candidate}, std::pair{&production, &holdout.primary.production},
        std::pair{&anchor, &holdout.primary.anchor}}) {
    if (model->values.empty()) continue;
    auto computed = scaled_row_losses(*rule, evaluation.task, actual.values, model->values, outputs, scaling);
    if (!computed) return computed.status();
    *losses = std::move(*computed);
  }
  return holdout;
}

double mean_of(std::span<const double> values) {
  return mean_of_each(values, [](double value) { return value; });
}

double mean_absolute(std::span<const double> errors) {
  return mean_of_each(errors, [](double error) { return std::abs(error); });
}

double root_mean_square(std::span<const double> errors) {
  return std::sqrt(mean_of_each(errors, [](double error) { return error * error; }));
}

ComparedRows::ComparedRows(const HoldoutLosses& holdout, const std::vector<double>& candidate_column,
                           const std::vector<double>& reference_column)
    : candidate(candidate_column), reference(reference_column), sessions(holdout.sessions), second(holdout.second) {}

ComparedRows::ComparedRows(const HoldoutLosses& holdout, const std::vector<double>& candidate_column,
                           const std::vector<double>& reference_column, const Slice& slice)
    : own_candidate_(picked(candidate_column, slice)),
      own_reference_(picked(reference_column, slice)),
      own_sessions_(picked(holdout.sessions, slice)) {
  if (!holdout.second.empty()) own_second_ = picked(holdout.second, slice);
  candidate = own_candidate_;
  reference = own_reference_;
  sessions = own_sessions_;
  second = own_second_;
}

std::vector<double> ComparedRows::differences(double share) const {
  std::vector<double> values;
  values.reserve(candidate.size());
  if (share == 0) {
    for (std::size_t row = 0; row < candidate.size(); ++row) values.push_back(candidate[row] - reference[row]);
  } else {
    for (std::size_t row = 0; row < candidate.size(); ++row) values.push_back(candidate[row] - (1 - share) * reference[row]);
  }
  return values;
}

double ComparedRows::baseline() const {
  return std::max(mean_size(candidate), mean_size(reference));
}

std::size_t ComparedRows::count_sessions() const {
  std::vector<bool> seen;
  std::size_t count = 0;
  for (const auto session : sessions) {
    if (session >= seen.size()) seen.resize(session + std::size_t{1});
    if (!seen[session]) ++count;
    seen[session] = true;
  }
  return count;
}

double session_autocorrelation(std::span<const double> session_means) {
  if (session_means.size() < 5) return 0;
  const auto series = series_of(session_means);
  if (!series || series->estimate.constant) return 0;
  return series->autocovariance(1) / series->autocovariance(0);
}

}  // namespace retrain::evaluate
