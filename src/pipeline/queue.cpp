// The queue's face: what waits, and what a person does about it.
#include <retrain/pipeline.hpp>

#include "loop.hpp"
#include "queue_order.hpp"
#include "reporting.hpp"
#include "store/queue_control.hpp"
#include "store/queue_table.hpp"

namespace retrain {
namespace {

using pipeline::Core;

QueueEntry describe(const store::RunRow& run, const Instant& now, Duration ageing) {
  const pipeline::Turn turn = pipeline::turn_of(run, now);
  QueueEntry entry;
  entry.run = pipeline::summarize(run, std::nullopt);
  entry.waited = turn.waited;
  entry.rank = pipeline::rank(turn, ageing);
  entry.cancelled_by = run.cancelled_by;
  if (run.state == RunState::running) {
    entry.worker = run.owner;
    return entry;
  }
  const Duration due = pipeline::due_in(run, now);
  entry.waits_for = due > Duration{} ? run.waits_for : WaitsFor::turn;
  if (due > Duration{}) entry.next_try = now.wall + due;
  return entry;
}

Result<QueueReport> look_at(store::Connection& db, Core& core, const Instant& now) {
  const Duration ageing = core.config().queue.ageing;
  auto runs = store::open_runs(db);
  if (!runs) return runs.status();
  const auto halts = store::active_halts(db, now.wall);
  if (!halts) return halts.status();
  std::sort(runs->begin(), runs->end(), [&](const store::RunRow& one, const store::RunRow& other) {
    if (one.state != other.state) return one.state == RunState::running;
    return pipeline::goes_before(pipeline::turn_of(one, now), pipeline::turn_of(other, now), ageing);
  });
  QueueReport report;
  report.now = now.wall;
  report.model = core.model();
  report.limit = core.config().resources.max_queue_size;
  if (const auto halt = halts->find(core.model()); halt != halts->end()) report.halt = halt->second;
  for (const store::RunRow& run : *runs) {
    QueueEntry entry = describe(run, now, ageing);
    if (run.state == RunState::queued) entry.place = ++report.waiting;
    if (const auto halt = halts->find(run.model); halt != halts->end()) entry.halt = halt->second;
    report.empty = report.empty && run.model != core.model();
    report.entries.push_back(std::move(entry));
  }
  return report;
}

Status check_actor(const std::string& actor, const char* wish) {
  return actor.empty() ? Status{StatusCode::invalid_argument, std::string(wish) + " needs an actor"} : Status{};
}

/// One change of the queue and how it then stands, in one transaction.
Result<QueueReport> change(Core& core, bool dry_run, const char* label,
                           const std::function<Status(store::Connection&, const store::Stamp&)>& transaction) {
  std::optional<QueueReport> report;
  const Status status = core.write_unless(dry_run, label, [&](store::Connection& db, const store::Stamp& stamp) -> Status {
    if (Status done = transaction(db, stamp); !done) return done;
    auto seen = look_at(db, core, stamp.now);
    if (!seen) return seen.status();
    report = std::move(*seen);
    return {};
  });
  if (!status) return status;
  return std::move(*report);
}

Result<QueueReport> halt(Core& core, HaltKind kind, const HaltRequest& request) {
  const char* wish = kind == HaltKind::paused ? "a pause" : "a drain";
  if (Status status = check_actor(request.actor, wish); !status) return status;
  if (request.until && *request.until <= core.now().wall) {
    return Status{StatusCode::invalid_argument, std::string(wish) + " until " + format_time(*request.until) + " is over already"};
  }
  return change(core, request.dry_run, "halt",
                [&](store::Connection& db, const store::Stamp& stamp) { return store::halt_queue(db, stamp, kind, request); });
}

}  // namespace

Result<QueueReport> Pipeline::queue() {
  Core& core = loop_->core();
  const Instant now = core.now();
  return core.fetch<QueueReport>([&](store::Connection& db) { return look_at(db, core, now); });
}

Result<QueueReport> Pipeline::pause(const HaltRequest& request) {
  return halt(loop_->core(), HaltKind::paused, request);
}

Result<QueueReport> Pipeline::drain(const HaltRequest& request) {
  return halt(loop_->core(), HaltKind::draining, request);
}

Result<QueueReport> Pipeline::resume(const ResumeRequest& request) {
  if (Status status = check_actor(request.actor, "ending a pause"); !status) return status;
  return change(loop_->core(), request.dry_run, "resume",
                [&](store::Connection& db, const store::Stamp& stamp) { return store::resume_queue(db, stamp, request); });
}

Result<RunSummary> Pipeline::cancel(const CancelRequest& request) {
  Core& core = loop_->core();
  if (Status status = check_actor(request.actor, "a cancellation"); !status) return status;
  const auto run = core.fetch<store::RunRow>([&](store::Connection& db) { return store::load_run(db, request.run); });
  if (!run) return run.status();
  std::string dead;
  if (run->state == RunState::running && run->owner != core.owner()) {
    const auto gone = pipeline::owner_is_gone(core, *run);
    if (!gone) return gone.status();
    if (*gone) dead = run->owner;
  }
  std::optional<RunSummary> summary;
  const Status status = core.write_unless(request.dry_run, "cancel", [&](store::Connection& db, const store::Stamp& stamp) {
    const auto cancelled = store::cancel_on_request(db, stamp, request, dead);
    if (cancelled) summary = pipeline::summarize(*cancelled, std::nullopt);
    return cancelled.status();
  });
  if (!status) return status;
  return std::move(*summary);
}

Result<RunSummary> Pipeline::requeue(const RequeueRequest& request) {
  Core& core = loop_->core();
  if (Status status = check_actor(request.actor, "a requeued run"); !status) return status;
  std::optional<RunSummary> summary;
  const Status status = core.write_unless(request.dry_run, "requeue", [&](store::Connection& db, const store::Stamp& stamp) {
    const auto run = store::requeue_run(db, stamp, request, core.config().resources.max_queue_size);
    if (run) summary = pipeline::summarize(*run, std::nullopt);
    return run.status();
  });
  if (!status) return status;
  return std::move(*summary);
}

}  // namespace retrain
