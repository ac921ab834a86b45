// What the text of a CSV cell means: missing, a number, one of a list. The one definition for checking and for loading.
#pragma once

#include <cfloat>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "text.hpp"

namespace retrain::base {

/// Whether a cell of a number or date column holds nothing: empty or NA. In a text column only the empty cell is missing.
inline bool is_missing(std::string_view cell) {
  return cell.empty() || cell == "NA";
}

/// The texts that a number's or date's cell may hold instead of a value.
class MissingValues {
 public:
  explicit MissingValues(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  bool contain(std::string_view cell) const {
    for (const auto& text : texts_) {
      if (cell == text) return true;
    }
    return false;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
};

/// `value` as float32, nullopt when it is beyond the range.
inline std::optional<float> to_float32(double value) {
  if (std::fabs(value) > double{FLT_MAX}) return std::nullopt;
  return static_cast<float>(value);
}

/// Values as a configuration lists them. A cell is one of them when the texts are equal, or both are numbers and equal.
class ValueSet {
 public:
  ValueSet() = default;
  explicit ValueSet(const std::vector<std::string>& values) : texts_(values.begin(), values.end()) {
    for (const auto& value : values) {
      if (const auto number = parse_double(value)) numbers_.insert(*number);
    }
  }

  bool empty() const { return texts_.empty(); }
  bool contains(std::string_view cell) const {
    if (texts_.find(cell) != texts_.end()) return true;
    if (numbers_.empty()) return false;
    const auto number = parse_double(cell);
    return number && numbers_.contains(*number);
  }

 private:
  std::set<std::string, std::less<>> texts_;
  std::set<double> numbers_;
};

}  // namespace retrain::base
