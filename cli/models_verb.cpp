// models · models import
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <retrain/foreign_model.hpp>

#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct ImportOptions {
  std::string file;
  std::string description;
  std::string reason;
};

Result<int> models(Invocation& invocation, std::size_t limit) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto found = (*pipeline)->models(limit);
  if (!found) return found.status();
  std::vector<std::vector<std::string>> rows = {{"", "VERSION", "MODEL", "SINCE", "STATE", "WHY"}};
  for (const DeployedModel& model : *found) {
    rows.push_back({model.in_production ? "*" : "", std::to_string(model.version), model.model.sha256.substr(0, 12),
                    moment(model.since), std::string(to_string(model.state)) + (model.quarantined ? ", quarantined" : ""),
                    model.reason});
  }
  invocation.print(found->empty() ? "no model was deployed yet\n" : aligned(rows), to_json(*found));
  return exit_done;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status{StatusCode::io_error, "cannot read " + path};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// This program, which probes the file in a process of its own.
Result<std::vector<std::string>> prober(const std::string& xgboost_library) {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return Status{StatusCode::io_error, "cannot tell which program this is"};
  std::vector<std::string> argv = {std::string(path, static_cast<std::size_t>(length)), "models", "probe"};
  if (!xgboost_library.empty()) argv.insert(argv.end(), {"--library", xgboost_library});
  return argv;
}

Result<int> import(Invocation& invocation, const ImportOptions& options) {
  auto loaded = invocation.load_config();
  if (!loaded) return loaded.status();
  ForeignModel foreign;
  foreign.origin = options.file;
  if (!options.description.empty()) {
    const auto text = read_file(options.description);
    if (!text) return text.status();
    auto description = parse_model_description(*text);
    if (!description) return description.status().within(options.description);
    foreign.description = std::move(*description);
  }
  const auto worker = prober(loaded->config.training.xgboost_library);
  if (!worker) return worker.status();
  const auto probe = probe_in_child(*worker, options.file, {});
  if (!probe) return probe.status().within(options.file);
  auto bytes = read_file(options.file);
  if (!bytes) return bytes.status();
  foreign.bytes = std::move(*bytes);
  auto trainer = make_importing_trainer(loaded->config.model, loaded->config.training, std::move(foreign), probe->sha256);
  if (!trainer) return trainer.status().within(options.file);
  PipelineParts parts;
  parts.trainer = std::move(*trainer);
  const auto pipeline = Pipeline::open(std::move(loaded->config), std::move(parts));
  if (!pipeline) return pipeline.status();
  const auto run = (*pipeline)->request_run({.actor = invocation.actor(), .reason = options.reason, .mode = TrainingMode::full});
  if (!run) return run.status();
  const auto report = (*pipeline)->run(*run, invocation.console);
  if (report && report->run.state == RunState::finished) {
    invocation.print(explain(*report), to_json(*report));
    return exit_code(report->run.state, report->run.outcome);
  }
  // Whoever took the run up later would not have the file: it would be an ordinary training.
  const std::string why = report ? report->run.reason : report.status().message();
  const auto cancelled = (*pipeline)->cancel(
      {.run = *run, .actor = invocation.actor(), .reason = "the import did not come to its end: " + why, .dry_run = false});
  if (!report) return report.status();
  if (!cancelled) return cancelled.status();
  return Status{StatusCode::unavailable, "the import must wait, and was given up: " + why};
}

/// The child's side: little memory and time, and one line.
Result<int> probe(Invocation& invocation, const std::string& file, const std::string& library) {
  const rlimit memory{rlim_t{8} << 30U, rlim_t{8} << 30U}, time{30, 30}, no_core{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_AS, &memory));
  static_cast<void>(::setrlimit(RLIMIT_CPU, &time));
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
  const auto probed = probe_model_file(file, library);
  if (!probed) return probed.status();
  invocation.console.print_text(probed->sha256 + " " + probed->version + "\n");
  return exit_done;
}

}  // namespace

void add_models_verb(CLI::App& app, Action& chosen) {
  CLI::App* modelling = app.add_subcommand("models", "every model that was in production, newest first");
  modelling->require_subcommand(0, 1);
  const auto most = std::make_shared<std::size_t>(20);
  modelling->add_option("--limit", *most, "how many (default: 20)")->type_name("COUNT");
  modelling->callback([&chosen, most, modelling] {
    if (modelling->get_subcommands().empty()) chosen = [most](Invocation& invocation) { return models(invocation, *most); };
  });

  CLI::App* importing = modelling->add_subcommand("import", "let a model that was made elsewhere stand for production");
  const auto options = std::make_shared<ImportOptions>();
  importing->add_option("FILE", options->file, "what XGBoost's save_model(\"….ubj\") wrote")->required();
  importing->add_option("--description", options->description, "a model.json that names the codes of its categories")
      ->type_name("FILE");
  importing->add_option("--reason", options->reason, "why it is wanted; stands in the records")->required()->type_name("TEXT");
  importing->callback(
      [&chosen, options] { chosen = [options](Invocation& invocation) { return import(invocation, *options); }; });

  CLI::App* probing = modelling->add_subcommand("probe", "")->group("");
  const auto probed = std::make_shared<std::pair<std::string, std::string>>();
  probing->add_option("FILE", probed->first)->required();
  probing->add_option("--library", probed->second);
  probing->callback([&chosen, probed] {
    chosen = [probed](Invocation& invocation) { return probe(invocation, probed->first, probed->second); };
  });
}

}  // namespace retrain::cli
