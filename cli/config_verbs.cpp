// config check · show · schema
#include <CLI/CLI.hpp>

#include "json_text.hpp"
#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

std::string as_json(const ConfigIssue& issue) {
  return JsonObject()
      .text("file", issue.file)
      .count("line", issue.line)
      .count("column", issue.column)
      .text("message", issue.message)
      .str();
}

std::string as_json(const ConfigValue& value) {
  return JsonObject().text("key", value.key).text("value", value.value).text("origin", to_string(value.origin)).str();
}

std::string as_json(const ConfigKey& key) {
  return JsonObject()
      .text("key", key.key)
      .text("type", key.type)
      .text("default", key.fallback)
      .text("meaning", key.meaning)
      .str();
}

template <class Record>
std::string list(const std::vector<Record>& records) {
  std::string out = "[";
  for (const Record& record : records) out += (out.size() > 1 ? "," : "") + as_json(record);
  return out + "]";
}

Result<int> check(Invocation& invocation) {
  const auto path = invocation.config_path();
  if (!path) return path.status();
  std::vector<ConfigIssue> issues = check_config(*path, Invocation::environment());
  // What --set and --state say is checked with the rest, once the file is in order.
  if (issues.empty()) {
    if (const auto loaded = invocation.load_config(); !loaded) issues.push_back({"", 0, 0, loaded.status().message()});
  }
  std::string text;
  for (const ConfigIssue& issue : issues) text += issue.text() + "\n";
  if (issues.empty()) text = *path + " is valid\n";
  invocation.print(text, JsonObject().text("file", *path).flag("ok", issues.empty()).json("issues", list(issues)).str());
  return issues.empty() ? exit_done : exit_usage;
}

Result<int> show(Invocation& invocation, bool origin) {
  const auto loaded = invocation.load_config();
  if (!loaded) return loaded.status();
  std::vector<std::vector<std::string>> rows;
  for (const ConfigValue& value : loaded->values) {
    rows.push_back({value.key + ":", value.value});
    if (origin) rows.back().push_back("# " + std::string(to_string(value.origin)));
  }
  invocation.print(aligned(rows), list(loaded->values));
  return exit_done;
}

Result<int> schema(Invocation& invocation) {
  const std::vector<ConfigKey> keys = config_schema();
  std::string text;
  for (const ConfigKey& key : keys) {
    text += key.key + "  " +
            invocation.console.coloured("(" + key.type + ", default " + (key.fallback.empty() ? "none" : key.fallback) + ")",
                                        Tone::faint) +
            "\n    " + key.meaning + "\n";
  }
  invocation.print(text, list(keys));
  return exit_done;
}

}  // namespace

void add_config_verbs(CLI::App& app, Action& chosen) {
  CLI::App* config = app.add_subcommand("config", "check, show or explain the configuration");
  config->require_subcommand(1);
  config->add_subcommand("check", "print every error of the configuration file")->callback([&chosen] { chosen = check; });

  CLI::App* showing = config->add_subcommand("show", "print every setting as it is in force");
  const auto origin = std::make_shared<bool>(false);
  showing->add_flag("--origin", *origin, "and where it comes from: default, file, environment or call");
  showing->callback([&chosen, origin] { chosen = [origin](Invocation& invocation) { return show(invocation, *origin); }; });

  config->add_subcommand("schema", "print every key, its type, default and meaning")->callback([&chosen] { chosen = schema; });
}

}  // namespace retrain::cli
