// Invocation: one call of the program: its global options, its configuration, its pipeline, its console.
#pragma once

#include <functional>
#include <memory>
#include <retrain/retrain.hpp>
#include <string>
#include <vector>

#include "console.hpp"
#include "exit_code.hpp"

namespace CLI {
class App;
}

namespace retrain::cli {

struct GlobalOptions {
  std::string config;            ///< empty = retrain.yaml, else config/retraining.yaml
  std::string state;             ///< goes before state.directory
  std::vector<std::string> set;  ///< "drift.severity_threshold=0.8"
  std::string actor;             ///< empty = the login name
  bool json = false;
};

/// Whether the pipeline may create its state.
enum class StateUse { existing, create };

class Invocation {
 public:
  GlobalOptions options;
  Console console;

  /// The configuration file that is meant; not_found when none is there.
  Result<std::string> config_path() const;
  Result<LoadedConfig> load_config() const;
  /// Opens the configured pipeline. Fails with not_found where there is no state and none may be created.
  Result<std::unique_ptr<Pipeline>> open(StateUse use = StateUse::existing) const;
  /// The one run that `name` means: "last", an id, or the start of one.
  Result<RunId> find_run(Pipeline& pipeline, const std::string& name) const;
  /// Who asks: --actor, else the login name.
  std::string actor() const;

  /// The result: `text` for people, `json` with --json.
  void print(const std::string& text, const std::string& json);

  /// The environment's RETRAIN_… variables.
  static std::map<std::string, std::string> environment();
  /// --set and --state as overrides.
  Result<ConfigOverrides> overrides() const;
};

/// What a verb does; a failure is printed and becomes its exit code.
using Action = std::function<Result<int>(Invocation&)>;

/// Declares verbs below `app`: when one is given on the command line, `chosen` is what it does.
void add_init_verb(CLI::App& app, Action& chosen);
void add_doctor_verbs(CLI::App& app, Action& chosen);
void add_config_verbs(CLI::App& app, Action& chosen);
void add_alert_verbs(CLI::App& app, Action& chosen);
void add_run_verbs(CLI::App& app, Action& chosen);
void add_report_verbs(CLI::App& app, Action& chosen);
void add_models_verb(CLI::App& app, Action& chosen);
void add_control_verbs(CLI::App& app, Action& chosen);
void add_backtest_verb(CLI::App& app, Action& chosen);
void add_silence_verb(CLI::App& app, Action& chosen);
void add_queue_verb(CLI::App& app, Action& chosen);
void add_judge_verb(CLI::App& app, Action& chosen);
void add_check_verb(CLI::App& app, Action& chosen);
void add_outbox_verb(CLI::App& app, Action& chosen);

}  // namespace retrain::cli
