// The state of a pipeline for a terminal.
#include <retrain/report.hpp>

#include "base/text.hpp"
#include "run_facts.hpp"
#include "wording.hpp"

namespace retrain {
namespace {

using namespace report;

/// "2h 5m ago"; empty for what lies ahead.
std::string ago(Time now, Time then) {
  return now < then ? "" : format_duration(std::chrono::floor<std::chrono::seconds>(now - then)) + " ago";
}

std::string run_line(const RunSummary& run, Time now) {
  std::string text = run.id + " " + spoken(run_outcome(run));
  if (run.next_step && run.state == RunState::running) text += ", next " + std::string(to_string(*run.next_step));
  if (const std::string when = ago(now, run.finished.value_or(run.created)); !when.empty()) text += " " + when;
  if (!run.reason.empty()) text += ": " + spoken(run.reason);
  return text;
}

std::string hold_line(const PipelineStatus& status) {
  if (!status.hold) return "none";
  std::string text =
      "by " + status.hold->actor + ", " + (status.hold->until ? "until " + moment(*status.hold->until) : "until lifted");
  if (!status.hold->reason.empty()) text += ": " + status.hold->reason;
  return text;
}

std::string halt_clause(const PipelineStatus& status) {
  if (!status.halt) return "";
  std::string text = std::string(", ") + (status.halt->kind == HaltKind::paused ? "paused" : "drained") + " by " +
                     status.halt->actor + (status.halt->until ? " until " + moment(*status.halt->until) : "");
  if (!status.halt->reason.empty()) text += ": " + status.halt->reason;
  return text;
}

/// What the gates have drawn so far, and at which level the next one tests.
std::string level_line(const AlphaStatus& alpha) {
  return base::format_short(alpha.next_level, 3) + " one-sided for the next gate (" + alpha.method + "), " +
         base::format_short(alpha.spent, 3) + " spent on " + counted(static_cast<std::int64_t>(alpha.tests), "test") + " and " +
         counted(static_cast<std::int64_t>(alpha.promotions), "promotion");
}

}  // namespace

std::string render_text(const PipelineStatus& status) {
  std::string out = status.model + "  (" + status.state_directory + ")\n";
  const auto line = [&](std::string_view name, const std::string& text) {
    out += "  ";
    pad(out, name, 14);
    out += text + "\n";
  };
  line("production", status.production ? described(*status.production) +
                                             (status.production->reason.empty() ? "" : ", " + status.production->reason)
                                       : "no model yet");
  line("stable", status.stable ? described(*status.stable) : "none: there is nothing to roll back to");
  if (status.verification) {
    line("verification", spoken(status.verification->reason) + ", " +
                             counted(static_cast<std::int64_t>(status.verification->sessions), "session") +
                             (status.verification->message.empty() ? "" : ": " + status.verification->message));
  }
  line("hold", hold_line(status));
  if (status.safe_mode) line("safe mode", "too many rollbacks: nothing is promoted until the hold is lifted");
  line("queue", (status.queued == 0 ? "empty" : counted(static_cast<std::int64_t>(status.queued), "run") + " waiting") +
                    halt_clause(status));
  if (status.active) line("open run", run_line(*status.active, status.now));
  if (status.last_run) line("last run", run_line(*status.last_run, status.now));
  line("alerts", status.next_eligible_at && *status.next_eligible_at > status.now
                     ? "start a run from " + moment(*status.next_eligible_at) + " on"
                     : "start a run when severe enough");
  line("data", status.sessions_known == 0 ? "no session known yet"
                                          : counted(static_cast<std::int64_t>(status.sessions_known), "session") +
                                                (status.newest_session.empty() ? "" : ", the newest " + status.newest_session));
  if (status.alpha.tests > 0) line("level", level_line(status.alpha));
  line("events", status.events_pending == 0
                     ? "all delivered"
                     : counted(static_cast<std::int64_t>(status.events_pending), "event") + " to be delivered");
  return out;
}

}  // namespace retrain
