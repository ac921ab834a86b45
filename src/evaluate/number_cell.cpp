#include "number_cell.hpp"

#include <charconv>
#include <limits>

#include "base/csv_value.hpp"
#include "base/text.hpp"

namespace retrain::evaluate {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Whether decimal digits that no double holds are too large, not too small: by the place of the first digit that is not 0.
bool too_large(std::string_view digits) {
  const auto mark = digits.find_first_of("eE");
  const std::string_view mantissa = digits.substr(0, mark);
  long long exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view text = digits.substr(mark + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error == std::errc::result_out_of_range) return !text.starts_with('-');
  }
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  return static_cast<long long>(point) - static_cast<long long>(first) + exponent > 0;
}

}  // namespace

std::optional<double> read_number_cell(std::string_view cell) {
  cell = base::trim(cell);
  if (base::is_missing(cell)) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = cell.starts_with('-');
  if (negative || cell.starts_with('+')) cell.remove_prefix(1);
  if (cell.starts_with('-') || cell.starts_with('+')) return std::nullopt;
  const bool hexadecimal = cell.starts_with("0x") || cell.starts_with("0X");
  if (hexadecimal) cell.remove_prefix(2);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value,
                                            hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (end != cell.data() + cell.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = !hexadecimal && too_large(cell) ? infinity : 0;
  return negative ? -value : value;
}

}  // namespace retrain::evaluate
