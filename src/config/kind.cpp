#include "kind.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <retrain/time.hpp>

#include "base/text.hpp"

namespace retrain::config {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// What YAML readers take for null, a boolean or no finite number.
bool reserved_word(std::string_view text) {
  static const std::set<std::string> words = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf"};
  return words.contains(base::lower(text));
}

}  // namespace

Problems Problems::member(const std::string& name) const {
  return part(subject_ + "." + base::printable(name), name);
}

std::string in_quotes(std::string_view text) {
  return "'" + base::printable(text) + "'";
}

bool plain_scalar(const YamlNode& node) {
  return node.kind == YamlNode::Kind::scalar && !node.quoted;
}

std::optional<std::string> number_fault(std::string_view text) {
  std::string_view bare = text;
  if (!bare.empty() && (bare.front() == '+' || bare.front() == '-')) bare.remove_prefix(1);
  const std::string word = base::lower(bare);
  if (word == ".nan" || word == ".inf" || word == "nan" || word == "inf" || word == "infinity") return "a finite number";
  // YAML 1.1 reads 010 as eight, people as ten.
  if (bare.size() > 1 && bare[0] == '0' && digit(bare[1])) return "a number without leading zeros";
  if (!bare.empty() && (digit(bare.front()) || bare.front() == '.') && base::parse_double(text)) return std::nullopt;
  const bool percentage = bare.size() > 1 && bare.back() == '%';
  return percentage || parse_duration(text).ok() ? "a number without a unit" : "a number";
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::sequence: return "a list";
    case YamlNode::Kind::map: return "a map";
    case YamlNode::Kind::refused: return "an alias";
    case YamlNode::Kind::scalar: break;
  }
  return node.quoted ? "the quoted text " + in_quotes(node.text) : in_quotes(node.text);
}

std::string flow_text(std::string_view text) {
  const auto safe = [](char c) { return letter(c) || digit(c) || c == '.' || c == '/' || c == '-'; };
  const bool path = text.size() > 1 && (text[0] == '.' || text[0] == '/') && !digit(text[1]);
  const bool opening = !text.empty() && (letter(text[0]) || path);
  if (opening && std::all_of(text.begin(), text.end(), safe) && !reserved_word(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      constexpr char hex[] = "0123456789abcdef";
      out += {'\\', 'x', hex[byte / 16], hex[byte % 16]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string flow_scalar(std::string_view text) {
  return number_fault(text) && text != "true" && text != "false" ? flow_text(text) : std::string(text);
}

std::string flow_list(const std::vector<std::string>& items) {
  return "[" + base::join(items, ", ") + "]";
}

std::string number_text(double value) {
  if (std::abs(value) < 1e15 && value == std::trunc(value)) return std::to_string(static_cast<long long>(value));
  return base::format_double(value);
}

std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest_name = 64;
  return word.size() > longest_name ? std::nullopt : base::nearest(word, candidates);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest_name(word, candidates);
  return near ? ", did you mean '" + *near + "'" : std::string{};
}

bool Range::holds(double value) const {
  if (!std::isfinite(value)) return false;
  if (low && (open_low ? value <= *low : value < *low)) return false;
  return !high || (open_high ? value < *high : value <= *high);
}

std::string Range::text() const {
  const std::string from = low ? number_text(*low) : "", to = high ? number_text(*high) : "";
  if (low && high && open_low && open_high) return "between " + from + " and " + to + ", both excluded";
  if (low && high && open_low) return "over " + from + ", at most " + to;
  if (low && high) return "from " + from + " to " + to;
  if (low) return (open_low ? "over " : "at least ") + from;
  return "";
}

}  // namespace retrain::config
