#include "kinds.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.hpp"

namespace retrain::config {
namespace {

constexpr Duration longest = std::chrono::days(36500);  // a century: sums with any stored time stay far from overflow
constexpr std::size_t longest_text = 4096;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_number(const YamlNode& node) {
  return plain_scalar(node) && !number_fault(node.text);
}

std::optional<double> read_number(const YamlNode& node, const Problems& problems) {
  if (!plain_scalar(node)) {
    problems.at(node, "needs a number, not " + describe(node));
    return std::nullopt;
  }
  if (const auto fault = number_fault(node.text)) {
    problems.at(node, "needs " + *fault + ", not " + describe(node));
    return std::nullopt;
  }
  return base::parse_double(node.text);
}

std::optional<std::string> read_text(const YamlNode& node, const Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar) return node.text;
  problems.at(node, "needs a text, not " + describe(node));
  return std::nullopt;
}

void check_text(const std::string& value, const Problems& problems) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (value.empty()) problems.add("needs a text that is not empty");
  if (value.size() > longest_text) {
    problems.add("is " + std::to_string(value.size()) + " bytes long, over the limit of " + std::to_string(longest_text));
  } else if (std::any_of(value.begin(), value.end(), control)) {
    problems.add("must not hold control characters, as " + in_quotes(value) + " does");
  } else if (!base::valid_utf8(value)) {
    problems.add("must be valid UTF-8, not " + in_quotes(value));
  }
}

std::optional<Duration> read_duration(const YamlNode& node, const Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar) {
    if (const auto value = parse_duration(node.text); value.ok()) return *value;
  }
  std::string claim = "needs a duration like 90s, 15m, 1h or 7d, not " + describe(node);
  if (is_number(node)) claim += ": a number needs its unit, as in " + node.text + "s or " + node.text + "d";
  problems.at(node, claim);
  return std::nullopt;
}

void check_duration(const Duration& value, const Problems& problems) {
  if (value < Duration{} || value > longest) {
    problems.add("must be from 0s to 36500d, not " + number_text(static_cast<double>(value.count()) / 1e6) + "s");
  }
}

