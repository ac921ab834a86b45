// Configurations that are right, for tests that spoil or vary them.
#pragma once

#include <string>

namespace retrain::test {

inline const std::string model_section = "model: {name: m, target: y, features: {numeric: [x]}}\n";

/// Uses every shape of value there is: block and flow, lists, maps, durations, quotes, null, comments.
inline const std::string good_file = R"(# laps of a race
model:
  name: lap-time
  task: regression
  target: lap_time
  features:
    numeric: [lap, tyre_life]
    categorical:
      - driver
      - compound
state: {directory: .retrain}
data:
  directory: races
  pattern: "*.csv"
  session: {column: session_id}
  time: {column: date, zone: Europe/Vienna}
  columns:
    lap_time: {type: float, min: 40, max: 3e3, missing: 0.05}
    compound: {type: text, values: [SOFT, MEDIUM, "HARD"]}
  unique: [driver, lap]
  rising: {lap: [driver]}
  where:
    - {column: is_accurate, equals: 1}
    - {column: compound, in: [SOFT, 'MEDIUM']}
drift:
  severity_threshold: 0.5
  debounce_seconds: 15m
  cooldown_seconds: 600
  escalation_step: null
  detector: {enabled: true, level: 0.01, min_sessions: 4}
schedule: {weekend_days: [sat, sun]}
resources: {threads: auto}
training: {mode: warm, parameters: {eta: 0.3, tree_method: hist}, seed: 7}
validation: {holdout_sessions: 6, recent_sessions: 2, max_mae: ~}
rollback: {window: 7d, hold: 36h}
backtest: {first_sessions: 10, score: {first: 12, last: 40}}
)";

}  // namespace retrain::test
