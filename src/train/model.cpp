#include <retrain/model.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace retrain {
namespace {

/// Columns of a frame that own what they show.
NumericColumn own_numeric(std::string name, std::vector<float> values) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return {std::move(name), *owner, owner};
}

CategoryColumn own_category(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> dictionary) {
  auto owner = std::make_shared<const std::vector<std::int32_t>>(std::move(codes));
  return {std::move(name), *owner, std::move(dictionary), owner};
}

std::int32_t code_or_missing(float code, std::size_t dictionary_size) {
  const bool valid = code >= 0 && code < static_cast<float>(dictionary_size) && code == std::floor(code);
  return valid ? static_cast<std::int32_t>(code) : -1;
}

Frame frame_of(const RowsView& rows, const ModelDescription& description) {
  Frame frame;
  frame.session = "rows";
  frame.rows = rows.rows;
  std::size_t column = 0;
  const auto cell = [&](std::size_t row) { return rows.data[row * rows.row_stride + column]; };
  for (const std::string& name : description.numeric) {
    std::vector<float> values(rows.rows);
    for (std::size_t row = 0; row < rows.rows; ++row) values[row] = cell(row);
    frame.numeric.push_back(own_numeric(name, std::move(values)));
    ++column;
  }
  for (const CategoryDictionary& dictionary : description.categorical) {
    std::vector<std::int32_t> codes(rows.rows);
    for (std::size_t row = 0; row < rows.rows; ++row) codes[row] = code_or_missing(cell(row), dictionary.values.size());
    frame.categorical.push_back(own_category(dictionary.feature, std::move(codes), dictionary.values));
    ++column;
  }
  return frame;
}

}  // namespace

Model::~Model() = default;

Status Model::predict_rows(const RowsView& rows, std::span<double> out) const {
  const ModelDescription& about = description();
  const std::size_t columns = about.numeric.size() + about.categorical.size();
  if (rows.columns != columns || rows.row_stride < rows.columns || (rows.data == nullptr && rows.rows > 0)) {
    return {StatusCode::invalid_argument, "rows of " + std::to_string(rows.columns) + " columns, " +
                                              std::to_string(rows.row_stride) + " apart, for a model of " +
                                              std::to_string(columns) + " features"};
  }
  if (out.size() != rows.rows * about.outputs_per_row) {
    return {StatusCode::invalid_argument, "a buffer of " + std::to_string(out.size()) + " values for " +
                                              std::to_string(rows.rows) + " rows of " + std::to_string(about.outputs_per_row) +
                                              " outputs"};
  }
  const auto predictions = predict(frame_of(rows, about));
  if (!predictions) return predictions.status();
  if (predictions->size() != out.size()) {
    return {StatusCode::callback_failed,
            "the model gave " + std::to_string(predictions->size()) + " predictions for " + std::to_string(out.size())};
  }
  std::copy(predictions->begin(), predictions->end(), out.begin());
  return {};
}

std::size_t Model::unknown_categories(const Frame& frame) const {
  std::size_t unknown = 0;
  for (const CategoryDictionary& known : description().categorical) {
    const auto column = std::find_if(frame.categorical.begin(), frame.categorical.end(),
                                     [&](const CategoryColumn& candidate) { return candidate.name == known.feature; });
    if (column == frame.categorical.end()) continue;
    const std::unordered_set<std::string_view> texts(known.values.begin(), known.values.end());
    std::vector<bool> strange;
    for (const std::string& text : column->dictionary) strange.push_back(!text.empty() && !texts.contains(text));
    unknown += static_cast<std::size_t>(std::count_if(column->codes.begin(), column->codes.end(), [&](std::int32_t code) {
      return code >= 0 && static_cast<std::size_t>(code) < strange.size() && strange[static_cast<std::size_t>(code)];
    }));
  }
  return unknown;
}

}  // namespace retrain
