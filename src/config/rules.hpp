// Rules: what must hold between several keys.
#pragma once

#include <functional>
#include <retrain/config.hpp>
#include <string>
#include <vector>

namespace retrain::config {

struct Conflict {
  std::string message;            ///< names the keys
  std::string key;                ///< whose place shows it best; a section when no key does
  std::vector<std::string> path;  ///< within its value, as in Problem
};

struct Rule {
  std::vector<std::string> keys;  ///< that it speaks of; each is right by itself
  std::function<std::vector<Conflict>(const Config&)> conflicts;
};

const std::vector<Rule>& rules();

}  // namespace retrain::config
