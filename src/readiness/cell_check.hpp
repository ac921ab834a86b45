// Cell check: whether one cell keeps the rules of its column.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema.hpp"
#include "time_parser.hpp"

namespace retrain::readiness {

/// TimeParser with a memory of one text: the rows of a session mostly repeat it.
class RepeatedTime {
 public:
  explicit RepeatedTime(const TimeParser& times) : times_(times) {}
  std::optional<Time> parse(std::string_view text) {
    if (text != text_) {
      text_ = text;
      time_ = times_.parse(text);
    }
    return time_;
  }

 private:
  const TimeParser& times_;
  std::string text_;
  std::optional<Time> time_;
};

/// What a cell can break, in the order in which it is looked for; a number may be missing, padded, … but only one of them is
/// told.
enum class CellRule { none, padding, not_finite, type, min, max, float32_range, date, values };
/// As findings name it.
std::string_view to_string(CellRule rule);

/// Whether the cell counts as missing: empty, or one of data.missing_values where a number or date is due.
inline bool missing_in(const CheckedColumn& column, std::string_view cell, const base::MissingValues& missing) {
  return column.number || column.date ? missing.contain(cell) : cell.empty();
}

/// Of a cell that should be a number and is none.
CellRule unreadable_number(std::string_view cell);
/// Of a number: CellRule::none, min, max or float32_range.
CellRule check_range(const CheckedColumn& column, double value);
/// Of a cell that should be a date.
CellRule check_date(std::string_view cell, RepeatedTime& times);
/// The first rule that the cell, which is not missing, breaks.
CellRule check_cell(const CheckedColumn& column, std::string_view cell, RepeatedTime& times);
/// What is wrong with it, in words.
std::string describe(CellRule rule, const CheckedColumn& column, std::string_view cell);

}  // namespace retrain::readiness
