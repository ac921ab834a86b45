// Text: small functions on strings that the standard library lacks.
#pragma once

#include <optional>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::base {

std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Levenshtein's distance.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `word` when it is near enough to be a slip of the fingers, else nullopt.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);
/// A whole finite number, without surrounding blanks, hex, "inf" or "nan".
std::optional<double> parse_double(std::string_view text);
std::optional<long long> parse_integer(std::string_view text);
/// Shortest text that reads back to the same double; "null" when it is not finite.
std::string format_double(double value);
/// `value` with `digits` significant digits, for people.
std::string format_short(double value, int digits = 4);
/// Shell-style match of a file name: * and ?.
bool matches_pattern(std::string_view name, std::string_view pattern);
/// Text shortened to `limit` bytes, control characters as \xNN, so that it fits in one line of a message.
std::string printable(std::string_view text, std::size_t limit = 80);
/// Whether every byte belongs to valid UTF-8.
bool valid_utf8(std::string_view text);
/// Ids that may stand in messages and paths: [A-Za-z0-9][A-Za-z0-9._-]{0,127}, no "..".
bool safe_id(std::string_view text);

}  // namespace retrain::base
