#include "cell_check.hpp"

#include "base/text.hpp"
#include "csv/number.hpp"

namespace retrain::readiness {
namespace {

bool padded(std::string_view cell) {
  return base::trim(cell).size() != cell.size();
}

bool names_no_finite_number(std::string_view cell) {
  std::string word = base::lower(cell.substr(0, 16));
  if (word.starts_with('+') || word.starts_with('-')) word.erase(0, 1);
  return word == "nan" || word == "inf" || word == "infinity";
}

std::optional<double> number_in(const CheckedColumn& column, std::string_view cell) {
  if (!column.integer) return csv::parse_number(cell);
  if (const auto integer = base::parse_integer(cell)) return double(*integer);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(CellRule rule) {
  switch (rule) {
    case CellRule::none: break;
    case CellRule::padding: return "padding";
    case CellRule::not_finite: return "not_finite";
    case CellRule::type: return "type";
    case CellRule::min: return "min";
    case CellRule::max: return "max";
    case CellRule::float32_range: return "float32_range";
    case CellRule::date: return "date";
    case CellRule::values: return "values";
  }
  return "";
}

CellRule unreadable_number(std::string_view cell) {
  if (padded(cell)) return CellRule::padding;
  return names_no_finite_number(cell) ? CellRule::not_finite : CellRule::type;
}

CellRule check_range(const CheckedColumn& column, double value) {
  if (column.min && value < *column.min) return CellRule::min;
  if (column.max && value > *column.max) return CellRule::max;
  return base::to_float32(value) ? CellRule::none : CellRule::float32_range;
}

CellRule check_date(std::string_view cell, RepeatedTime& times) {
  if (times.parse(cell)) return CellRule::none;
  return padded(cell) ? CellRule::padding : CellRule::date;
}

CellRule check_cell(const CheckedColumn& column, std::string_view cell, RepeatedTime& times) {
  if (column.number) {
    const auto value = number_in(column, cell);
    if (!value) return unreadable_number(cell);
    if (const CellRule rule = check_range(column, *value); rule != CellRule::none) return rule;
  }
  if (column.date) {
    if (const CellRule rule = check_date(cell, times); rule != CellRule::none) return rule;
  }
  return column.values.empty() || column.values.contains(cell) ? CellRule::none : CellRule::values;
}

std::string describe(CellRule rule, const CheckedColumn& column, std::string_view cell) {
  const std::string quoted = "'" + base::printable(cell) + "'";
  switch (rule) {
    case CellRule::none: break;
    // One rule for both: a date column that is a number column too is told of as a number.
    case CellRule::padding: return quoted + (column.number ? " has blanks around the number" : " has blanks around the date");
    case CellRule::not_finite: return quoted + " is not a finite number: a missing value is an empty cell";
    case CellRule::type: return quoted + (column.integer ? " is not an integer" : " is not a number");
    case CellRule::min: return quoted + " is below " + base::format_double(*column.min);
    case CellRule::max: return quoted + " is above " + base::format_double(*column.max);
    case CellRule::float32_range: return quoted + " does not fit a float32";
    case CellRule::date: return quoted + " is not a date like 2013-02-14 or 2013-02-14T13:05:00Z";
    case CellRule::values: return quoted + " is not an allowed value";
  }
  return quoted;
}

}  // namespace retrain::readiness
