#include "worker.hpp"

#include "admission.hpp"
#include "queue_order.hpp"
#include "store/queue_table.hpp"

namespace retrain::pipeline {
namespace {

constexpr Step order[] = {Step::readiness, Step::train, Step::gate, Step::compare, Step::deploy};

Result<StepEnd> call(Work& work, Step step) {
  switch (step) {
    case Step::readiness: return readiness_step(work);
    case Step::train: return train_step(work);
    case Step::gate: return gate_step(work);
    case Step::compare: return compare_step(work);
    case Step::deploy: return deploy_step(work);
    case Step::verify: break;
  }
  return Status{StatusCode::invalid_argument, "verify is no step of an open run"};
}

/// A part of the host's may throw whatever it was told: that is a failed attempt like any other.
Result<StepEnd> perform(Work& work, Step step) {
  try {
    return call(work, step);
  } catch (const std::exception& error) {
    return Status{StatusCode::callback_failed, error.what()};
  } catch (...) {
    return Status{StatusCode::callback_failed, "an unknown exception"};
  }
}

/// A failure that may pass: once more after a pause, or aside after too many.
Status settle_failure(Work& work, const std::string& reason) {
  const QueueSettings& queue = work.core.config().queue;
  const int failures = work.attempts_before() + 1;
  if (failures >= queue.max_attempts) {
    return end_run(work, Outcome::set_aside, reason, "set aside after " + std::to_string(failures) + " attempts: " + reason);
  }
  return postpone(work, {.not_before = work.core.now().wall + backoff_of(queue, work.run.id, failures),
                         .waits_for = WaitsFor::retry,
                         .reason = reason,
                         .attempts = failures});
}

std::string because(const std::string& text) {
  return text.empty() ? "" : ": " + text;
}

/// Ends a run as somebody asked.
Status end_cancelled(Work& work) {
  const auto run = work.core.fetch<store::RunRow>([&](store::Connection& db) { return store::load_run(db, work.run.id); });
  if (!run) return run.status();
  const std::string reason = "cancelled by " + run->cancelled_by + because(run->cancel_reason);
  return end_run(work, Outcome::cancelled, reason, reason);
}

Status end_overdue(Work& work) {
  const std::string limit = format_duration(work.core.config().queue.deadline);
  return end_run(work, Outcome::failed, "deadline", "it was not done within " + limit + " of its first start (queue.deadline)");
}

/// Whether somebody asked to end the run while its worker did not look.
Result<bool> is_cancelled(Work& work) {
  const auto by = work.core.fetch<std::string>([&](store::Connection& db) { return store::cancelled_by(db, work.run.id); });
  if (!by) return by.status();
  return !by->empty();
}

/// Ends the claim after a failure: try again later, or end the run.
Status settle(Work& work, Step step, const Status& failure) {
  const std::string name(to_string(step));
  if (failure.code() == StatusCode::lease_lost) return failure;
  switch (work.supervisor.cause()) {
    case StopCause::cancelled: return end_cancelled(work);
    case StopCause::deadline: return end_overdue(work);
    case StopCause::stalled:
      return settle_failure(work,
                            name + ": no progress for " + format_duration(work.core.config().queue.stall) + " (queue.stall)");
    case StopCause::none:
    case StopCause::lease_lost: break;
  }
  const std::string reason = name + ": " + failure.message();
  switch (failure.code()) {
    case StatusCode::cancelled: {
      const auto cancelled = is_cancelled(work);
      if (!cancelled) return cancelled.status();
      if (*cancelled) return end_cancelled(work);
      return postpone(work, {.not_before = work.core.now().wall,
                             .waits_for = WaitsFor::turn,
                             .reason = "stopped on request during " + name,
                             .attempts = work.attempts_before()});
    }
    case StatusCode::data_not_ready: return end_run(work, Outcome::data_not_ready, reason, reason);
    case StatusCode::unavailable:
    case StatusCode::no_space:
    case StatusCode::io_error:
    case StatusCode::callback_failed:
    case StatusCode::internal: return settle_failure(work, reason);
    default: return end_run(work, Outcome::failed, reason, reason);
  }
}

/// How long ago the newest alert behind a run that has not trained yet arrived, when that is over alert_ttl.
Result<std::optional<Duration>> stale_since(Work& work) {
  Core& core = work.core;
  const Duration limit = core.config().drift.alert_ttl;
  if (limit <= Duration{} || work.run.manual || work.run.trained) return std::optional<Duration>{};
  const auto newest =
      core.fetch<std::optional<Time>>([&](store::Connection& db) { return store::newest_alert(db, work.run.id); });
  if (!newest) return newest.status();
  if (!*newest || core.now().wall - **newest <= limit) return std::optional<Duration>{};
  return std::optional<Duration>(core.now().wall - **newest);
}

/// Whether the time that a run has from its first claim is over.
bool is_overdue(Core& core, const store::RunRow& run) {
  const Duration deadline = core.config().queue.deadline;
  return deadline > Duration{} && run.begun && elapsed(*run.begun, core.now()) > deadline;
}

/// Whether the data that a run waits for is not what it was. Where that cannot be told, its instant counts.
bool data_changed(Core& core, const store::RunRow& run) {
  if (run.waits_for != WaitsFor::data || run.waits_on.empty()) return false;
  const std::string marks = data_marks(core);
  return !marks.empty() && marks != run.waits_on;
}

}  // namespace

Result<std::optional<Step>> next_step(Core& core, const RunId& run) {
  const auto steps = core.fetch<std::vector<store::StepRow>>([&](store::Connection& db) { return store::list_steps(db, run); });
  if (!steps) return steps.status();
  for (const Step step : order) {
    const bool done = std::any_of(steps->begin(), steps->end(), [&](const store::StepRow& row) { return row.step == step; });
    if (!done) return std::optional<Step>(step);
  }
  return std::optional<Step>{};
}

Status postpone(Work& work, const store::Wait& wait) {
  return work.core.write("postpone", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::postpone_run(db, stamp, work.lease, wait);
  });
}

