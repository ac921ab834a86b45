#include <retrain/json.hpp>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "judging_settings.hpp"
#include "level.hpp"
#include "scoring.hpp"
#include "trial.hpp"

namespace retrain::pipeline {
namespace {

Result<std::string> store_evaluation(Core& core, const Evaluation& evaluation) {
  const std::string bytes = serialize(evaluation);
  std::string sha256 = base::sha256(bytes);
  if (Status status = base::write_file(core.path("evaluations/" + sha256), bytes, "evaluation_file"); !status) return status;
  return sha256;
}

}  // namespace

Result<StepEnd> gate_step(Work& work) {
  Core& core = work.core;
  const auto readiness = stored_readiness(core, work.run.id);
  if (!readiness) return readiness.status();
  const auto split = split_sessions(readiness->snapshot, core.config().training, core.config().validation);
  if (!split) return split.status();
  const auto trial = find_trial(core, work.run);
  if (!trial) return trial.status();
  const auto evaluation = evaluate(work, *split, *trial);
  if (!evaluation) return evaluation.status();
  const auto sums = session_sums(*evaluation);
  if (!sums) return sums.status();

  const std::string holdout = Snapshot{split->holdout}.fingerprint();
  const auto level = set_level_aside(work, *evaluation, holdout);
  if (!level) return level.status();
  const auto report = core.parts().gate->judge(*evaluation, level->context);
  if (!report) return report.status();
  const auto sha256 = store_evaluation(core, *evaluation);
  if (!sha256) return sha256.status();

  const store::EvaluationRow row{
      work.run.id, *sha256, holdout, to_json(level->context), *sums, write_judging_settings(core.config())};
  const bool passed = report->verdict == GateVerdict::pass;
  const Status stored = core.write("gate", [&](store::Connection& db, const store::Stamp& stamp) {
    if (Status status = store::check_lease(db, work.lease); !status) return status;
    if (Status status = store::insert_evaluation(db, core.model(), row, stamp.now.wall); !status) return status;
    if (level->sequence != 0) {
      const Status settled =
          store::settle_level(db, core.model(), level->sequence, report->p, to_string(report->verdict), stamp.now.wall);
      if (!settled) return settled;
    }
    if (passed) return store::insert_step(db, work.lease, Step::gate, to_json(*report), stamp.now.wall);
    return store::decide_run(db, stamp, work.lease,
                             {.step = Step::gate,
                              .step_result = to_json(*report),
                              .outcome = Outcome::rejected,
                              .reason = report->reason,
                              .message = report->message,
                              .promoted = {},
                              .known_sessions = 0});
  });
  if (!stored) return stored;
  return StepEnd{.finished = !passed, .reason = report->message};
}

Result<StepEnd> compare_step(Work& work) {
  Core& core = work.core;
  const auto evaluation = stored_evaluation(core, work.run.id);
  if (!evaluation) return evaluation.status();
  const auto comparison = core.parts().comparator->compare(*evaluation);
  if (!comparison) return comparison.status();
  const bool promote = comparison->verdict == ComparisonVerdict::promote;
  const Status stored = core.write("compare", [&](store::Connection& db, const store::Stamp& stamp) {
    if (promote) return store::insert_step(db, work.lease, Step::compare, to_json(*comparison), stamp.now.wall);
    return store::decide_run(db, stamp, work.lease,
                             {.step = Step::compare,
                              .step_result = to_json(*comparison),
                              .outcome = Outcome::rejected,
                              .reason = comparison->reason,
                              .message = comparison->message,
                              .promoted = {},
                              .known_sessions = 0});
  });
  if (!stored) return stored;
  return StepEnd{.finished = !promote, .reason = comparison->message};
}

Result<Evaluation> stored_evaluation(Core& core, const RunId& run) {
  const auto row =
      core.fetch<std::optional<store::EvaluationRow>>([&](store::Connection& db) { return store::load_evaluation(db, run); });
  if (!row) return row.status();
  if (!*row) return Status{StatusCode::not_found, "run " + run + " has no evaluation"};
  const std::string name = "evaluations/" + (*row)->sha256;
  const auto bytes = base::read_file(core.path(name));
  if (!bytes) return bytes.status();
  if (const std::string found = base::sha256(*bytes); found != (*row)->sha256) {
    return Status{StatusCode::corrupt, name + " has hash " + found};
  }
  return parse_evaluation(*bytes);
}

}  // namespace retrain::pipeline
