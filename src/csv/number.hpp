// Numbers: the correctly rounded double of a cell that the inner loops leave, quickly where that is exact.
#pragma once

#include <optional>
#include <string_view>

namespace retrain::csv {

/// The same as base::parse_double, bit for bit: a whole finite number without blanks, hex, "inf" or "nan".
std::optional<double> parse_number(std::string_view text);

}  // namespace retrain::csv
