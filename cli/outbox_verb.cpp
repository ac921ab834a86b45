// outbox list · replay · drop
#include <CLI/CLI.hpp>

#include "invocation.hpp"
#include "json_text.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

std::string state_of(const DeliveryTarget& target) {
  if (target.switched_off) return "switched off";
  if (target.paused_until) return "rests until " + moment(*target.paused_until);
  return target.configured ? "on" : "not configured";
}

std::string time_or_null(const std::optional<Time>& time) {
  return time ? cli::quoted(format_time(*time)) : "null";
}

std::string json_of(const DeliveryTarget& target) {
  return JsonObject()
      .text("name", target.name)
      .flag("configured", target.configured)
      .flag("switched_off", target.switched_off)
      .json("paused_until", time_or_null(target.paused_until))
      .count("failures", target.failures)
      .text("reason", target.reason)
      .count("waiting", static_cast<long long>(target.waiting))
      .count("given_up", static_cast<long long>(target.given_up))
      .str();
}

std::string json_of(const UndeliveredEvent& event) {
  return JsonObject()
      .text("target", event.target)
      .text("event", event.event.id)
      .text("type", event.event.type)
      .text("time", format_time(event.event.time))
      .flag("given_up", event.given_up)
      .count("attempts", event.attempts)
      .json("next_try", time_or_null(event.next_try))
      .text("reason", event.reason)
      .str();
}

template <class Record>
std::string json_list(const std::vector<Record>& records) {
  std::string out;
  for (const Record& record : records) out += (out.empty() ? "" : ",") + json_of(record);
  return "[" + out + "]";
}

Result<int> list(Invocation& invocation) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto report = (*pipeline)->outbox();
  if (!report) return report.status();
  std::string text = "events go to the log alone: no webhook and no chat is configured\n";
  if (!report->targets.empty()) {
    std::vector<std::vector<std::string>> rows = {{"TARGET", "STATE", "WAITING", "GIVEN UP", "LAST FAILURE"}};
    for (const auto& target : report->targets) {
      rows.push_back(
          {target.name, state_of(target), std::to_string(target.waiting), std::to_string(target.given_up), target.reason});
    }
    text = aligned(rows);
  }
  if (!report->undelivered.empty()) {
    std::vector<std::vector<std::string>> rows = {{"EVENT", "TARGET", "TYPE", "TIME", "TRIES", "NEXT", "LAST FAILURE"}};
    for (const auto& event : report->undelivered) {
      const std::string next = event.given_up || !event.next_try ? "given up" : moment(*event.next_try);
      rows.push_back({event.event.id, event.target, event.event.type, moment(event.event.time), std::to_string(event.attempts),
                      next, event.reason});
    }
    text += "\n" + aligned(rows);
  }
  invocation.print(
      text, JsonObject().json("targets", json_list(report->targets)).json("undelivered", json_list(report->undelivered)).str());
  return exit_done;
}

Result<int> change(Invocation& invocation, OutboxSelection selection, bool replay) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  selection.actor = invocation.actor();
  const auto changed = replay ? (*pipeline)->replay_events(selection) : (*pipeline)->drop_events(selection);
  if (!changed) return changed.status();
  const std::string what = std::to_string(*changed) + (*changed == 1 ? " event" : " events");
  invocation.print(what + (replay ? " will be tried again at the next tick\n" : " given up for good\n"),
                   JsonObject().count("events", *changed).str());
  return exit_done;
}

void add_change(CLI::App& outbox, Action& chosen, const std::string& name, const std::string& meaning, bool replay) {
  CLI::App* verb = outbox.add_subcommand(name, meaning);
  const auto selection = std::make_shared<OutboxSelection>();
  verb->add_option("event", selection->event_id, "the event's id, or its start (default: all that are given up)")
      ->type_name("EVENT");
  verb->add_option("--target", selection->target, "only of this target (default: of all)")->type_name("TARGET");
  verb->add_flag("--waiting", selection->waiting, "those that are still tried, too");
  verb->callback([&chosen, selection, replay] {
    chosen = [selection, replay](Invocation& invocation) { return change(invocation, *selection, replay); };
  });
}

}  // namespace

void add_outbox_verb(CLI::App& app, Action& chosen) {
  CLI::App* outbox = app.add_subcommand("outbox", "what webhooks and chats have not received");
  outbox->require_subcommand(1);
  outbox->add_subcommand("list", "the targets, and the events they refused")->callback([&chosen] { chosen = list; });
  add_change(*outbox, chosen, "replay", "try undelivered events anew, and switch their targets on again", true);
  add_change(*outbox, chosen, "drop", "give undelivered events up for good", false);
}

}  // namespace retrain::cli
