#include "features.hpp"

#include <cmath>
#include <limits>

namespace retrain::train {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

Status column_error(const Frame& frame, const std::string& name, const std::string& what) {
  return {StatusCode::invalid_argument, "column " + name + " of session " + frame.session + " " + what};
}

/// Which entries of the column's dictionary occur in its rows.
std::vector<bool> used_entries(const CategoryColumn& column) {
  std::vector<bool> used(column.dictionary.size(), false);
  for (const std::int32_t code : column.codes) {
    if (code >= 0) used[static_cast<std::size_t>(code)] = true;
  }
  return used;
}

}  // namespace

Result<const NumericColumn*> find_numeric(const Frame& frame, const std::string& name) {
  for (const NumericColumn& column : frame.numeric) {
    if (column.name != name) continue;
    if (column.values.size() == frame.rows) return &column;
    return column_error(frame, name,
                        "has " + std::to_string(column.values.size()) + " values for " + std::to_string(frame.rows) + " rows");
  }
  return Status{StatusCode::invalid_argument, "session " + frame.session + " has no numeric column " + name};
}

Result<const CategoryColumn*> find_category(const Frame& frame, const std::string& name) {
  for (const CategoryColumn& column : frame.categorical) {
    if (column.name != name) continue;
    if (column.codes.size() != frame.rows) {
      return column_error(frame, name,
                          "has " + std::to_string(column.codes.size()) + " values for " + std::to_string(frame.rows) + " rows");
    }
    for (const std::int32_t code : column.codes) {
      if (code < -1 || (code >= 0 && static_cast<std::size_t>(code) >= column.dictionary.size())) {
        return column_error(
            frame, name,
            "holds code " + std::to_string(code) + " of a dictionary of " + std::to_string(column.dictionary.size()));
      }
    }
    return &column;
  }
  return Status{StatusCode::invalid_argument, "session " + frame.session + " has no category column " + name};
}

FeatureSpace::FeatureSpace(std::vector<std::string> numeric, std::vector<CategoryDictionary> categorical)
    : numeric_(std::move(numeric)), categorical_(std::move(categorical)), codes_(categorical_.size()) {
  for (std::size_t feature = 0; feature < categorical_.size(); ++feature) {
    for (const std::string& text : categorical_[feature].values) {
      codes_[feature].emplace(text, static_cast<float>(codes_[feature].size()));
    }
  }
}

std::vector<std::string> FeatureSpace::names() const {
  std::vector<std::string> names = numeric_;
  for (const CategoryDictionary& dictionary : categorical_) names.push_back(dictionary.feature);
  return names;
}

bool FeatureSpace::readable_code(std::size_t feature, float code) const {
  if (std::isnan(code)) return true;
  return code >= 0 && code < static_cast<float>(categorical_[feature].values.size()) && code == std::floor(code);
}

Result<std::vector<float>> FeatureSpace::encode(const Frame& frame) const {
  std::vector<float> block(frame.rows * columns());
  std::vector<const float*> sources;
  for (const std::string& name : numeric_) {
    const auto column = find_numeric(frame, name);
    if (!column) return column.status();
    sources.push_back((*column)->values.data());
  }
  // Row by row: the columns are read in step, and the block is written once from front to back.
  float* out = block.data();
  for (std::size_t row = 0; row < frame.rows; ++row, out += categorical_.size()) {
    for (const float* source : sources) *out++ = source[row];
  }
  std::size_t at = numeric_.size();
  for (std::size_t feature = 0; feature < categorical_.size(); ++feature) {
    const auto column = find_category(frame, categorical_[feature].feature);
    if (!column) return column.status();
    std::vector<float> code_of;
    code_of.reserve((*column)->dictionary.size());
    for (const std::string& text : (*column)->dictionary) {
      const auto found = codes_[feature].find(text);
      code_of.push_back(found == codes_[feature].end() ? missing : found->second);
    }
    float* cell = block.data() + at++;
    for (const std::int32_t code : (*column)->codes) {
      *cell = code < 0 ? missing : code_of[static_cast<std::size_t>(code)];
      cell += columns();
    }
  }
  return block;
}

DictionaryBuilder::DictionaryBuilder(std::vector<std::string> features)
    : features_(std::move(features)), values_(features_.size()) {}

Status DictionaryBuilder::add(const Frame& frame) {
  for (std::size_t feature = 0; feature < features_.size(); ++feature) {
    const auto column = find_category(frame, features_[feature]);
    if (!column) return column.status();
    const std::vector<bool> used = used_entries(**column);
    for (std::size_t entry = 0; entry < used.size(); ++entry) {
      const std::string& text = (*column)->dictionary[entry];
      if (used[entry] && !text.empty()) values_[feature].insert(text);
    }
  }
  return {};
}

std::vector<CategoryDictionary> DictionaryBuilder::build() const {
  std::vector<CategoryDictionary> dictionaries;
  for (std::size_t feature = 0; feature < features_.size(); ++feature) {
    dictionaries.push_back({features_[feature], {values_[feature].begin(), values_[feature].end()}});
  }
  return dictionaries;
}

}  // namespace retrain::train
