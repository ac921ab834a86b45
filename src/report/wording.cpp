#include "wording.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace retrain::report {

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "n/a";
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits).ptr;
  std::string text(buffer, end);
  // A rounded-away negative must not read as "-0.0".
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string brief(double value) {
  if (!std::isfinite(value)) return "n/a";
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e7)) {
    char buffer[48];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific, 2).ptr};
  }
  const int whole = size == 0 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  return fixed(value, std::clamp(4 - whole, 0, 8));
}

std::string probability(double value) {
  if (value > 0 && value < 0.0001) return "< 0.0001";
  std::string text = fixed(value, 4);
  if (text.find('.') != std::string::npos) text.erase(std::max(text.find_last_not_of('0') + 1, text.find('.') + 2));
  return text;
}

std::string change(double value, double reference) {
  if (!std::isfinite(value) || !std::isfinite(reference) || reference == 0) return "n/a";
  const double percent = 100 * (value - reference) / std::abs(reference);
  const std::string text = fixed(percent, 1);
  return (text.front() == '-' || percent == 0 || text == "0.0" ? "" : "+") + text + " %";
}

std::string counted(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string short_hash(std::string_view hash) {
  return std::string(hash.substr(0, 12));
}

std::string date_of(Time time) {
  return format_time(time).substr(0, 10);
}

std::string moment(Time time) {
  return format_time(std::chrono::floor<std::chrono::seconds>(time));
}

std::string_view without_lead(std::string_view message) {
  const auto colon = message.find(": ");
  const bool one_word = colon != std::string_view::npos && message.substr(0, colon).find(' ') == std::string_view::npos;
  return one_word ? message.substr(colon + 2) : message;
}

std::string spoken(std::string_view name) {
  std::string text(name);
  if (text.find(' ') == std::string::npos) std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

void pad(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  const auto shown = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  if (shown < width) out.append(width - shown, ' ');
}

}  // namespace retrain::report