/// Exact, in the largest unit that divides the value.
std::string write_duration(const Duration& value) {
  constexpr std::pair<std::int64_t, const char*> units[] = {
      {86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "m"}, {1'000'000, "s"}, {1'000, "ms"}};
  if (value == Duration{}) return "0s";
  for (const auto& [size, unit] : units) {
    if (value.count() % size == 0) return std::to_string(value.count() / size) + unit;
  }
  std::string fraction = std::to_string(value.count() % 1'000);
  return std::to_string(value.count() / 1'000) + "." + std::string(3 - fraction.size(), '0') + fraction + "ms";
}

}  // namespace

Kind<double> number(Range range) {
  return {range.text().empty() ? "number" : "number " + range.text(), read_number,
          [range](const double& value, const Problems& problems) {
            if (!std::isfinite(value)) return problems.add("must be a finite number");
            if (!range.holds(value)) problems.add("must be " + range.text() + ", not " + number_text(value));
          },
          number_text};
}

Kind<long long> integer(long long least, long long most) {
  const std::string limits = "from " + std::to_string(least) + " to " + std::to_string(most);
  return {"whole number " + limits,
          [limits](const YamlNode& node, const Problems& problems) -> std::optional<long long> {
            if (!read_number(node, problems)) return std::nullopt;
            const auto value = base::parse_integer(node.text);
            if (value) return value;
            const bool digits_only = std::all_of(node.text.begin() + 1, node.text.end(), digit);
            problems.at(node, (digits_only ? "must be " + limits : "needs a whole number") + ", not " + describe(node));
            return std::nullopt;
          },
          [=](const long long& value, const Problems& problems) {
            if (value < least || value > most) problems.add("must be " + limits + ", not " + std::to_string(value));
          },
          [](const long long& value) { return std::to_string(value); }};
}

Kind<bool> flag() {
  return {"true or false",
          [](const YamlNode& node, const Problems& problems) -> std::optional<bool> {
            if (plain_scalar(node) && (node.text == "true" || node.text == "false")) return node.text == "true";
            problems.at(node, "needs true or false, not " + describe(node));
            return std::nullopt;
          },
          [](const bool&, const Problems&) {}, [](const bool& value) { return std::string(value ? "true" : "false"); }};
}

Kind<std::string> text() {
  return {"text", read_text, check_text, [](const std::string& value) { return flow_text(value); }};
}

Kind<std::string> text_or_null() {
  return {"text, or null",
          [](const YamlNode& node, const Problems& problems) -> std::optional<std::string> {
            if (node.kind == YamlNode::Kind::null) return std::string{};
            auto value = read_text(node, problems);
            if (!value || !value->empty()) return value;
            problems.at(node, "needs a text that is not empty, or null");
            return std::nullopt;
          },
          [](const std::string& value, const Problems& problems) {
            if (!value.empty()) check_text(value, problems);
          },
          [](const std::string& value) { return value.empty() ? "null" : flow_text(value); }};
}

Kind<std::string> cell() {
  return {"text or number",
          [](const YamlNode& node, const Problems& problems) -> std::optional<std::string> {
            if (node.kind == YamlNode::Kind::scalar) return node.text;
            problems.at(node, "needs a text or number, not " + describe(node));
            return std::nullopt;
          },
          [](const std::string& value, const Problems& problems) {
            if (!value.empty()) check_text(value, problems);
          },
          [](const std::string& value) { return flow_scalar(value); }};
}

Kind<std::string> delimiter() {
  return {"one character", read_text,
          [](const std::string& value, const Problems& problems) {
            // What stands in numbers, names and quotes cannot separate them.
            const bool good =
                value.size() == 1 && std::string_view(",;|\t:!#$%&*/<=>?@^`~ ").find(value[0]) != std::string_view::npos;
            if (!good) problems.add("must be one character that separates fields, like ',' or ';', not " + in_quotes(value));
          },
          [](const std::string& value) { return value == "\t" ? std::string("\"\\t\"") : flow_text(value); }};
}

Kind<std::string> identifier() {
  return {
      "name", read_text,
      [](const std::string& value, const Problems& problems) {
        if (base::safe_id(value)) return;
        problems.add("must be 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit, without '..', not " +
                     in_quotes(value));
      },
      [](const std::string& value) { return flow_text(value); }};
}

Kind<std::string> zone() {
  return {"zone", read_text,
          [](const std::string& value, const Problems& problems) {
            // Zone names become paths below the system's zone files, and must not lead out of them.
            const bool named = std::all_of(value.begin(), value.end(), [](char c) {
              return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '+' || c == '-' || c == '/';
            });
            if (named && !value.empty() && value.front() != '/' && value.size() <= 64) return;
            problems.add("must be a zone's name like Europe/Vienna, not " + in_quotes(value));
          },
          [](const std::string& value) { return flow_text(value); }};
}

Kind<std::string> file_pattern() {
  return {"file pattern", read_text,
          [](const std::string& value, const Problems& problems) {
            check_text(value, problems);
            // A "/" reaches into sub-folders, one level each, but never out of the data's folder.
            for (const auto part : base::split(value, '/')) {
              if (!part.empty() && part != "." && part != "..") continue;
              problems.add("must match names inside data.directory, not " + in_quotes(value));
              return;
            }
          },
          [](const std::string& value) { return flow_text(value); }};
}

Kind<std::string> choice(std::vector<std::string> allowed, std::vector<std::string> unavailable) {
  return {base::join(allowed, " | "), read_text,
          [=](const std::string& value, const Problems& problems) {
            if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
            if (std::find(unavailable.begin(), unavailable.end(), value) != unavailable.end()) {
              return problems.add(in_quotes(value) + " is not available in this version, which has " + base::join(allowed, ", "));
            }
            problems.add("must be " + std::string(allowed.size() > 1 ? "one of " : "") + base::join(allowed, ", ") + ", not " +
                         in_quotes(value) + suggestion(value, allowed));
          },
          [](const std::string& value) { return flow_text(value); }};
}

Kind<std::string> loss() {
  const std::vector<std::string> names = {"auto", "absolute_error", "squared_error", "log_loss", "brier", "zero_one"};
  return {base::join(names, " | ") + " | pinball(q)", read_text,
          [names](const std::string& value, const Problems& problems) {
            if (std::find(names.begin(), names.end(), value) != names.end()) return;
            if (value.starts_with("pinball(") && value.ends_with(")")) {
              const auto quantile = base::parse_double(std::string_view(value).substr(8, value.size() - 9));
              if (quantile && *quantile > 0 && *quantile < 1) return;
              return problems.add("needs a quantile between 0 and 1, like pinball(0.9), not " + in_quotes(value));
            }
            problems.add("must be one of " + base::join(names, ", ") + ", pinball(q), not " + in_quotes(value) +
                         suggestion(value, names));
          },
          [](const std::string& value) { return flow_text(value); }};
}

Kind<Duration> duration() {
  return {"duration", read_duration, check_duration, write_duration};
}

Kind<Duration> positive_duration() {
  return {"duration over 0s", read_duration,
          [](const Duration& value, const Problems& problems) {
            if (value == Duration{}) return problems.add("must be over 0s");
            check_duration(value, problems);
          },
          write_duration};
}

Kind<Duration> seconds() {
  return {"seconds, or a duration",
          [](const YamlNode& node, const Problems& problems) -> std::optional<Duration> {
            if (node.kind == YamlNode::Kind::scalar) {
              if (const auto value = parse_duration(node.text); value.ok()) return *value;
            }
            if (!is_number(node)) {
              problems.at(node, "needs a number of seconds, or a duration like 90s, 15m, 1h or 7d, not " + describe(node));
              return std::nullopt;
            }
            const double value = *base::parse_double(node.text);
            const double limit = std::chrono::duration<double>(longest).count();
            if (value >= 0 && value <= limit) return Duration(std::llround(value * 1e6));
            problems.at(node, "must be from 0 to " + number_text(limit) + " seconds, not " + node.text);
            return std::nullopt;
          },
          check_duration, [](const Duration& value) { return number_text(static_cast<double>(value.count()) / 1e6); }};
}

Kind<unsigned> threads() {
  const Kind<unsigned> count = whole<unsigned>(1, 1024);
  return {"auto, or a " + count.type,
          [count](const YamlNode& node, const Problems& problems) -> std::optional<unsigned> {
            if (plain_scalar(node) && node.text == "auto") return 0U;
            if (is_number(node)) {
              const auto value = count.read(node, problems);
              if (value == 0U) problems.at(node, "needs auto or at least 1, not 0");
              return value == 0U ? std::nullopt : value;
            }
            problems.at(node, "needs auto or a whole number, not " + describe(node));
            return std::nullopt;
          },
          [count](const unsigned& value, const Problems& problems) {
            if (value != 0) count.check(value, problems);
          },
          [](const unsigned& value) { return value == 0 ? "auto" : std::to_string(value); }};
}

Kind<std::vector<std::string>> list_of(Kind<std::string> item, std::size_t least) {
  using List = std::vector<std::string>;
  return {"list of " + item.type,
          [item](const YamlNode& node, const Problems& problems) -> std::optional<List> {
            if (node.kind != YamlNode::Kind::sequence) {
              problems.at(node, "needs a list like [a, b], not " + describe(node));
              return std::nullopt;
            }
            List values;
            for (const auto& child : node.children) {
              if (auto value = item.read(child, problems)) values.push_back(std::move(*value));
            }
            return values.size() == node.children.size() ? std::optional(values) : std::nullopt;
          },
          [item, least](const List& values, const Problems& problems) {
            if (values.size() < least) problems.add("needs at least " + std::to_string(least) + " entry");
            std::set<std::string_view> seen;
            for (std::size_t i = 0; i < values.size(); ++i) {
              item.check(values[i], problems.element(i));
              if (!seen.insert(values[i]).second) problems.element(i).add("lists " + in_quotes(values[i]) + " twice");
            }
          },
          [item](const List& values) {
            List parts;
            for (const auto& value : values) parts.push_back(item.write(value));
            return flow_list(parts);
          }};
}

}  // namespace retrain::config
