#include "run_facts.hpp"

#include <algorithm>
#include <cmath>

#include "base/json.hpp"
#include "base/text.hpp"
#include "wording.hpp"

namespace retrain::report {
namespace {

std::string why(const RunReport& report) {
  const RunSummary& run = report.run;
  std::string text = "asked for by " + (run.asked_by.empty() ? std::string("nobody known") : run.asked_by);
  if (run.severity > 0) text += ", severity " + fixed(run.severity, 2);
  if (report.alerts.size() > 1) text += ", " + counted(static_cast<std::int64_t>(report.alerts.size()), "alert") + " behind it";
  return text + ", " + moment(run.created);
}

std::string data(const Readiness& readiness) {
  std::string text = spoken(to_string(readiness.verdict));
  if (!readiness.reason.empty() && readiness.reason != to_string(readiness.verdict)) text += ": " + readiness.reason;
  const auto& sessions = readiness.snapshot.sessions;
  if (!sessions.empty()) {
    text += "; the newest session is " + sessions.back().id;
  }
  const auto errors = std::count_if(readiness.findings.begin(), readiness.findings.end(),
                                    [](const Finding& finding) { return finding.level == FindingLevel::error; });
  if (!readiness.findings.empty()) {
    text += "; " + counted(static_cast<std::int64_t>(readiness.findings.size()), "finding") + ", " + counted(errors, "error");
  }
  return text;
}

/// Which version of the data DVC recorded, and whether it was that.
std::string versioned(const DvcReport& dvc) {
  constexpr std::size_t most_named = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most_named, dvc.outputs.size()); ++i) {
    const DvcOutput& output = dvc.outputs[i];
    text += (i > 0 ? ", " : "") + output.path + " " + spoken(to_string(output.state));
    if (!output.expected.empty()) text += " (" + short_hash(output.expected) + ")";
  }
  if (dvc.outputs.size() > most_named) text += " and " + std::to_string(dvc.outputs.size() - most_named) + " more";
  return text;
}

std::string training(const std::string& json) {
  const Result<base::Json> parsed = base::parse_json(json);
  if (!parsed || !parsed->is_object()) return {};
  const auto text_of = [&](const char* key) {
    const auto found = parsed->find(key);
    return found != parsed->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  std::string text = text_of("mode");
  const auto rounds = parsed->find("rounds");
  if (rounds != parsed->end() && rounds->is_number_integer()) {
    text += (text.empty() ? "" : ", ") + counted(rounds->get<std::int64_t>(), "round");
  }
  for (const char* key : {"reason", "mode_reason"}) {
    if (const std::string reason = text_of(key); !reason.empty()) {
      text += (text.empty() ? "" : "; ") + std::string(without_lead(reason));
      break;
    }
  }
  return text;
}

std::string judged(std::string_view verdict, const std::string& reason, const std::string& message) {
  std::string text = spoken(verdict);
  if (!reason.empty()) text += " (" + spoken(reason) + ")";
  if (!message.empty()) text += ": " + std::string(without_lead(message));
  return text;
}

/// At which level was tested, and where it came from; nothing when none was spent.
std::string level(const GateReport& gate, const GateContext& context) {
  if (context.level_rule == "unspent") return {};
  std::string text = base::format_short(gate.level, 3) + " one-sided by " + context.level_rule;
  if (context.wealth) text += ", of " + base::format_short(*context.wealth, 3) + " left";
  if (!context.cached_from.empty())
    text += "; the same models on the same rows as run " + context.cached_from + ", whose verdict stands";
  return text;
}

std::string next(const RunReport& report) {
  const RunSummary& run = report.run;
  if (run.state == RunState::queued) {
    return run.not_before ? "starts at " + moment(*run.not_before) + " or later" : std::string("starts with the next tick");
  }
  if (run.state == RunState::running) {
    return run.next_step ? "the step " + std::string(to_string(*run.next_step)) : std::string("its end");
  }
  switch (run.outcome) {
    case Outcome::promoted:
      if (report.deployment == DeploymentState::provisional)
        return "the sessions that arrive later confirm it or bring the old model back";
      if (report.deployment == DeploymentState::stable) return "it is what a rollback can return to";
      if (report.deployment == DeploymentState::rolled_back) return "it is quarantined; promotion waits until the hold is over";
      return "a later model has taken its place";
    case Outcome::rejected: return "production stays as it was; the next alert may try again";
    case Outcome::data_not_ready: return "repair the data; the next alert or a manual run tries again";
    case Outcome::failed:
    case Outcome::set_aside: return "production stays as it was; a person should look at the reason";
    case Outcome::cancelled: return "production stays as it was";
    case Outcome::none: break;
  }
  return {};
}

}  // namespace

std::string run_outcome(const RunSummary& run) {
  return std::string(run.outcome == Outcome::none ? to_string(run.state) : to_string(run.outcome));
}

std::string described(const DeployedModel& model) {
  return short_hash(model.model.sha256) + " (version " + std::to_string(model.version) + ", " + spoken(to_string(model.state)) +
         " since " + moment(model.since) + ")";
}

std::vector<std::pair<std::string, std::string>> run_facts(const RunReport& report) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* name, std::string text) {
    if (!text.empty()) facts.emplace_back(name, std::move(text));
  };
  const RunSummary& run = report.run;
  add("why it ran", why(report));
  if (report.readiness) add("data", data(*report.readiness));
  if (report.readiness && report.readiness->dvc) add("dvc", versioned(*report.readiness->dvc));
  add("training", training(report.training));
  if (report.gate) add("gate", judged(to_string(report.gate->verdict), report.gate->reason, report.gate->message));
  if (report.gate && report.gate_context) add("level", level(*report.gate, *report.gate_context));
  if (report.comparison) {
    add("comparison", judged(to_string(report.comparison->verdict), report.comparison->reason, report.comparison->message));
  }
  if (report.deployment) add("deployment", judged(to_string(*report.deployment), "", report.deployment_reason));
  std::string outcome = spoken(run_outcome(run));
  if (!run.reason.empty()) outcome += ": " + spoken(run.reason);
  if (run.finished) outcome += ", " + moment(*run.finished);
  add(run.state == RunState::finished ? "outcome" : "state", std::move(outcome));
  add("next", next(report));
  return facts;
}

}  // namespace retrain::report
