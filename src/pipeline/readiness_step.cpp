#include <retrain/json.hpp>

#include "base/json.hpp"
#include "steps.hpp"

namespace retrain::pipeline {
namespace {

/// The fingerprint of the data that the last run trained on, so that nothing new is noticed. A person who asks for a run means
/// it.
Result<std::string> previous_fingerprint(Work& work) {
  if (work.run.manual) return std::string();
  const auto last = work.core.fetch<std::optional<store::RunRow>>(
      [&](store::Connection& db) { return store::last_finished_run(db, work.core.model(), true); });
  if (!last) return last.status();
  if (!*last) return std::string();
  const auto readiness = stored_readiness(work.core, (*last)->id);
  if (!readiness) return readiness.status();
  return readiness->snapshot.fingerprint();
}

Status end_not_ready(Work& work, const Readiness& readiness, const std::string& reason) {
  return work.core.write("readiness", [&](store::Connection& db, const store::Stamp& stamp) {
    if (Status status = store::upsert_sessions(db, work.core.model(), readiness.sessions, stamp.now.wall); !status) return status;
    return store::decide_run(db, stamp, work.lease,
                             {.step = Step::readiness,
                              .step_result = to_json(readiness),
                              .outcome = Outcome::data_not_ready,
                              .reason = reason,
                              .message = "the data is not ready: " + reason,
                              .promoted = {},
                              .known_sessions = 0});
  });
}

}  // namespace

Result<StepEnd> readiness_step(Work& work) {
  Core& core = work.core;
  const auto known = core.fetch<std::vector<store::SessionRow>>(
      [&](store::Connection& db) { return store::list_sessions(db, core.model(), 0); });
  if (!known) return known.status();
  auto previous = previous_fingerprint(work);
  if (!previous) return previous.status();
  DataRequest request;
  request.as_of = core.now().wall;
  request.previous_fingerprint = *previous;
  for (const auto& row : *known) request.known_sessions.push_back(row.session);

  const auto readiness = core.parts().readiness_checker->check(request, work.observer, work.stop);
  if (!readiness) return readiness.status();
  if (readiness->verdict == ReadinessVerdict::not_yet && readiness->retry_at) {
    return StepEnd{.wait_until = readiness->retry_at, .reason = readiness->reason};
  }
  std::string reason = readiness->reason;
  bool ready = readiness->verdict == ReadinessVerdict::ready;
  if (ready) {
    // Too few sessions for a holdout is a matter of the data, and is better said before anything is trained.
    const auto split = split_sessions(readiness->snapshot, core.config().training, core.config().validation);
    if (!split && split.status().code() != StatusCode::data_not_ready) return split.status();
    ready = split.ok();
    if (!ready) reason = split.status().message();
  }
  if (!ready) {
    if (Status status = end_not_ready(work, *readiness, reason); !status) return status;
    return StepEnd{.finished = true, .reason = reason};
  }
  const Status stored = core.write("readiness", [&](store::Connection& db, const store::Stamp& stamp) {
    if (Status status = store::upsert_sessions(db, core.model(), readiness->sessions, stamp.now.wall); !status) return status;
    return store::insert_step(db, work.lease, Step::readiness, to_json(*readiness), stamp.now.wall);
  });
  if (!stored) return stored;
  return StepEnd{.reason = readiness->reason};
}

Result<std::optional<std::string>> stored_step(Core& core, const RunId& run, Step step) {
  const auto steps = core.fetch<std::vector<store::StepRow>>([&](store::Connection& db) { return store::list_steps(db, run); });
  if (!steps) return steps.status();
  for (const auto& row : *steps) {
    if (row.step == step) return std::optional<std::string>(row.result);
  }
  return std::optional<std::string>{};
}

Result<Readiness> stored_readiness(Core& core, const RunId& run) {
  const auto stored = stored_step(core, run, Step::readiness);
  if (!stored) return stored.status();
  if (!*stored) return Status{StatusCode::not_found, "run " + run + " has not checked its data yet"};
  return parse_readiness(**stored);
}

Status end_run(Work& work, Outcome outcome, const std::string& reason, const std::string& message) {
  return work.core.write("end_run", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::decide_run(
        db, stamp, work.lease,
        {.step = {}, .outcome = outcome, .reason = reason, .message = message, .promoted = {}, .known_sessions = 0});
  });
}

}  // namespace retrain::pipeline
