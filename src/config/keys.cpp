#include "keys.hpp"

#include <algorithm>
#include <iterator>

#include "key_builder.hpp"

namespace retrain::config {
namespace {

std::vector<Key> make_keys() {
  std::vector<Key> all;
  for (auto part : {model_and_data_keys(), decision_keys(), training_keys(), validation_keys(), aftermath_keys()}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

std::string Key::environment_name() const {
  std::string out = "RETRAIN_";
  for (const char c : name) out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = make_keys();
  return all;
}

std::size_t key_index(std::string_view name) {
  const auto found = std::find_if(keys().begin(), keys().end(), [&](const Key& key) { return key.name == name; });
  return static_cast<std::size_t>(found - keys().begin());
}

std::size_t environment_index(std::string_view variable) {
  const auto found =
      std::find_if(keys().begin(), keys().end(), [&](const Key& key) { return key.environment_name() == variable; });
  return static_cast<std::size_t>(found - keys().begin());
}

bool is_section(std::string_view name) {
  return !names_in(name).empty();
}

std::vector<std::string> names_in(std::string_view section) {
  const std::string prefix = section.empty() ? "" : std::string(section) + ".";
  std::vector<std::string> names;
  for (const auto& key : keys()) {
    if (!key.name.starts_with(prefix)) continue;
    const std::string name = key.name.substr(prefix.size(), key.name.find('.', prefix.size()) - prefix.size());
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

bool is_unavailable(std::string_view name) {
  static const std::vector<std::string> planned = {"resources.isolation"};
  return std::find(planned.begin(), planned.end(), name) != planned.end();
}

}  // namespace retrain::config
