// rollback · hold · lift
#include <CLI/CLI.hpp>

#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct HoldOptions {
  std::string reason;
  std::string duration;
};

std::string describe(const RollbackReport& report) {
  if (report.to) {
    std::string text = report.dry_run ? "would roll back" : "rolled back";
    if (report.from) text += " from " + report.from->sha256.substr(0, 12);
    text += " to " + report.to->sha256.substr(0, 12) + "\n";
    text += report.hold_until ? "nothing is promoted until " + moment(*report.hold_until)
                              : "nothing is promoted until the hold is lifted";
    return text + "\n";
  }
  return "nothing was changed: " + report.reason + "\n";
}

/// Whether production is where the request wants it: then asking again is no refusal.
Result<bool> is_satisfied(Pipeline& pipeline, const RollbackRequest& request) {
  const auto models = pipeline.models(2);
  if (!models) return models.status();
  if (models->empty()) return false;
  if (!request.to_sha256.empty()) return models->front().model.sha256.starts_with(request.to_sha256);
  return models->size() == 2 && models->back().state == DeploymentState::rolled_back;
}

Result<int> roll_back(Invocation& invocation, RollbackRequest request) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  request.actor = invocation.actor();
  const auto report = (*pipeline)->rollback(request);
  if (!report) return report.status();
  invocation.print(describe(*report), to_json(*report));
  if (report->done || report->to) return exit_done;
  const auto satisfied = is_satisfied(**pipeline, request);
  if (!satisfied) return satisfied.status();
  return *satisfied ? exit_done : exit_refused;
}

/// The hold's outcome is the state it leaves.
Result<int> show_hold(Invocation& invocation, Pipeline& pipeline) {
  const auto now = pipeline.status();
  if (!now) return now.status();
  std::string text = "no hold: promotions go on\n";
  if (now->hold)
    text = "held " + (now->hold->until ? "until " + moment(*now->hold->until) : std::string("until lifted")) + ": " +
           now->hold->reason + "\n";
  invocation.print(text, to_json(*now));
  return exit_done;
}

Result<int> hold(Invocation& invocation, const HoldOptions& options) {
  Hold wanted{.actor = invocation.actor(), .reason = options.reason, .until = std::nullopt};
  if (!options.duration.empty()) {
    const auto duration = parse_duration(options.duration);
    if (!duration) return duration.status().within("--for");
    wanted.until = make_system_clock()->now().wall + *duration;
  }
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  if (Status status = (*pipeline)->hold(wanted); !status) return status;
  return show_hold(invocation, **pipeline);
}

Result<int> lift(Invocation& invocation, const std::string& reason) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  if (Status status = (*pipeline)->lift({.actor = invocation.actor(), .reason = reason}); !status) return status;
  return show_hold(invocation, **pipeline);
}

}  // namespace

void add_control_verbs(CLI::App& app, Action& chosen) {
  CLI::App* rolling = app.add_subcommand("rollback", "put the last stable model back and hold promotions");
  const auto request = std::make_shared<RollbackRequest>();
  rolling->add_option("--reason", request->reason, "why; stands in the records")->type_name("TEXT")->required();
  rolling
      ->add_option("--to", request->to_sha256,
                   "a stable model, by the start of its hash (default: the newest before the present one)")
      ->type_name("SHA");
  rolling->add_flag("--dry-run", request->dry_run, "only say what would be done");
  rolling->add_flag("--trust-hash", request->trust_hash, "also to a model that this program cannot load");
  rolling->callback(
      [&chosen, request] { chosen = [request](Invocation& invocation) { return roll_back(invocation, *request); }; });

  CLI::App* holding = app.add_subcommand("hold", "let nothing be promoted");
  const auto options = std::make_shared<HoldOptions>();
  holding->add_option("--reason", options->reason, "why; stands in the records")->type_name("TEXT")->required();
  holding->add_option("--for", options->duration, "how long, like 90s, 15m, 24h or 7d (default: until lifted)")
      ->type_name("DURATION");
  holding->callback([&chosen, options] { chosen = [options](Invocation& invocation) { return hold(invocation, *options); }; });

  CLI::App* lifting = app.add_subcommand("lift", "end a hold");
  const auto reason = std::make_shared<std::string>();
  lifting->add_option("--reason", *reason, "why; stands in the records")->type_name("TEXT")->required();
  lifting->callback([&chosen, reason] { chosen = [reason](Invocation& invocation) { return lift(invocation, *reason); }; });
}

}  // namespace retrain::cli
