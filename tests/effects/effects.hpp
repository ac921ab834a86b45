// Effects: for every configuration key, something observable that the key changes. A key that arrives in Config but that
// nobody reads would pass every other test.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <retrain/config_file.hpp>
#include <string>
#include <vector>

namespace retrain::test {

struct Effect {
  std::string key;
  std::string away;  ///< a value that is not the default, as YAML
  /// What happens under a configuration, in words; the same configuration gives the same words.
  std::function<std::string(const Config&)> observe;
  /// The key has one legal value in this version: `away` is refused, and the message is what is observed.
  bool refused = false;
  /// Other keys without which `away` makes no sense.
  ConfigOverrides beside = {};
};
using Effects = std::vector<Effect>;

Effects model_effects();  ///< model, state, deployment
Effects data_effects();
Effects decision_effects();  ///< drift, schedule, resources
Effects queue_effects();
Effects training_effects();
Effects validation_effects();
Effects notification_effects();
Effects aftermath_effects();  ///< comparison, verification, rollback, backtest

/// Every default, `overrides` aside.
inline Result<LoadedConfig> configured(const ConfigOverrides& overrides = {}) {
  return parse_config("model: {name: toy, target: y, features: {numeric: [x, z], categorical: [colour]}}", "retrain.yaml",
                      overrides);
}

inline void check_effects(const Effects& effects) {
  for (const Effect& effect : effects) {
    CAPTURE(effect.key);
    const Config base = configured(effect.beside).value().config;
    ConfigOverrides away = effect.beside;
    away[effect.key] = effect.away;
    const auto changed = configured(away);

    const std::string usual = effect.observe(base);
    const std::string once_more = effect.observe(base);
    const std::string different = changed.ok() ? effect.observe(changed->config) : "refused: " + changed.status().message();

    CHECK_FALSE(usual.empty());
    CHECK(usual == once_more);
    CHECK(usual != different);
    CHECK_MESSAGE(changed.ok() != effect.refused, changed.status().message());
  }
}

}  // namespace retrain::test