Result<bool> owner_is_gone(Core& core, const store::RunRow& run) {
  const auto alive = store::owner_alive(core.config().state.directory, run.owner);
  if (!alive) return alive.status();
  if (!*alive) return true;
  const Instant now = core.now();
  const auto seen = core.fetch<std::optional<store::Sighting>>(
      [&](store::Connection& db) { return store::find_sighting(db, run.id, now.boot_id); });
  if (!seen) return seen.status();
  if (*seen && (*seen)->fence == run.fence && (*seen)->lease_until == run.lease_until) {
    return now.boot - (*seen)->seen > core.config().queue.lease;
  }
  const Status noted = core.write("sighting", [&](store::Connection& db, const store::Stamp&) {
    return store::put_sighting(db, run.id, now.boot_id, {run.fence, run.lease_until, now.boot});
  });
  if (!noted) return noted;
  return false;
}

Result<std::optional<store::RunRow>> due_run(Core& core) {
  const Instant now = core.now();
  const auto halt =
      core.fetch<std::optional<QueueHalt>>([&](store::Connection& db) { return store::active_halt(db, core.model(), now.wall); });
  if (!halt) return halt.status();
  auto open = core.fetch<std::optional<store::RunRow>>([&](store::Connection& db) { return store::open_run(db, core.model()); });
  if (!open || !*open) return open;
  const store::RunRow& run = **open;
  const bool cancelled = !run.cancelled_by.empty();
  if (*halt && (*halt)->kind == HaltKind::paused && !cancelled) return std::optional<store::RunRow>{};
  if (run.state == RunState::queued) {
    if (cancelled || due_in(run, now) <= Duration{} || is_overdue(core, run) || data_changed(core, run)) return open;
    return std::optional<store::RunRow>{};
  }
  if (run.owner == core.owner()) return open;
  const auto gone = owner_is_gone(core, run);
  if (!gone) return gone.status();
  return *gone ? open : std::optional<store::RunRow>{};
}

Result<store::Lease> claim(Core& core, const store::RunRow& run) {
  if (run.state == RunState::running && run.owner != core.owner()) {
    const auto gone = owner_is_gone(core, run);
    if (!gone) return gone.status();
    if (!*gone) return Status{StatusCode::lease_lost, "run " + run.id + " is in the hands of worker " + run.owner};
  }
  std::optional<store::Lease> lease;
  const Status status = core.write("claim", [&](store::Connection& db, const store::Stamp& stamp) {
    auto taken = store::claim_run(db, stamp, run, core.owner(), stamp.now.wall + core.config().queue.lease, core.parts_text(),
                                  core.parts().allow_other_parts);
    if (taken) lease = *taken;
    return taken.status();
  });
  if (!status) return status;
  return *lease;
}

Status work_on(Work& work, std::optional<Step> only) {
  const auto cancelled = is_cancelled(work);
  if (!cancelled) return cancelled.status();
  if (*cancelled) return end_cancelled(work);
  if (is_overdue(work.core, work.run)) return end_overdue(work);
  if (work.run.attempts >= work.core.config().queue.max_attempts) {
    const std::string message = "its worker was lost " + std::to_string(work.run.attempts) + " times: " + work.run.reason;
    return end_run(work, Outcome::set_aside, "set aside", message);
  }
  const auto stale = stale_since(work);
  if (!stale) return stale.status();
  if (*stale) {
    const std::string message = "its newest alert came " + format_duration(**stale) + " ago, alert_ttl is " +
                                format_duration(work.core.config().drift.alert_ttl);
    return end_run(work, Outcome::cancelled, "stale", message);
  }
  const auto admitted = admit(work);
  if (!admitted) return settle(work, only.value_or(Step::readiness), admitted.status());
  if (!*admitted) return {};
  for (;;) {
    const auto next = next_step(work.core, work.run.id);
    if (!next) return next.status();
    if (!*next) return {StatusCode::internal, "run " + work.run.id + " has done every step but is not finished"};
    if (work.stop.stop_requested()) return settle(work, **next, {StatusCode::cancelled, "stopped"});
    work.observer.log({LogLevel::info, "run " + work.run.id + ": " + std::string(to_string(**next))});
    const auto end = perform(work, **next);
    if (!end) return settle(work, **next, end.status());
    if (end->finished) return {};
    if (end->wait_until) {
      return postpone(work, {.not_before = *end->wait_until,
                             .waits_for = WaitsFor::data,
                             .reason = end->reason,
                             .waits_on = end->waits_on,
                             .attempts = work.attempts_before()});
    }
    work.moved_on = true;
    if (only) {
      return postpone(work, {.not_before = work.core.now().wall,
                             .waits_for = WaitsFor::turn,
                             .reason = std::string(to_string(**next)) + " is done",
                             .attempts = work.attempts_before()});
    }
  }
}

}  // namespace retrain::pipeline
