#include <retrain/json.hpp>

#include "base/json.hpp"
#include "steps.hpp"

namespace retrain::pipeline {
namespace {

/// What the checker must know of earlier runs. A person who asks for a run means it, whether the data is new or not.
Result<DataRequest> request_for(Core& core, bool asked_by_person) {
  DataRequest request;
  request.as_of = core.now().wall;
  request.asked_by_person = asked_by_person;
  const Status read = core.read([&](store::Connection& db) -> Status {
    const auto known = store::list_sessions(db, core.model(), 0);
    if (!known) return known.status();
    const auto before = store::last_finished_run(db, core.model(), false);
    if (!before) return before.status();
    for (const auto& row : *known) {
      request.known_sessions.push_back(row.session);
      // Sessions are recorded as they are scored too: what no run has seen yet is new to this one.
      if (*before && row.seen > (*before)->finished->wall) request.arrived.push_back(row.session.id);
    }
    auto digests = store::list_digests(db, core.model());
    if (!digests) return digests.status();
    request.digests = std::move(*digests);
    if (asked_by_person) return {};
    const auto last = store::last_finished_run(db, core.model(), true);
    if (!last) return last.status();
    if (*last) request.previous_run = (*last)->id;
    return {};
  });
  if (!read) return read;
  if (request.previous_run.empty()) return request;
  const auto readiness = stored_readiness(core, request.previous_run);
  if (!readiness) return readiness.status();
  request.previous_fingerprint = readiness->snapshot.fingerprint();
  return request;
}

/// The first errors, else the first warnings, for whoever reads the event.
std::string first_findings(const Readiness& readiness) {
  constexpr std::size_t most = 5;
  base::Json out = base::Json::array();
  for (const FindingLevel level : {FindingLevel::error, FindingLevel::warning}) {
    for (const Finding& finding : readiness.findings) {
      if (finding.level != level || out.size() == most) continue;
      out.push_back({{"rule", finding.rule},
                     {"message", finding.message},
                     {"file", finding.file},
                     {"row", finding.row},
                     {"column", finding.column},
                     {"count", finding.count}});
    }
    if (!out.empty()) break;
  }
  return base::dump(out);
}

/// What is remembered of the data, whatever the verdict.
Status remember(store::Connection& db, const Core& core, const Readiness& readiness, Time now) {
  if (Status status = store::upsert_sessions(db, core.model(), readiness.sessions, now); !status) return status;
  return readiness.dvc ? store::replace_digests(db, core.model(), readiness.digests) : Status{};
}

Status end_not_ready(Work& work, const Readiness& readiness, const std::string& reason) {
  return work.core.write("readiness", [&](store::Connection& db, const store::Stamp& stamp) {
    if (Status status = remember(db, work.core, readiness, stamp.now.wall); !status) return status;
    return store::decide_run(db, stamp, work.lease,
                             {.step = Step::readiness,
                              .step_result = to_json(readiness),
                              .outcome = Outcome::data_not_ready,
                              .reason = reason,
                              .message = "the data is not ready: " + reason,
                              .promoted = {},
                              .known_sessions = 0,
                              .findings = first_findings(readiness)});
  });
}

/// Why data that is ready has too few sessions for a holdout; empty when it has not. That is a matter of the data, and is better
/// said before anything is trained.
Result<std::string> lack_of_sessions(Core& core, const Readiness& readiness) {
  if (readiness.verdict != ReadinessVerdict::ready) return std::string();
  const auto split = split_sessions(readiness.snapshot, core.config().training, core.config().validation);
  if (split) return std::string();
  if (split.status().code() != StatusCode::data_not_ready) return split.status();
  return std::string(split.status().message());
}

}  // namespace

Result<Readiness> check_data(Core& core, Observer& observer, std::stop_token stop) {
  const auto request = request_for(core, false);
  if (!request) return request.status();
  auto readiness = core.parts().readiness_checker->check(*request, observer, std::move(stop));
  if (!readiness) return readiness;
  const auto lack = lack_of_sessions(core, *readiness);
  if (!lack) return lack.status();
  if (lack->empty()) return readiness;
  readiness->verdict = ReadinessVerdict::broken;
  readiness->reason = *lack;
  return readiness;
}

Result<StepEnd> readiness_step(Work& work) {
  Core& core = work.core;
  auto request = request_for(core, work.run.manual);
  if (!request) return request.status();
  request->threads = work.admission.threads;
  // Before the check: what changes while it runs is a change.
  const std::string marks = data_marks(core);
  const auto readiness = core.parts().readiness_checker->check(*request, work.observer, work.stop);
  if (!readiness) return readiness.status();
  if (readiness->verdict == ReadinessVerdict::not_yet && readiness->retry_at) {
    if (readiness->dvc) {
      const Status stored = core.write("digests", [&](store::Connection& db, const store::Stamp&) {
        return store::replace_digests(db, core.model(), readiness->digests);
      });
      if (!stored) return stored;
    }
    return StepEnd{.wait_until = readiness->retry_at, .reason = readiness->reason, .waits_on = marks};
  }
  const auto lack = lack_of_sessions(core, *readiness);
  if (!lack) return lack.status();
  if (readiness->verdict != ReadinessVerdict::ready || !lack->empty()) {
    const std::string reason = lack->empty() ? readiness->reason : *lack;
    if (Status status = end_not_ready(work, *readiness, reason); !status) return status;
    return StepEnd{.finished = true, .reason = reason};
  }
  const Status stored = core.write("readiness", [&](store::Connection& db, const store::Stamp& stamp) {
    if (Status status = remember(db, core, *readiness, stamp.now.wall); !status) return status;
    return store::insert_step(db, work.lease, Step::readiness, to_json(*readiness), stamp.now.wall);
  });
  if (!stored) return stored;
  return StepEnd{.reason = readiness->reason};
}

std::string data_marks(Core& core) {
  try {
    const auto marks = core.parts().readiness_checker->marks();
    return marks ? *marks : std::string();
  } catch (...) {
    return {};
  }
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
