#include "invocation.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace retrain::cli {

namespace fs = std::filesystem;

Result<std::string> Invocation::config_path() const {
  if (!options.config.empty()) return options.config;
  std::error_code ignored;
  for (const char* usual : {"retrain.yaml", "config/retraining.yaml"}) {
    if (fs::exists(usual, ignored)) return std::string(usual);
  }
  return Status{StatusCode::not_found,
                "no configuration: neither retrain.yaml nor config/retraining.yaml is here (`retrain init` writes one, --config "
                "names one)"};
}

std::map<std::string, std::string> Invocation::environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with("RETRAIN_") || equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Result<ConfigOverrides> Invocation::overrides() const {
  ConfigOverrides call;
  for (const std::string& setting : options.set) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Status{StatusCode::invalid_argument,
                    "--set takes key=value, like drift.severity_threshold=0.8, not '" + setting + "'"};
    }
    if (!call.emplace(setting.substr(0, equals), setting.substr(equals + 1)).second) {
      return Status{StatusCode::invalid_argument, "--set gives " + setting.substr(0, equals) + " twice"};
    }
  }
  if (!options.state.empty()) {
    // A path on the command line starts where the command was given, not where the configuration lies.
    std::error_code error;
    const fs::path absolute = fs::absolute(options.state, error);
    if (error) return Status{StatusCode::io_error, "cannot resolve " + options.state + ": " + error.message()};
    std::string text = "'";
    for (const char c : absolute.lexically_normal().string()) text += c == '\'' ? "''" : std::string(1, c);
    call["state.directory"] = text + "'";
  }
  return call;
}

Result<LoadedConfig> Invocation::load_config() const {
  const auto path = config_path();
  if (!path) return path.status();
  const auto call = overrides();
  if (!call) return call.status();
  return retrain::load_config(*path, *call, environment());
}

Result<std::unique_ptr<Pipeline>> Invocation::open(StateUse use) const {
  auto loaded = load_config();
  if (!loaded) return loaded.status();
  const std::string directory = loaded->config.state.directory;
  std::error_code ignored;
  if (use == StateUse::existing && !fs::exists(fs::path(directory) / "state.db", ignored)) {
    return Status{StatusCode::not_found, "there is no state in " + directory + ": run `retrain init` first"};
  }
  auto pipeline = Pipeline::open(std::move(loaded->config));
  // A state that belongs to another task or other features is a matter of the configuration, not of the policy.
  if (!pipeline && pipeline.status().code() == StatusCode::conflict) {
    return Status{StatusCode::invalid_argument, pipeline.status().message()};
  }
  return pipeline;
}

Result<RunId> Invocation::find_run(Pipeline& pipeline, const std::string& name) const {
  const auto runs = pipeline.runs({.limit = 100'000, .state = std::nullopt});
  if (!runs) return runs.status();
  if (name == "last") {
    if (runs->empty()) return Status{StatusCode::not_found, "there is no run yet"};
    return runs->front().id;
  }
  std::vector<RunId> found;
  for (const RunSummary& run : *runs) {
    if (run.id == name) return run.id;
    if (!name.empty() && run.id.starts_with(name)) found.push_back(run.id);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) return Status{StatusCode::not_found, "there is no run '" + name + "'"};
  return Status{StatusCode::invalid_argument, "'" + name + "' is the start of " + std::to_string(found.size()) +
                                                  " runs, among them " + found[0] + " and " + found[1]};
}

std::string Invocation::actor() const {
  if (!options.actor.empty()) return options.actor;
  for (const char* variable : {"LOGNAME", "USER"}) {
    if (const char* name = std::getenv(variable); name != nullptr && *name != '\0') return name;
  }
  return "uid " + std::to_string(::getuid());
}

void Invocation::print(const std::string& text, const std::string& json) {
  console.clear_progress();
  console.print_text(options.json ? json : text);
}

}  // namespace retrain::cli
