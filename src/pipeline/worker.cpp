#include "worker.hpp"

#include <retrain/json.hpp>

#include <set>

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

Status postpone(Work& work, Time not_before, const std::string& reason, bool worked, const std::string& waits_on = {}) {
  return work.core.write("postpone", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::postpone_run(db, stamp, work.lease, not_before, reason, worked, waits_on);
  });
}

/// Ends the claim after a failure: try again later, or end the run.
Status settle(Work& work, Step step, const Status& failure) {
  const std::string reason = std::string(to_string(step)) + ": " + failure.message();
  const Time now = work.core.now().wall;
  switch (failure.code()) {
    case StatusCode::lease_lost: return failure;
    case StatusCode::cancelled: return postpone(work, now, "stopped on request during " + std::string(to_string(step)), true);
    case StatusCode::data_not_ready: return end_run(work, Outcome::data_not_ready, reason, reason);
    case StatusCode::unavailable:
    case StatusCode::no_space:
    case StatusCode::io_error:
    case StatusCode::callback_failed:
    case StatusCode::internal: {
      const int attempt = work.run.attempts + 1;
      if (attempt >= max_attempts)
        return end_run(work, Outcome::failed, reason, "given up after " + std::to_string(attempt) + " attempts: " + reason);
      const Duration backoff = std::chrono::minutes(1) * (1 << (attempt - 1));
      return postpone(work, now + backoff, reason, false);
    }
    default: return end_run(work, Outcome::failed, reason, reason);
  }
}

/// True when the run may go on; else it was put back or ended.
Result<bool> admit(Work& work) {
  Core& core = work.core;
  std::uint64_t data_bytes = 0;
  const auto sessions = core.fetch<std::vector<store::SessionRow>>(
      [&](store::Connection& db) { return store::list_sessions(db, core.model(), 0); });
  if (!sessions) return sessions.status();
  std::set<std::string> paths;
  for (const auto& row : *sessions) {
    if (paths.insert(row.session.path).second) data_bytes += row.session.size;
  }
  const auto history =
      core.fetch<FootprintHistory>([&](store::Connection& db) { return store::footprint_history(db, core.model(), 20); });
  if (!history) return history.status();
  const auto running = core.fetch<std::vector<Footprint>>([&](store::Connection& db) { return store::running_footprints(db); });
  if (!running) return running.status();
  ResourceManager& manager = *core.parts().resource_manager;
  const auto admission = manager.admit(manager.predict(data_bytes, *history), *running);
  if (!admission) return admission.status();
  work.admission = *admission;
  if (admission->verdict == AdmissionVerdict::never) {
    if (Status status = end_run(work, Outcome::set_aside, "too_large", admission->reason); !status) return status;
    return false;
  }
  if (admission->verdict == AdmissionVerdict::wait) {
    const Status status =
        postpone(work, core.now().wall + admission->retry_after, "waits for resources: " + admission->reason, true);
    if (!status) return status;
    return false;
  }
  const Status reserved = core.write(
      "reserve", [&](store::Connection& db, const store::Stamp&) { return store::reserve(db, work.lease, *admission); });
  if (!reserved) return reserved;
  return true;
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

/// Whether the data that a run waits for is not what it was. Where that cannot be told, its instant counts.
bool data_changed(Core& core, const store::RunRow& run) {
  if (run.waits_on.empty()) return false;
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

Result<std::optional<store::RunRow>> due_run(Core& core) {
  auto open = core.fetch<std::optional<store::RunRow>>([&](store::Connection& db) { return store::open_run(db, core.model()); });
  if (!open || !*open) return open;
  const store::RunRow& run = **open;
  if (run.state == RunState::queued) {
    if (run.not_before <= core.now().wall || data_changed(core, run)) return open;
    return std::optional<store::RunRow>{};
  }
  if (run.owner == core.owner()) return open;
  const auto alive = store::owner_alive(core.config().state.directory, run.owner);
  if (!alive) return alive.status();
  if (*alive) return std::optional<store::RunRow>{};
  return open;
}

Result<store::Lease> claim(Core& core, const store::RunRow& run) {
  if (run.state == RunState::running && run.owner != core.owner()) {
    const auto alive = store::owner_alive(core.config().state.directory, run.owner);
    if (!alive) return alive.status();
    if (*alive) return Status{StatusCode::lease_lost, "run " + run.id + " is in the hands of worker " + run.owner};
  }
  std::optional<store::Lease> lease;
  const Status status = core.write("claim", [&](store::Connection& db, const store::Stamp& stamp) {
    auto taken = store::claim_run(db, stamp, run, core.owner(), stamp.now.wall + lease_time, core.parts_text(),
                                  core.parts().allow_other_parts);
    if (taken) lease = *taken;
    return taken.status();
  });
  if (!status) return status;
  return *lease;
}

Status work_on(Work& work, std::optional<Step> only) {
  if (work.run.attempts >= max_attempts) {
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
    if (end->wait_until) return postpone(work, *end->wait_until, end->reason, true, end->waits_on);
    if (only) return postpone(work, work.core.now().wall, std::string(to_string(**next)) + " is done", true);
  }
}

}  // namespace retrain::pipeline
