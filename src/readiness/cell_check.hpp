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

/// Whether the cell counts as missing: empty, or NA where a number or date is due.
inline bool missing_in(const CheckedColumn& column, std::string_view cell) {
  return column.number || column.date ? base::is_missing(cell) : cell.empty();
}

struct CellFault {
  std::string_view rule;
  std::string message;
};

/// The first rule that the cell, which is not missing, breaks.
std::optional<CellFault> check_cell(const CheckedColumn& column, std::string_view cell, RepeatedTime& times);

}  // namespace retrain::readiness
