// Reading retrain.yaml: strict, with every error at its line and column.
#pragma once

#include <map>
#include <retrain/config.hpp>
#include <string>
#include <vector>

namespace retrain {

/// One thing wrong with a configuration.
struct ConfigIssue {
  std::string file;
  int line = 0;  ///< from 1; 0 = not from a file
  int column = 0;
  std::string message;
  /// "retrain.yaml:4:3: unknown key 'serverity_threshold', did you mean 'severity_threshold'"
  std::string text() const;
};

enum class Origin { defaulted, file, environment, call };
std::string_view to_string(Origin origin);

/// One key as it is in force.
struct ConfigValue {
  std::string key;    ///< "drift.severity_threshold"
  std::string value;  ///< as YAML flow text
  Origin origin = Origin::defaulted;
};

/// One key that a file may have.
struct ConfigKey {
  std::string key;
  std::string type;      ///< "number", "duration", "list of text", …
  std::string fallback;  ///< the default as YAML flow text
  std::string meaning;
};

/// Values that go before the file: key ("drift.severity_threshold") → YAML text.
using ConfigOverrides = std::map<std::string, std::string>;

struct LoadedConfig {
  Config config;
  std::vector<ConfigValue> values;  ///< every key, in the order of the documentation
};

/// Reads `path`; relative paths in it are resolved against its folder. `environment` (RETRAIN_DRIFT_SEVERITY_THRESHOLD=…; the
/// caller passes what it wants honoured) goes before the file, `call` before both. Fails with invalid_argument and the first
/// error, or not_found when there is no such file.
Result<LoadedConfig> load_config(const std::string& path, const ConfigOverrides& call = {},
                                 const std::map<std::string, std::string>& environment = {});

/// The same from text; `name` stands in messages and its folder is where relative paths start.
Result<LoadedConfig> parse_config(std::string_view yaml, const std::string& name, const ConfigOverrides& call = {},
                                  const std::map<std::string, std::string>& environment = {});

/// Every error of a file, not only the first; empty = it is good.
std::vector<ConfigIssue> check_config(const std::string& path, const std::map<std::string, std::string>& environment = {});

/// Checks a configuration that was made in code: ranges, names, zones. The message names the key.
Status validate(const Config& config);

/// Every key, in the order of the documentation.
std::vector<ConfigKey> config_schema();

/// Every key's value in a configuration, however it was made, in the same order; origin is file where it is not the default.
std::vector<ConfigValue> config_values(const Config& config);

}  // namespace retrain
