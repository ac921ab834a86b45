// status · runs · explain · report · replay
#include <CLI/CLI.hpp>
#include <cstdio>

#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

Result<int> status(Invocation& invocation) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto now = (*pipeline)->status();
  if (!now) return now.status();
  invocation.print(render_text(*now), to_json(*now));
  return exit_done;
}

Result<int> runs(Invocation& invocation, std::size_t limit) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto found = (*pipeline)->runs({.limit = limit, .state = std::nullopt});
  if (!found) return found.status();
  std::vector<std::vector<std::string>> rows = {{"RUN", "CREATED", "SEVERITY", "OUTCOME", "WHY"}};
  for (const RunSummary& run : *found) {
    char severity[16] = "-";
    if (run.severity > 0) std::snprintf(severity, sizeof severity, "%.2f", run.severity);
    rows.push_back({run.id, moment(run.created), severity,
                    std::string(run.outcome == Outcome::none ? to_string(run.state) : to_string(run.outcome)), run.reason});
  }
  invocation.print(found->empty() ? "no run yet\n" : aligned(rows), to_json(*found));
  return exit_done;
}

Result<RunReport> load_report(Invocation& invocation, const std::string& run) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto id = invocation.find_run(**pipeline, run);
  if (!id) return id.status();
  return (*pipeline)->report(*id);
}

Result<int> explain_run(Invocation& invocation, const std::string& run) {
  const auto report = load_report(invocation, run);
  if (!report) return report.status();
  invocation.print(explain(*report), to_json(*report));
  return exit_done;
}

Result<int> report_run(Invocation& invocation, const std::string& run, const std::string& format) {
  const auto report = load_report(invocation, run);
  if (!report) return report.status();
  const std::string json = to_json(*report);
  invocation.print(format == "json" ? json : format == "html" ? render_html(*report) : render_markdown(*report), json);
  return exit_done;
}

Result<int> replay_run(Invocation& invocation, const std::string& run) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto id = invocation.find_run(**pipeline, run);
  if (!id) return id.status();
  const auto replay = (*pipeline)->replay(*id);
  if (!replay) return replay.status();
  const std::string verdict = replay->agrees ? invocation.console.coloured("agrees", Tone::good)
                                             : invocation.console.coloured("does not agree", Tone::bad);
  invocation.print(verdict + ": " + replay->message + "\n", to_json(*replay));
  return replay->agrees ? exit_done : exit_failed;
}

}  // namespace

void add_report_verbs(CLI::App& app, Action& chosen) {
  app.add_subcommand("status", "what is in production, what runs, what waits")->callback([&chosen] { chosen = status; });

  CLI::App* running = app.add_subcommand("runs", "the newest runs and how they ended");
  const auto limit = std::make_shared<std::size_t>(20);
  running->add_option("--limit", *limit, "how many (default: 20)")->type_name("COUNT");
  running->callback([&chosen, limit] { chosen = [limit](Invocation& invocation) { return runs(invocation, *limit); }; });

  CLI::App* explaining = app.add_subcommand("explain", "in a few lines: why a run ran, what was judged, what was decided");
  const auto explained = std::make_shared<std::string>();
  explaining->add_option("RUN", *explained, "`last`, an id, or its start")->required();
  explaining->callback(
      [&chosen, explained] { chosen = [explained](Invocation& invocation) { return explain_run(invocation, *explained); }; });

  CLI::App* reporting = app.add_subcommand("report", "everything about a run as JSON, Markdown or a page");
  const auto reported = std::make_shared<std::pair<std::string, std::string>>("", "md");
  reporting->add_option("RUN", reported->first, "`last`, an id, or its start")->required();
  reporting->add_option("--format", reported->second, "json, md or html (default: md)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"json", "md", "html"}));
  reporting->callback([&chosen, reported] {
    chosen = [reported](Invocation& invocation) { return report_run(invocation, reported->first, reported->second); };
  });

  CLI::App* replaying =
      app.add_subcommand("replay", "judges a run again from what is stored: gate, comparison and level must agree to the bit");
  const auto replayed = std::make_shared<std::string>();
  replaying->add_option("RUN", *replayed, "`last`, an id, or its start")->required();
  replaying->callback(
      [&chosen, replayed] { chosen = [replayed](Invocation& invocation) { return replay_run(invocation, *replayed); }; });
}

}  // namespace retrain::cli
