// check: whether data is ready, by a configuration or by the format alone; a first schema from a file.
#include <CLI/CLI.hpp>

#include <filesystem>

#include "findings_text.hpp"
#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

namespace fs = std::filesystem;

struct CheckOptions {
  std::vector<std::string> files;
  std::string infer;
};

/// A number for people.
std::string brief(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

bool is_configuration(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

/// What is asked of named files: rules about cells and rows; which sessions exist is no matter of single files.
Status settle_files(const std::vector<std::string>& paths, DataSettings& data) {
  for (const auto& path : paths) {
    std::error_code error;
    // A link is as good as its file when a person names it.
    const fs::path real = fs::canonical(path, error);
    if (error) return {StatusCode::not_found, "cannot open " + path + ": " + error.message()};
    data.files.push_back(fs::is_symlink(path, error) ? real.string() : path);
  }
  data.expected_sessions.clear();
  data.expected = {};
  data.settle = {};
  data.max_age.reset();
  data.dvc = {};
  return {};
}

std::string inferred_types(const std::vector<std::string>& files, const DataSettings& data) {
  std::string text;
  for (const auto& file : files) {
    const auto inferred = infer_columns(file, data);
    if (!inferred) continue;  // the findings say what is wrong with it
    std::vector<std::vector<std::string>> rows = {{"  COLUMN", "TYPE", "FROM", "TO", "MISSING"}};
    for (const ColumnRule& rule : inferred->columns) {
      rows.push_back({"  " + std::string(clipped(rule.name, 32)), std::string(to_string(rule.type)),
                      rule.min ? brief(*rule.min) : "-", rule.max ? brief(*rule.max) : "-",
                      rule.missing && *rule.missing > 0 ? "up to " + brief(*rule.missing) : "none"});
    }
    text += "\n" + file + ": " + std::to_string(inferred->rows) + (inferred->rows == 1 ? " row" : " rows") +
            ", inferred (no configuration)\n" + aligned(rows);
  }
  return text;
}

std::string headline(const Invocation& invocation, const Readiness& readiness) {
  const bool ready = readiness.verdict == ReadinessVerdict::ready;
  const bool waits = readiness.verdict == ReadinessVerdict::not_yet;
  std::string text = invocation.console.coloured(ready   ? "ready"
                                                 : waits ? "not yet"
                                                         : "broken",
                                                 ready   ? Tone::good
                                                 : waits ? Tone::warning
                                                         : Tone::bad) +
                     ": " + readiness.reason;
  if (readiness.retry_at) text += "; look again at " + moment(*readiness.retry_at);
  return text + "\n";
}

std::string dvc_text(const DvcReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const DvcOutput& output : report.outputs) {
    rows.push_back({"  " + output.path, std::string(to_string(output.state)), output.expected});
  }
  return rows.empty() ? "" : "\nDVC in " + report.root + "\n" + aligned(rows);
}

Result<int> infer(Invocation& invocation, const std::string& file) {
  DataSettings data;
  // A configuration that happens to be here may be one that waits for its columns to be filled in.
  if (const auto loaded = invocation.load_config()) {
    data = loaded->config.data;
  } else if (!invocation.options.config.empty()) {
    return loaded.status();
  }
  const auto inferred = infer_columns(file, data);
  if (!inferred) return inferred.status();
  const std::string yaml = "# inferred from " + file + ", " + std::to_string(inferred->rows) +
                           " rows: a start, to be tightened\n" + columns_yaml(inferred->columns);
  std::string json = "[";
  for (const ColumnRule& rule : inferred->columns) json += (json.size() > 1 ? "," : "") + to_json(rule);
  invocation.print(yaml, json + "]");
  return exit_done;
}

/// Shows progress, and passes on between two files that Ctrl-C was pressed.
class Watcher final : public Observer {
 public:
  explicit Watcher(Console& console) : console_(console) {}
  void log(const LogRecord& record) override { console_.log(record); }
  void progress(const Progress& progress) override {
    console_.progress(progress);
    if (!console_.keep_going()) stop_.request_stop();
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  Console& console_;
  std::stop_source stop_;
};

/// The configured data, with what earlier runs saw of it where there is a state; files that are named, as they are.
Result<Readiness> readiness_of(Invocation& invocation, const Config& config, bool has_rules) {
  Watcher watcher(invocation.console);
  if (has_rules && config.data.files.empty()) {
    const auto pipeline = invocation.open();
    if (pipeline) return (*pipeline)->check_data(watcher, watcher.token());
    if (pipeline.status().code() != StatusCode::not_found) return pipeline.status();
  }
  DataRequest request;
  request.as_of = make_system_clock()->now().wall;
  return make_session_readiness_checker(config.data, config.model)->check(request, watcher, watcher.token());
}

Result<int> check(Invocation& invocation, CheckOptions options) {
  if (!options.infer.empty()) return infer(invocation, options.infer);
  if (options.files.size() == 1 && is_configuration(options.files[0])) {
    if (!invocation.options.config.empty())
      return Status{StatusCode::invalid_argument, "--config and " + options.files[0] + " both name a configuration"};
    invocation.options.config = options.files[0];
    options.files.clear();
  }
  for (const auto& file : options.files) {
    if (is_configuration(file)) return Status{StatusCode::invalid_argument, file + " is a configuration, and stands alone"};
  }
  Config config;
  const bool has_rules = options.files.empty() || invocation.config_path().ok();
  if (has_rules) {
    auto loaded = invocation.load_config();
    if (!loaded) return loaded.status();
    config = std::move(loaded->config);
  }
  if (!options.files.empty()) {
    if (Status status = settle_files(options.files, config.data); !status) return status;
  }
  const auto readiness = readiness_of(invocation, config, has_rules);
  if (!readiness) return readiness.status();

  const char delimiter = config.data.delimiter.empty() ? ',' : config.data.delimiter.front();
  std::string text = headline(invocation, *readiness) + findings_text(invocation.console, *readiness, delimiter);
  if (readiness->dvc) text += dvc_text(*readiness->dvc);
  if (!has_rules) text += inferred_types(options.files, config.data);
  invocation.print(text, to_json(*readiness));
  return readiness->verdict == ReadinessVerdict::ready ? exit_done : exit_data_not_ready;
}

}  // namespace

void add_check_verb(CLI::App& app, Action& chosen) {
  CLI::App* checking = app.add_subcommand("check", "check data: the configured sessions, or the CSV files that are named");
  const auto options = std::make_shared<CheckOptions>();
  CLI::Option* files = checking->add_option("FILE", options->files, "a configuration (.yaml), or CSV files to be checked");
  checking->add_option("--infer", options->infer, "print a first section data.columns for this CSV file")
      ->type_name("FILE")
      ->excludes(files);
  checking->callback([&chosen, options] { chosen = [options](Invocation& invocation) { return check(invocation, *options); }; });
}

}  // namespace retrain::cli
