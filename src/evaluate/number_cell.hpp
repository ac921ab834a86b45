// NumberCell: the text of a cell as a double, as strtod would read it, whatever the locale.
#pragma once

#include <optional>
#include <string_view>

namespace retrain::evaluate {

/// NaN for an empty cell, NA and nan; infinity for inf and for what is too large; nullopt when it is no number.
std::optional<double> read_number_cell(std::string_view cell);

}  // namespace retrain::evaluate
