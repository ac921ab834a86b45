// run · tick · step
#include <CLI/CLI.hpp>

#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct RunOptions {
  std::string run;
  std::string reason;
  std::string mode;
};

Result<int> run(Invocation& invocation, const RunOptions& options) {
  if (options.run.empty() && options.reason.empty()) {
    return Status{StatusCode::invalid_argument, "a new run needs --reason; to continue one, name it (or `last`)"};
  }
  if (!options.run.empty() && (!options.reason.empty() || !options.mode.empty())) {
    return Status{StatusCode::invalid_argument, "--reason and --mode are for a new run, not for run '" + options.run + "'"};
  }
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  ManualRun request{.actor = invocation.actor(), .reason = options.reason, .mode = std::nullopt};
  for (const TrainingMode mode :
       {TrainingMode::automatic, TrainingMode::warm, TrainingMode::full, TrainingMode::recalibrate, TrainingMode::best}) {
    if (options.mode == to_string(mode)) request.mode = mode;
  }
  const auto id = options.run.empty() ? (*pipeline)->request_run(request) : invocation.find_run(**pipeline, options.run);
  if (!id) return id.status();
  const auto report = (*pipeline)->run(*id, invocation.console);
  if (!report) return report.status();
  invocation.print(explain(*report), to_json(*report));
  return exit_code(report->run.state, report->run.outcome);
}

std::string describe(const TickReport& tick, const Console& console) {
  std::string text;
  for (const AlertDecision& alert : tick.alerts)
    text += "drift detected, alert " + std::string(to_string(alert.verdict)) + ": " + alert.reason + "\n";
  if (tick.verification) text += "verification: " + tick.verification->message + "\n";
  if (tick.rollback && tick.rollback->done) {
    text += "rolled back to " + (tick.rollback->to ? tick.rollback->to->sha256.substr(0, 12) : "nothing") + ": " +
            tick.rollback->reason + "\n";
  }
  if (tick.run) text += explain(*tick.run);
  for (const std::string& note : tick.notes) {
    if (!console.has_warned(note)) text += "note: " + note + "\n";
  }
  if (tick.events_delivered > 0)
    text += std::to_string(tick.events_delivered) + (tick.events_delivered == 1 ? " event" : " events") + " delivered\n";
  if (tick.events_pending > 0) text += std::to_string(tick.events_pending) + " to be delivered later\n";
  if (text.empty()) text = "nothing was due\n";
  if (tick.next_due) text += "next due at " + moment(*tick.next_due) + "\n";
  return text;
}

Result<int> tick(Invocation& invocation) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto report = (*pipeline)->tick(invocation.console);
  if (!report) return report.status();
  invocation.print(describe(*report, invocation.console), to_json(*report));
  return exit_code(*report);
}

Result<int> step(Invocation& invocation, const std::string& run, const std::string& name) {
  const auto wanted = parse_step(name);
  if (!wanted) return wanted.status();
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto id = invocation.find_run(**pipeline, run);
  if (!id) return id.status();
  const auto report = (*pipeline)->step(*id, *wanted, invocation.console);
  if (!report) return report.status();
  std::string text =
      std::string(to_string(report->step)) + (report->done ? (report->repeated ? ": done before" : ": done") : ": waits");
  if (!report->reason.empty()) text += ", " + report->reason;
  if (report->run_state == RunState::finished)
    text += "\nrun " + report->run_id + " ended: " + std::string(to_string(report->outcome));
  invocation.print(text + "\n", to_json(*report));
  if (report->run_state == RunState::finished) return exit_code(report->run_state, report->outcome);
  return report->done ? exit_done : exit_try_later;
}

}  // namespace

void add_run_verbs(CLI::App& app, Action& chosen) {
  CLI::App* running = app.add_subcommand("run", "train, judge and deploy now, or continue a run");
  const auto options = std::make_shared<RunOptions>();
  running->add_option("RUN", options->run, "the run to continue: `last`, an id, or its start; none = a new run");
  running->add_option("--reason", options->reason, "why a new run is wanted; stands in the records")->type_name("TEXT");
  running->add_option("--mode", options->mode, "auto, warm, full, recalibrate or best (default: as configured)")
      ->type_name("MODE")
      ->check(CLI::IsMember({"auto", "warm", "full", "recalibrate", "best"}));
  running->callback([&chosen, options] { chosen = [options](Invocation& invocation) { return run(invocation, *options); }; });

  app.add_subcommand("tick", "do everything that is due: detection, verification, one run, events")->callback([&chosen] {
    chosen = tick;
  });

  CLI::App* stepping = app.add_subcommand("step", "do one step of a run: what orchestrators call");
  const auto names = std::make_shared<std::pair<std::string, std::string>>();
  stepping->add_option("RUN", names->first, "`last`, an id, or its start")->required();
  stepping->add_option("STEP", names->second, "readiness, train, gate, compare, deploy or verify")->required();
  stepping->callback(
      [&chosen, names] { chosen = [names](Invocation& invocation) { return step(invocation, names->first, names->second); }; });
}

}  // namespace retrain::cli
