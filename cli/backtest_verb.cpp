// backtest: the policy played on the past, one line per decision.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <unistd.h>

#include "invocation.hpp"

namespace retrain::cli {
namespace {

struct BacktestFiles {
  std::string config;
  std::string page;
  std::string numbers;
};

Tone tone_of(const std::string& kind) {
  if (kind == "promoted" || kind == "stable") return Tone::good;
  if (kind == "rejected" || kind == "data_not_ready") return Tone::warning;
  if (kind == "rolled_back" || kind == "failed") return Tone::bad;
  return Tone::accent;
}

void show(Console& console, const BacktestDecision& decision) {
  char place[64];
  std::snprintf(place, sizeof place, "%4zu  %-16s  ", decision.session_number, decision.session.c_str());
  std::string kind = decision.kind;
  kind.resize(std::max<std::size_t>(14, kind.size()), ' ');
  const bool talk = console.json();
  std::string line =
      console.coloured(place, Tone::faint, talk) + console.coloured(kind, tone_of(decision.kind), talk) + "  " + decision.message;
  if (decision.severity > 0) {
    char severity[32];
    std::snprintf(severity, sizeof severity, " (severity %.2f)", decision.severity);
    line += console.coloured(severity, Tone::faint, talk);
  }
  talk ? console.say(line) : console.print(line);
}

/// Fails before the work when the file could not be written after it; leaves nothing behind.
Status check_writable(const std::string& path) {
  if (path.empty()) return {};
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const bool exists = ::access(path.c_str(), F_OK) == 0;
  const std::string asked = exists ? path : (folder.empty() ? std::string(".") : folder);
  if (::access(asked.c_str(), W_OK) == 0) return {};
  return {StatusCode::io_error, "cannot write " + path + ": " + std::strerror(errno)};
}

Status write(const std::string& path, const std::string& text) {
  if (path.empty()) return {};
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int error = errno;
  if ((file != nullptr && std::fclose(file) != 0) || !written)
    return {StatusCode::io_error, "cannot write " + path + ": " + std::strerror(error)};
  return {};
}

Result<int> run_backtest(Invocation& invocation, const BacktestFiles& files) {
  if (!files.config.empty()) {
    if (!invocation.options.config.empty())
      return Status{StatusCode::invalid_argument, "the configuration is given twice: " + files.config + " and --config"};
    invocation.options.config = files.config;
  }
  const auto loaded = invocation.load_config();
  if (!loaded) return loaded.status();
  for (const std::string& path : {files.page, files.numbers}) {
    if (Status status = check_writable(path); !status) return status;
  }
  Console& console = invocation.console;
  console.follow("backtest");
  console.set_quiet(true);
  BacktestOptions options;
  options.state_directory = invocation.options.state;
  options.observer = &console;
  options.on_decision = [&console](const BacktestDecision& decision) { show(console, decision); };
  const auto report = backtest(loaded->config, options);
  console.clear_progress();
  if (!report) return report.status();
  const std::string json = to_json(*report);
  if (Status status = write(files.page, render_html(*report)); !status) return status;
  if (Status status = write(files.numbers, json + "\n"); !status) return status;
  invocation.print("\n" + render_text(*report), json);
  if (!files.page.empty()) console.say("report: " + files.page);
  if (!files.numbers.empty()) console.say("numbers: " + files.numbers);
  return exit_done;
}

}  // namespace

void add_backtest_verb(CLI::App& app, Action& chosen) {
  CLI::App* playing = app.add_subcommand("backtest", "play the past: your policy against never and always retraining");
  const auto files = std::make_shared<BacktestFiles>();
  playing->add_option("CONFIG", files->config, "configuration file, the same as --config");
  playing->add_option("--report", files->page, "write the report as one page")->type_name("FILE.html");
  playing->add_option("--out", files->numbers, "write the numbers as JSON")->type_name("FILE.json");
  playing->callback([&chosen, files] { chosen = [files](Invocation& invocation) { return run_backtest(invocation, *files); }; });
}

}  // namespace retrain::cli
