// queue list · cancel · pause · resume · drain · requeue
#include <CLI/CLI.hpp>

#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct QueueOptions {
  std::string run, reason, duration;
  bool dry_run = false;
};

std::string two_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string described(const QueueHalt& halt) {
  std::string text = halt.kind == HaltKind::paused ? "paused" : "drained";
  text += " by " + halt.actor;
  if (halt.until) text += " until " + moment(*halt.until);
  return halt.reason.empty() ? text : text + ": " + halt.reason;
}

std::string why(const QueueEntry& entry) {
  if (!entry.cancelled_by.empty()) return "ends as soon as its worker stops, cancelled by " + entry.cancelled_by;
  if (entry.place == 0) return "under way";
  const std::string reason = entry.next_try || entry.run.attempts > 0 ? entry.run.reason : "waiting for its turn";
  return entry.halt && entry.halt->kind == HaltKind::paused ? described(*entry.halt) : reason;
}

std::string table_of(const QueueReport& queue) {
  std::string text = queue.halt ? queue.model + " is " + described(*queue.halt) + "\n" : "";
  if (queue.entries.empty()) return text + "the queue is empty\n";
  std::vector<std::vector<std::string>> rows = {{"PLACE", "RUN", "MODEL", "RANK", "WAITED", "NEXT TRY", "WHY"}};
  for (const QueueEntry& entry : queue.entries) {
    rows.push_back({entry.place == 0 ? "-" : std::to_string(entry.place), entry.run.id, entry.run.model, two_digits(entry.rank),
                    format_duration(std::chrono::floor<std::chrono::seconds>(entry.waited)),
                    entry.next_try ? moment(*entry.next_try) : "-", why(entry)});
  }
  return text + aligned(rows);
}

int show(Invocation& invocation, const QueueReport& queue, int code = exit_done) {
  invocation.print(table_of(queue), to_json(queue));
  return code;
}

void say_rehearsed(Invocation& invocation, const QueueOptions& options) {
  if (options.dry_run) invocation.console.say("nothing was changed: this is how it would be");
}

Result<int> list(Invocation& invocation, const QueueOptions&) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto queue = (*pipeline)->queue();
  if (!queue) return queue.status();
  return show(invocation, *queue);
}

Result<int> cancel(Invocation& invocation, const QueueOptions& options) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto run = invocation.find_run(**pipeline, options.run);
  if (!run) return run.status();
  const auto cancelled =
      (*pipeline)->cancel({.run = *run, .actor = invocation.actor(), .reason = options.reason, .dry_run = options.dry_run});
  if (!cancelled) return cancelled.status();
  say_rehearsed(invocation, options);
  const std::string text = cancelled->state == RunState::finished
                               ? "run " + cancelled->id + " is cancelled\n"
                               : "run " + cancelled->id + " ends as soon as its worker stops\n";
  invocation.print(text, to_json(*cancelled));
  return exit_done;
}

Result<int> requeue(Invocation& invocation, const QueueOptions& options) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto run = invocation.find_run(**pipeline, options.run);
  if (!run) return run.status();
  const auto added =
      (*pipeline)->requeue({.run = *run, .actor = invocation.actor(), .reason = options.reason, .dry_run = options.dry_run});
  if (!added) return added.status();
  say_rehearsed(invocation, options);
  const std::string name = options.dry_run ? "a new run" : "run " + added->id;
  invocation.print(name + " is in place of " + *run + "\n", to_json(*added));
  return exit_done;
}

Result<HaltRequest> halt_request(const Invocation& invocation, const QueueOptions& options) {
  HaltRequest request{.actor = invocation.actor(), .reason = options.reason, .until = std::nullopt, .dry_run = options.dry_run};
  if (options.duration.empty()) return request;
  const auto duration = parse_duration(options.duration);
  if (!duration) return duration.status().within("--for");
  request.until = make_system_clock()->now().wall + *duration;
  return request;
}

Result<int> halt(Invocation& invocation, const QueueOptions& options, HaltKind kind) {
  const auto request = halt_request(invocation, options);
  if (!request) return request.status();
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto queue = kind == HaltKind::paused ? (*pipeline)->pause(*request) : (*pipeline)->drain(*request);
  if (!queue) return queue.status();
  say_rehearsed(invocation, options);
  return show(invocation, *queue, kind == HaltKind::draining && !queue->empty ? exit_try_later : exit_done);
}

Result<int> resume(Invocation& invocation, const QueueOptions& options) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto queue = (*pipeline)->resume({.actor = invocation.actor(), .reason = options.reason, .dry_run = options.dry_run});
  if (!queue) return queue.status();
  say_rehearsed(invocation, options);
  return show(invocation, *queue);
}

using Verb = Result<int> (*)(Invocation&, const QueueOptions&);

CLI::App* add(CLI::App& queue, Action& chosen, const std::shared_ptr<QueueOptions>& options, const char* name, const char* what,
              Verb verb) {
  CLI::App* command = queue.add_subcommand(name, what);
  command->callback(
      [&chosen, options, verb] { chosen = [options, verb](Invocation& invocation) { return verb(invocation, *options); }; });
  if (std::string_view(name) == "list") return command;
  command->add_option("--reason", options->reason, "why; stands in the records")->type_name("TEXT")->required();
  command->add_flag("--dry-run", options->dry_run, "only say what would be done");
  return command;
}

}  // namespace

void add_queue_verb(CLI::App& app, Action& chosen) {
  CLI::App* queue = app.add_subcommand("queue", "the runs that wait, and what becomes of them");
  queue->require_subcommand(1);
  const auto options = std::make_shared<QueueOptions>();
  const auto takes_run = [&](CLI::App* command) {
    command->add_option("RUN", options->run, "`last`, an id, or the start of one")->required();
  };
  const auto takes_duration = [&](CLI::App* command) {
    command->add_option("--for", options->duration, "how long, like 90s, 15m, 24h or 7d (default: until resumed)")
        ->type_name("DURATION");
  };
  add(*queue, chosen, options, "list", "every run that is not finished, in order", list);
  takes_run(add(*queue, chosen, options, "cancel", "end a run", cancel));
  takes_duration(
      add(*queue, chosen, options, "pause", "let no run of the model start",
          [](Invocation& invocation, const QueueOptions& given) { return halt(invocation, given, HaltKind::paused); }));
  takes_duration(
      add(*queue, chosen, options, "drain", "accept no run of the model and finish the one it has",
          [](Invocation& invocation, const QueueOptions& given) { return halt(invocation, given, HaltKind::draining); }));
  add(*queue, chosen, options, "resume", "end a pause or a drain", resume);
  takes_run(add(*queue, chosen, options, "requeue", "a new run in place of one that failed or was set aside", requeue));
}

}  // namespace retrain::cli
