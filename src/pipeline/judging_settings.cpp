#include "judging_settings.hpp"

#include <retrain/config_file.hpp>

#include "base/json.hpp"

namespace retrain::pipeline {
namespace {

bool judges(const std::string& key) {
  return key.starts_with("validation.") || key.starts_with("comparison.");
}

}  // namespace

std::string write_judging_settings(const Config& config) {
  base::Json out = base::Json::object();
  for (const ConfigValue& value : config_values(config)) {
    if (judges(value.key)) out[value.key] = value.value;
  }
  return base::dump(out);
}

Result<Config> with_judging_settings(const Config& config, const std::string& json) {
  if (json.empty()) return config;
  const auto stored = base::parse_json(json);
  if (!stored) return Status{StatusCode::corrupt, "stored settings: " + stored.status().message()};
  ConfigOverrides overrides;
  for (const ConfigValue& value : config_values(config)) overrides[value.key] = value.value;
  for (const auto& [key, value] : stored->items()) {
    if (!judges(key) || !value.is_string()) return Status{StatusCode::corrupt, "stored settings hold " + key};
    overrides[key] = value.get<std::string>();
  }
  auto loaded = parse_config("", "stored settings", overrides);
  if (!loaded) return Status{StatusCode::corrupt, loaded.status().message()};
  Config restored = config;
  restored.validation = std::move(loaded->config.validation);
  restored.comparison = std::move(loaded->config.comparison);
  return restored;
}

}  // namespace retrain::pipeline
