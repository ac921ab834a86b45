#include "survey.hpp"

#include <cmath>

#include "base/text.hpp"
#include "features.hpp"

namespace retrain::train {
namespace {

constexpr std::size_t most_golden_rows = 32;
constexpr float most_classes = 1000;

/// Keeps every n-th row, with n doubled whenever the rows are too many: evenly spread, in one pass, whatever the number of rows.
class RowSample {
 public:
  void add(const Frame& frame, const std::vector<const NumericColumn*>& numeric,
           const std::vector<const CategoryColumn*>& categorical) {
    for (std::size_t row = 0; row < frame.rows; ++row, ++seen_) {
      if (seen_ % stride_ != 0) continue;
      if (rows_.size() == most_golden_rows) thin();
      if (seen_ % stride_ == 0) rows_.push_back(golden_row(row, numeric, categorical));
    }
  }
  std::vector<GoldenRow> take() { return std::move(rows_); }

 private:
  void thin() {
    std::vector<GoldenRow> kept;
    for (std::size_t i = 0; i < rows_.size(); i += 2) kept.push_back(std::move(rows_[i]));
    rows_ = std::move(kept);
    stride_ *= 2;
  }

  static GoldenRow golden_row(std::size_t row, const std::vector<const NumericColumn*>& numeric,
                              const std::vector<const CategoryColumn*>& categorical) {
    GoldenRow golden;
    for (const NumericColumn* column : numeric) golden.numeric.push_back(column->values[row]);
    for (const CategoryColumn* column : categorical) {
      const std::int32_t code = column->codes[row];
      golden.categories.push_back(code < 0 ? std::string() : column->dictionary[static_cast<std::size_t>(code)]);
    }
    return golden;
  }

  std::size_t stride_ = 1;
  std::size_t seen_ = 0;
  std::vector<GoldenRow> rows_;
};

std::string place(const Frame& frame, std::size_t row) {
  const std::string where =
      row < frame.row_numbers.size() ? ", line " + std::to_string(frame.row_numbers[row]) : ", row " + std::to_string(row + 1);
  return "session " + frame.session + where;
}

Status check_target(const Frame& frame, Task task) {
  const auto& target = frame.target.values;
  if (target.size() != frame.rows) {
    return {StatusCode::data_not_ready, "session " + frame.session + " has " + std::to_string(target.size()) + " targets for " +
                                            std::to_string(frame.rows) + " rows"};
  }
  for (std::size_t row = 0; row < target.size(); ++row) {
    const float value = target[row];
    const std::string shown = std::isfinite(value) ? base::format_short(static_cast<double>(value)) : "not a number";
    if (!std::isfinite(value)) {
      return {StatusCode::data_not_ready, "the target is not a finite number in " + place(frame, row)};
    }
    if (task == Task::binary && value != 0.0F && value != 1.0F) {
      return {StatusCode::data_not_ready, "the target is " + shown + ", neither 0 nor 1, in " + place(frame, row)};
    }
    if (task == Task::multiclass && (value < 0 || value >= most_classes || value != std::floor(value))) {
      return {StatusCode::data_not_ready, "the target is " + shown + ", no whole number from 0 to 999, in " + place(frame, row)};
    }
  }
  return {};
}

Status check_weights(const Frame& frame) {
  const auto& weights = frame.weight.values;
  if (!weights.empty() && weights.size() != frame.rows) {
    return {StatusCode::data_not_ready, "session " + frame.session + " has " + std::to_string(weights.size()) + " weights for " +
                                            std::to_string(frame.rows) + " rows"};
  }
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (std::isfinite(weights[row]) && weights[row] >= 0) continue;
    return {StatusCode::data_not_ready, "the weight is " + base::format_short(static_cast<double>(weights[row])) +
                                            ", no finite number of at least 0, in " + place(frame, row)};
  }
  return {};
}

}  // namespace

Result<Survey> survey_sessions(FrameStream& stream, const ModelSettings& model, std::stop_token stop,
                               std::optional<double> half_life) {
  const double ageing = half_life ? std::exp2(-1 / *half_life) : 1;
  Survey survey;
  DictionaryBuilder dictionaries(model.categorical);
  RowSample sample;
  double sum = 0, total = 0;
  float largest = 0;
  if (Status status = stream.rewind(); !status) return status;
  for (;;) {
    if (stop.stop_requested()) return Status{StatusCode::cancelled, "asked to stop while the training data was read"};
    const auto next = stream.next();
    if (!next) return next.status();
    if (*next == nullptr) break;
    const Frame& frame = **next;
    if (frame.rows == 0) continue;
    if (Status status = check_target(frame, model.task); !status) return status;
    if (Status status = check_weights(frame); !status) return status;
    if (Status status = dictionaries.add(frame); !status) return status;
    std::vector<const NumericColumn*> numeric;
    std::vector<const CategoryColumn*> categorical;
    for (const std::string& name : model.numeric) {
      const auto column = find_numeric(frame, name);
      if (!column) return column.status();
      numeric.push_back(*column);
    }
    for (const std::string& name : model.categorical) {
      const auto column = find_category(frame, name);
      if (!column) return column.status();
      categorical.push_back(*column);
    }
    sample.add(frame, numeric, categorical);
    sum *= ageing;
    total *= ageing;
    for (std::size_t row = 0; row < frame.rows; ++row) {
      const float value = frame.target.values[row];
      const double weight = frame.weight.values.empty() ? 1.0 : static_cast<double>(frame.weight.values[row]);
      sum += weight * static_cast<double>(value);
      total += weight;
      largest = std::max(largest, value);
    }
    survey.weighted = survey.weighted || !frame.weight.values.empty();
    survey.rows += frame.rows;
    ++survey.sessions;
  }
  if (survey.rows == 0) return Status{StatusCode::data_not_ready, "the sessions hold no row to learn from"};
  if (total <= 0) return Status{StatusCode::data_not_ready, "every row to learn from weighs 0"};
  survey.target_mean = sum / total;
  if (model.task != Task::regression) survey.classes = static_cast<std::size_t>(largest) + 1;
  survey.categorical = dictionaries.build();
  survey.golden_rows = sample.take();
  return survey;
}

}  // namespace retrain::train
