// init: a configuration to start from, and the state directory.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "config_template.hpp"
#include "json_text.hpp"
#include "invocation.hpp"

namespace retrain::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string name = "model";
  std::string target;
  std::vector<std::string> numeric, categorical;
  std::string data;
};

std::string yaml_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + yaml_quoted(text);
  return out + "]";
}

std::map<std::string, std::string> given_values(const InitOptions& options) {
  std::map<std::string, std::string> values = {{"model.name", yaml_quoted(options.name)}};
  if (!options.target.empty()) values["model.target"] = yaml_quoted(options.target);
  if (!options.numeric.empty()) values["model.features.numeric"] = yaml_list(options.numeric);
  if (!options.categorical.empty()) values["model.features.categorical"] = yaml_list(options.categorical);
  if (options.data.empty()) return values;
  std::error_code ignored;
  const fs::path data(options.data);
  if (fs::is_directory(data, ignored)) {
    values["data.directory"] = yaml_quoted(options.data);
  } else {
    values["data.directory"] = yaml_quoted(data.has_parent_path() ? data.parent_path().string() : ".");
    values["data.pattern"] = yaml_quoted(data.filename().string());
  }
  return values;
}

/// Writes a new file only: an existing one is somebody's work.
Status write_new(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wbx");
  if (file == nullptr) return {StatusCode::io_error, "cannot create " + path + ": " + std::strerror(errno)};
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written) return {StatusCode::io_error, "cannot write " + path + ": " + std::strerror(errno)};
  return {};
}

Result<int> init(Invocation& invocation, const InitOptions& options) {
  std::string path = invocation.options.config;
  if (path.empty()) path = invocation.config_path() ? *invocation.config_path() : "retrain.yaml";
  std::error_code ignored;
  const bool wrote = !fs::exists(path, ignored);
  if (wrote) {
    if (Status status = write_new(path, config_template(given_values(options))); !status) return status;
    const bool complete = !options.target.empty() && !(options.numeric.empty() && options.categorical.empty());
    if (!complete) {
      // The state is bound to the model's target and features, so it waits until they are known.
      invocation.print("wrote " + path + ": fill in model.target and model.features, then run `retrain init` again\n",
                       JsonObject()
                           .text("config", path)
                           .flag("config_written", true)
                           .json("state_directory", "null")
                           .flag("created", false)
                           .str());
      return exit_done;
    }
  }
  const auto loaded = invocation.load_config();
  if (!loaded) return loaded.status();
  const std::string directory = loaded->config.state.directory;
  const bool existed = fs::exists(fs::path(directory) / "state.db", ignored);
  const auto pipeline = invocation.open(StateUse::create);
  if (!pipeline) return pipeline.status();
  invocation.print((wrote ? "wrote " + path + "\n" : "") +
                       (existed ? "the state in " + directory + " exists already\n" : "created the state in " + directory + "\n"),
                   JsonObject()
                       .text("config", path)
                       .flag("config_written", wrote)
                       .text("state_directory", directory)
                       .flag("created", !existed)
                       .str());
  return exit_done;
}

}  // namespace

void add_init_verb(CLI::App& app, Action& chosen) {
  CLI::App* verb = app.add_subcommand("init", "write a configuration when there is none, and create the state directory");
  const auto options = std::make_shared<InitOptions>();
  verb->add_option("--name", options->name, "for a new configuration: the model's name (default: model)")->type_name("NAME");
  verb->add_option("--target", options->target, "… the column that is predicted")->type_name("COLUMN");
  verb->add_option("--numeric", options->numeric, "… numeric feature columns, separated by commas")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--categorical", options->categorical, "… category feature columns")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--data", options->data, "… the folder of the session files, or one file")->type_name("PATH");
  verb->callback([&chosen, options] { chosen = [options](Invocation& invocation) { return init(invocation, *options); }; });
}

}  // namespace retrain::cli
