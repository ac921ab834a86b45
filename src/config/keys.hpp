// Keys: the one table of everything that a configuration may say. Reading, checking, showing and documenting all follow from it.
#pragma once

#include <functional>
#include <retrain/config.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kind.hpp"

namespace retrain::config {

struct Key {
  std::string name;  ///< "drift.severity_threshold"
  std::string type;
  std::string meaning;
  bool required = false;
  std::function<bool(const YamlNode&, Config&, const Problems&)> read;  ///< sets the field; false = a problem was added
  std::function<void(const Config&, const Problems&)> check;
  std::function<std::string(const Config&)> write;

  /// RETRAIN_DRIFT_SEVERITY_THRESHOLD. No two keys share one: '.' and '_' both become '_', and the table tells them apart.
  std::string environment_name() const;
};

/// Every key, in the order of the documentation.
const std::vector<Key>& keys();
/// The place of `name` in keys(), or their number when it is none of them.
std::size_t key_index(std::string_view name);
/// The same by environment_name().
std::size_t environment_index(std::string_view variable);
/// Whether `name` ("drift", "drift.detector") holds keys.
bool is_section(std::string_view name);
/// The keys and sections right inside `section` ("" = the whole), without its name.
std::vector<std::string> names_in(std::string_view section);
/// Whether `name` is planned and refused: a key without an effect would be a lie.
bool is_unavailable(std::string_view name);

}  // namespace retrain::config
