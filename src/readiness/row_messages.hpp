// Row messages: what is said of rows that break a rule about other rows or cells.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "schema.hpp"

namespace retrain::readiness {

inline std::string stands_already(const std::string& key, std::int64_t line) {
  return key + " stands in line " + std::to_string(line) + " already";
}

inline std::string does_not_rise(std::string_view text, const std::string& key, std::int64_t line) {
  const std::string of = key.empty() ? "" : " of " + key;
  return "'" + base::printable(text) + "'" + of + " does not rise above that in line " + std::to_string(line);
}

inline std::string unordered(std::string_view text) {
  return "'" + base::printable(text) + "' is neither a number nor a date";
}

inline std::string does_not_add_up(const Schema::Sum& rule, std::string_view text, double sum) {
  return "'" + base::printable(text) + "' is not the sum of " + base::printable(base::join(rule.columns, ", ")) + ", which is " +
         base::format_short(sum, 9);
}

}  // namespace retrain::readiness
