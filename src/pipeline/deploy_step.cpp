#include <retrain/json.hpp>

#include "base/json.hpp"
#include "deployment.hpp"
#include "steps.hpp"

namespace retrain::pipeline {
namespace {

/// Sessions that were known when the run read its data: later ones are fresh evidence about the model.
Result<std::int64_t> newest_ordinal(Core& core, const Readiness& readiness) {
  return core.fetch<std::int64_t>([&](store::Connection& db) -> Result<std::int64_t> {
    const auto rows = store::list_sessions(db, core.model(), 0);
    if (!rows) return rows.status();
    std::int64_t newest = 0;
    for (const auto& row : *rows) {
      const auto used = std::find_if(readiness.snapshot.sessions.begin(), readiness.snapshot.sessions.end(),
                                     [&](const Session& session) { return session.id == row.session.id; });
      if (used != readiness.snapshot.sessions.end()) newest = std::max(newest, row.ordinal);
    }
    return newest;
  });
}

}  // namespace

Result<StepEnd> deploy_step(Work& work) {
  Core& core = work.core;
  const auto readiness = stored_readiness(core, work.run.id);
  if (!readiness) return readiness.status();
  const auto known = newest_ordinal(core, *readiness);
  if (!known) return known.status();
  const auto compared = stored_step(core, work.run.id, Step::compare);
  if (!compared) return compared.status();
  if (!*compared) return Status{StatusCode::conflict, "run " + work.run.id + " has not compared its candidate yet"};
  const auto comparison = parse_comparison(**compared);
  if (!comparison) return comparison.status();

  // Read back from the files, not from memory: what is deployed is what a later process will find.
  const auto artifact = core.models().get(work.run.candidate_sha256);
  if (!artifact) return artifact.status();
  const auto model = core.parts().trainer->load(*artifact);
  if (!model) return model.status();
  if (Status status = check_golden_rows(**model); !status) return status;
  const DeployContext context{core.model(), work.run.id, core.now().wall, "promoted"};
  const auto ref = core.parts().model_registry->publish(*artifact, context);
  if (!ref) return ref.status();

  const base::Json result = {{"sha256", ref->sha256}, {"registry_version", ref->registry_version}};
  const Status moved = core.write("decide", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::decide_run(db, stamp, work.lease,
                             {.step = Step::deploy,
                              .step_result = base::dump(result),
                              .outcome = Outcome::promoted,
                              .reason = comparison->reason,
                              .message = comparison->message,
                              .promoted = *ref,
                              .known_sessions = *known});
  });
  if (moved.code() == StatusCode::conflict) {
    if (Status status = end_run(work, Outcome::rejected, "held", moved.message()); !status) return status;
    return StepEnd{.finished = true, .reason = moved.message()};
  }
  if (!moved) return moved;
  core.remember(ref->sha256, *model);
  if (Status status = activate_pending(core); !status) {
    work.observer.log({LogLevel::error, "deployed, but serving could not be told yet: " + status.message()});
  }
  return StepEnd{.finished = true, .reason = comparison->message};
}

}  // namespace retrain::pipeline
