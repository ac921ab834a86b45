// Kinds: the types of configuration value that there are.
#pragma once

#include <cstdint>
#include <map>
#include <retrain/config.hpp>

#include "kind.hpp"

namespace retrain::config {

inline const Range any_number{};
inline const Range share{0, 1};  // both ends belong to it
inline const Range probability{0, 1, true, true};
inline const Range percent{0, 100, true, false};
inline const Range not_negative{0, std::nullopt};
inline const Range positive{0, std::nullopt, true, false};

Kind<double> number(Range range);
Kind<bool> flag();
Kind<std::string> text();          ///< not empty, no control characters
Kind<std::string> text_or_null();  ///< null = the empty text
Kind<std::string> identifier();    ///< may stand in paths: base::safe_id
Kind<std::string> zone();          ///< shaped like an IANA zone; whether there is one of that name is the calendar's to say
Kind<std::string> cell();          ///< as the data may hold it: the empty text too
Kind<std::string> delimiter();     ///< one character that may separate fields
Kind<std::string> file_pattern();  ///< of names in one folder
Kind<std::string> choice(std::vector<std::string> allowed, std::vector<std::string> unavailable = {});
Kind<std::string> loss();            ///< a name that row_losses knows
Kind<Duration> duration();           ///< 90s, 15m, 1h, 7d
Kind<Duration> positive_duration();  ///< the same, over 0s
Kind<Duration> seconds();            ///< a number of seconds, or a duration
Kind<long long> integer(long long least, long long most);
Kind<unsigned> threads();                                                               ///< auto (0) or a count
Kind<std::vector<std::string>> list_of(Kind<std::string> item, std::size_t least = 0);  ///< distinct items

// Values that are maps, each one key of the configuration (records.cpp).
Kind<std::string> session_rule();
Kind<std::vector<ColumnRule>> column_rules();
Kind<std::map<std::string, std::vector<std::string>>> rising_rules();
Kind<std::vector<SumRule>> sum_rules();
Kind<std::vector<RowCondition>> row_conditions();
Kind<std::map<std::string, std::string>> parameters();

/// An integer of any type.
template <class Number>
Kind<Number> whole(long long least, long long most) {
  const Kind<long long> wide = integer(least, most);
  return {wide.type,
          [wide](const YamlNode& node, const Problems& problems) -> std::optional<Number> {
            const auto value = wide.read(node, problems);
            if (!value) return std::nullopt;
            if (std::in_range<Number>(*value)) return static_cast<Number>(*value);
            wide.check(*value, problems);
            return std::nullopt;
          },
          [wide, most](const Number& value, const Problems& problems) {
            if (std::in_range<long long>(value)) return wide.check(static_cast<long long>(value), problems);
            problems.add("must be at most " + std::to_string(most) + ", not " + std::to_string(value));
          },
          [](const Number& value) { return std::to_string(value); }};
}

/// An enumeration whose names to_string knows.
template <class Enum>
Kind<Enum> enumeration(std::vector<Enum> all, std::vector<std::string> unavailable = {}) {
  std::vector<std::string> names;
  for (const Enum value : all) names.emplace_back(to_string(value));
  const Kind<std::string> name = choice(names, std::move(unavailable));
  return {name.type,
          [name, all, names](const YamlNode& node, const Problems& problems) -> std::optional<Enum> {
            const auto word = name.read(node, problems);
            if (!word) return std::nullopt;
            for (std::size_t i = 0; i < all.size(); ++i) {
              if (names[i] == *word) return all[i];
            }
            name.check(*word, problems);
            return std::nullopt;
          },
          [name](const Enum& value, const Problems& problems) { name.check(std::string(to_string(value)), problems); },
          [](const Enum& value) { return std::string(to_string(value)); }};
}

/// The same value, or null for none.
template <class Value>
Kind<std::optional<Value>> or_null(Kind<Value> kind) {
  using Optional = std::optional<Value>;
  return {kind.type + ", or null",
          [kind](const YamlNode& node, const Problems& problems) -> std::optional<Optional> {
            if (node.kind == YamlNode::Kind::null) return Optional{};
            if (auto value = kind.read(node, problems)) return Optional{std::move(*value)};
            return std::nullopt;
          },
          [kind](const Optional& value, const Problems& problems) {
            if (value) kind.check(*value, problems);
          },
          [kind](const Optional& value) { return value ? kind.write(*value) : std::string("null"); }};
}

}  // namespace retrain::config
