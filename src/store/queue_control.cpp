#include "queue_control.hpp"

#include "alpha_table.hpp"
#include "base/json.hpp"
#include "queue_table.hpp"

namespace retrain::store {
namespace {

using base::Json;

/// `text` behind a colon, where there is any.
std::string because(const std::string& text) {
  return text.empty() ? "" : ": " + text;
}

Result<RunRow> own_run(Connection& db, const Stamp& stamp, const RunId& id) {
  auto run = load_run(db, id);
  if (run && run->model != stamp.model) {
    return Status{StatusCode::invalid_argument, "run " + id + " belongs to model " + run->model};
  }
  return run;
}

bool same(const QueueHalt& one, const QueueHalt& other) {
  return one.kind == other.kind && one.actor == other.actor && one.reason == other.reason && one.until == other.until;
}

}  // namespace

Result<std::optional<Refusal>> room_in_queue(Connection& db, const Stamp& stamp, std::size_t max_queue) {
  const auto halt = active_halt(db, stamp.model, stamp.now.wall);
  if (!halt) return halt.status();
  if (*halt && (*halt)->kind == HaltKind::draining) {
    const std::string reason = "the queue is drained by " + (*halt)->actor + because((*halt)->reason);
    return std::optional<Refusal>(Refusal{true, reason, (*halt)->until});
  }
  const auto queued = count_queued(db);
  if (!queued) return queued.status();
  if (*queued < max_queue) return std::optional<Refusal>{};
  const auto earliest = earliest_try(db);
  if (!earliest) return earliest.status();
  // A place is free once a run that waits has started: hardly within a minute, and not before the first of them may.
  const Time until = std::max(earliest->value_or(stamp.now.wall), stamp.now.wall + std::chrono::minutes(1));
  const std::string reason =
      "the queue is full: " + std::to_string(*queued) + " runs wait, max_queue_size is " + std::to_string(max_queue);
  return std::optional<Refusal>(Refusal{false, reason, until});
}

Status cancel_run(Connection& db, const Stamp& stamp, const RunRow& run, const std::string& reason) {
  const Lease lease{run.id, run.owner, run.fence};
  if (Status status = finish_run(db, lease, Outcome::cancelled, reason, stamp.now); !status) return status;
  if (Status status = decide_level(db, stamp.model, run.id, false); !status) return status;
  const Json data = {{"reason", reason}, {"message", "cancelled: " + reason}, {"sha256", nullptr}};
  if (Status status = record(db, stamp, "run.cancelled", run.id, base::dump(data)); !status) return status;
  return report_drained(db, stamp);
}

Result<RunRow> cancel_on_request(Connection& db, const Stamp& stamp, const CancelRequest& request, const std::string& dead) {
  const auto run = own_run(db, stamp, request.run);
  if (!run) return run;
  if (run->state == RunState::finished) {
    if (run->outcome == Outcome::cancelled) return run;
    return Status{StatusCode::conflict, "run " + run->id + " ended already: " + std::string(to_string(run->outcome))};
  }
  if (run->state == RunState::queued || (run->owner == dead && !dead.empty())) {
    if (Status status = cancel_run(db, stamp, *run, "cancelled by " + request.actor + because(request.reason)); !status)
      return status;
  } else if (run->cancelled_by.empty()) {
    if (Status status = mark_cancelled(db, run->id, request.actor, request.reason); !status) return status;
    const Json data = {{"actor", request.actor}, {"reason", request.reason}};
    if (Status status = record(db, stamp, "run.cancel_requested", run->id, base::dump(data)); !status) return status;
  }
  return load_run(db, run->id);
}

Status halt_queue(Connection& db, const Stamp& stamp, HaltKind kind, const HaltRequest& request) {
  const QueueHalt wanted{kind, request.actor, request.reason, stamp.now.wall, request.until};
  const auto present = active_halt(db, stamp.model, stamp.now.wall);
  if (!present) return present.status();
  if (*present && same(**present, wanted)) return {};
  if (Status status = put_halt(db, stamp.model, wanted); !status) return status;
  const Json data = {{"actor", request.actor},
                     {"reason", request.reason},
                     {"until", request.until ? Json(format_time(*request.until)) : Json(nullptr)}};
  if (Status status = record(db, stamp, "queue." + std::string(to_string(kind)), "", base::dump(data)); !status) return status;
  return report_drained(db, stamp);
}

Status resume_queue(Connection& db, const Stamp& stamp, const ResumeRequest& request) {
  const auto present = active_halt(db, stamp.model, stamp.now.wall);
  if (!present) return present.status();
  if (!*present) return {};
  if (Status status = remove_halt(db, stamp.model); !status) return status;
  const Json data = {{"actor", request.actor}, {"reason", request.reason}, {"was", std::string(to_string((*present)->kind))}};
  return record(db, stamp, "queue.resumed", "", base::dump(data));
}

Status report_drained(Connection& db, const Stamp& stamp) {
  const auto halt = active_halt(db, stamp.model, stamp.now.wall);
  if (!halt) return halt.status();
  if (!*halt || (*halt)->kind != HaltKind::draining) return {};
  const auto open = open_run(db, stamp.model);
  if (!open) return open.status();
  if (*open) return {};
  const Json data = {{"actor", (*halt)->actor}, {"reason", (*halt)->reason}};
  return record(db, stamp, "queue.drained", "", base::dump(data));
}

Result<RunRow> requeue_run(Connection& db, const Stamp& stamp, const RequeueRequest& request, std::size_t max_queue) {
  const auto run = own_run(db, stamp, request.run);
  if (!run) return run;
  const auto repeated = requeued_run(db, run->id);
  if (!repeated) return repeated.status();
  if (*repeated) return **repeated;
  if (run->outcome != Outcome::failed && run->outcome != Outcome::set_aside) {
    const std::string ending = run->state == RunState::finished ? std::string(to_string(run->outcome)) : "not finished";
    return Status{StatusCode::conflict,
                  "run " + run->id + " is " + ending + ": only one that failed or was set aside is requeued"};
  }
  const ManualRun wish{.actor = request.actor, .reason = request.reason, .mode = std::nullopt};
  const auto added = accept_manual_run(db, stamp, wish, max_queue, &*run);
  if (!added) return added.status();
  return load_run(db, *added);
}

}  // namespace retrain::store
