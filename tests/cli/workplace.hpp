// A folder with sessions, a configuration and the program to try on them.
#pragma once

#include <nlohmann/json.hpp>

#include "support/process.hpp"
#include "support/world.hpp"

namespace retrain::test {

class Workplace {
 public:
  /// Sessions 1 … `days`, whose truth moves at day `change`; no configuration yet.
  explicit Workplace(int days = 24, int change = 1000) { write_sessions(folder, days, change, 4); }

  /// Writes retrain.yaml: quick to train on the sessions of this folder, `more` appended.
  void configure(const std::string& more = "") {
    folder.write("retrain.yaml",
                 "model: {name: toy, target: y, features: {numeric: [x, z], categorical: [colour]}}\n"
                 "data: {time: {column: date}}\n"
                 "training: {max_rounds: 20, early_stopping_rounds: 0, window_sessions: 8, mode: full, parameters: {eta: 0.3, "
                 "max_depth: 4}}\n"
                 "validation: {holdout_sessions: 6}\n"
                 "verification: {verify_sessions: 6}\n"
                 "backtest: {first_sessions: 12}\n" +
                     more);
  }

  ProcessResult retrain(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {},
                        std::string input = "") const {
    arguments.insert(arguments.begin(), RETRAIN_PROGRAM);
    return run_process(arguments, {folder.path(), std::move(environment), std::move(input)});
  }

  /// The one JSON document on stdout of a call with --json.
  nlohmann::json json(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    return nlohmann::json::parse(retrain(std::move(arguments)).out);
  }

  TemporaryFolder folder;
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace retrain::test
