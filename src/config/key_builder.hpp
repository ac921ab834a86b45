// How a key of the configuration is declared: its name, the field that it fills, what it may hold and what it means.
#pragma once

#include <utility>

#include "keys.hpp"
#include "kinds.hpp"

namespace retrain::config {

using Count = std::size_t;
using C = Config;

inline constexpr long long most = 1'000'000;  // of anything counted here; sums of several stay far from overflow
inline constexpr long long most_rows = 1'000'000'000'000;

/// A field of Config, however deep.
template <class... Members>
auto at(Members... members) {
  return [members...](auto& config) -> auto& { return (config.*....*members); };
}

template <class Field, class Value>
Key key(const char* name, Field field, Kind<Value> kind, const char* meaning) {
  return {name,
          kind.type,
          meaning,
          false,
          [field, kind](const YamlNode& node, Config& config, const Problems& problems) {
            auto value = kind.read(node, problems);
            if (value) field(config) = std::move(*value);
            return value.has_value();
          },
          [field, kind](const Config& config, const Problems& problems) { kind.check(field(config), problems); },
          [field, kind](const Config& config) { return kind.write(field(config)); }};
}

inline Key required(Key key) {
  key.required = true;
  return key;
}

// The keys by section; keys.cpp puts them together.
std::vector<Key> model_and_data_keys();
std::vector<Key> decision_keys();
std::vector<Key> training_keys();
std::vector<Key> validation_keys();
std::vector<Key> aftermath_keys();

}  // namespace retrain::config
