#include <retrain/model.hpp>

#include <algorithm>
#include <bit>

#include "base/text.hpp"

namespace retrain {
namespace {

/// -1 for the empty text, else the place of `text` in `dictionary`, where it is put when it is new.
std::int32_t code_in(std::vector<std::string>& dictionary, const std::string& text) {
  if (text.empty()) return -1;
  const auto found = std::find(dictionary.begin(), dictionary.end(), text);
  const auto code = static_cast<std::int32_t>(found - dictionary.begin());
  if (found == dictionary.end()) dictionary.push_back(text);
  return code;
}

}  // namespace

Frame golden_frame(const ModelDescription& description) {
  const std::vector<GoldenRow>& rows = description.golden_rows;
  Frame frame;
  frame.session = "golden rows";
  frame.rows = rows.size();
  for (std::size_t feature = 0; feature < description.numeric.size(); ++feature) {
    auto values = std::make_shared<std::vector<float>>();
    for (const GoldenRow& row : rows) {
      if (feature < row.numeric.size()) values->push_back(row.numeric[feature]);
    }
    frame.numeric.push_back({description.numeric[feature], *values, values});
  }
  for (std::size_t feature = 0; feature < description.categorical.size(); ++feature) {
    CategoryColumn column;
    column.name = description.categorical[feature].feature;
    auto codes = std::make_shared<std::vector<std::int32_t>>();
    for (const GoldenRow& row : rows) {
      if (feature < row.categories.size()) codes->push_back(code_in(column.dictionary, row.categories[feature]));
    }
    column.codes = *codes;
    column.owner = codes;
    frame.categorical.push_back(std::move(column));
  }
  return frame;
}

Status check_golden_rows(const Model& model) {
  const ModelDescription& description = model.description();
  for (std::size_t row = 0; row < description.golden_rows.size(); ++row) {
    const GoldenRow& golden = description.golden_rows[row];
    const bool fits = golden.numeric.size() == description.numeric.size() &&
                      golden.categories.size() == description.categorical.size() &&
                      golden.expected.size() == description.outputs_per_row;
    if (!fits) return {StatusCode::corrupt, "golden row " + std::to_string(row + 1) + " does not have the model's columns"};
  }
  const auto predictions = model.predict(golden_frame(description));
  if (!predictions) return predictions.status().within("golden rows");
  if (predictions->size() != description.golden_rows.size() * description.outputs_per_row) {
    return {StatusCode::corrupt, "the model gave " + std::to_string(predictions->size()) + " predictions for its " +
                                     std::to_string(description.golden_rows.size()) + " golden rows"};
  }
  std::size_t at = 0;
  for (std::size_t row = 0; row < description.golden_rows.size(); ++row) {
    for (const double expected : description.golden_rows[row].expected) {
      const double predicted = (*predictions)[at++];
      if (std::bit_cast<std::uint64_t>(predicted) == std::bit_cast<std::uint64_t>(expected)) continue;
      return {StatusCode::corrupt, "golden row " + std::to_string(row + 1) + " is predicted as " +
                                       base::format_double(predicted) + ", and was " + base::format_double(expected)};
    }
  }
  return {};
}

}  // namespace retrain
