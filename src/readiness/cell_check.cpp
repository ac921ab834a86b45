#include "cell_check.hpp"

#include "base/text.hpp"

namespace retrain::readiness {
namespace {

std::string quoted(std::string_view cell) {
  return "'" + base::printable(cell) + "'";
}

bool padded(std::string_view cell) {
  return base::trim(cell).size() != cell.size();
}

bool names_no_finite_number(std::string_view cell) {
  std::string word = base::lower(cell);
  if (word.starts_with('+') || word.starts_with('-')) word.erase(0, 1);
  return word == "nan" || word == "inf" || word == "infinity";
}

CellFault explain_number(const CheckedColumn& column, std::string_view cell) {
  if (padded(cell)) return {"padding", quoted(cell) + " has blanks around the number"};
  if (names_no_finite_number(cell))
    return {"not_finite", quoted(cell) + " is not a finite number: a missing value is an empty cell"};
  return {"type", quoted(cell) + (column.integer ? " is not an integer" : " is not a number")};
}

std::optional<CellFault> check_number(const CheckedColumn& column, std::string_view cell) {
  std::optional<double> value;
  if (column.integer) {
    if (const auto integer = base::parse_integer(cell)) value = double(*integer);
  } else {
    value = base::parse_double(cell);
  }
  if (!value) return explain_number(column, cell);
  if (column.min && *value < *column.min) return CellFault{"min", quoted(cell) + " is below " + base::format_double(*column.min)};
  if (column.max && *value > *column.max) return CellFault{"max", quoted(cell) + " is above " + base::format_double(*column.max)};
  if (!base::to_float32(*value)) return CellFault{"float32_range", quoted(cell) + " does not fit a float32"};
  return std::nullopt;
}

}  // namespace

std::optional<CellFault> check_cell(const CheckedColumn& column, std::string_view cell, RepeatedTime& times) {
  if (column.number) {
    if (auto fault = check_number(column, cell)) return fault;
  }
  if (column.date && !times.parse(cell)) {
    if (padded(cell)) return CellFault{"padding", quoted(cell) + " has blanks around the date"};
    return CellFault{"date", quoted(cell) + " is not a date like 2013-02-14 or 2013-02-14T13:05:00Z"};
  }
  if (!column.values.empty() && !column.values.contains(cell))
    return CellFault{"values", quoted(cell) + " is not an allowed value"};
  return std::nullopt;
}

}  // namespace retrain::readiness
