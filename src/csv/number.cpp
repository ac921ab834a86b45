#include "number.hpp"

#include <cstdint>

#include "base/text.hpp"

namespace retrain::csv {
namespace {

constexpr double powers_of_ten[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t exact = std::uint64_t{1} << 53U;

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (at != end && (negative || *at == '+')) ++at;
  // 18 digits fit; a point and one digit at least; nothing else.
  if (at == end || end - at > 19) return base::parse_double(text);
  std::uint64_t mantissa = 0;
  const char* point = nullptr;
  const char* const first = at;
  for (; at != end; ++at) {
    const unsigned digit = static_cast<unsigned char>(*at) - unsigned{'0'};
    if (digit <= 9) {
      mantissa = mantissa * 10 + digit;
    } else if (*at == '.' && point == nullptr) {
      point = at;
    } else {
      return base::parse_double(text);
    }
  }
  // Clinger 1990: both numbers are exact doubles, so one division rounds once.
  if (mantissa > exact || end - first == (point != nullptr ? 1 : 0) || (point == nullptr && end - first > 18)) {
    return base::parse_double(text);
  }
  const double value = static_cast<double>(mantissa) / powers_of_ten[point != nullptr ? end - point - 1 : 0];
  return negative ? -value : value;
}

}  // namespace retrain::csv
