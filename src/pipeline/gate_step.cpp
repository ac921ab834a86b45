#include <retrain/json.hpp>

#include <cmath>
#include <limits>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "scoring.hpp"
#include "steps.hpp"

namespace retrain::pipeline {
namespace {

using base::Json;

/// The models that stand on trial, by hash; an empty hash = there is none.
struct Trial {
  std::string candidate, production, anchor;
};

Result<Trial> find_trial(Core& core, const store::RunRow& run) {
  return core.fetch<Trial>([&](store::Connection& db) -> Result<Trial> {
    Trial trial{run.candidate_sha256, "", ""};
    const auto current = store::current_deployment(db, core.model());
    if (!current) return current.status();
    if (*current) trial.production = (*current)->ref.sha256;
    if (core.config().validation.anchor == "first_stable") {
      const auto first = store::first_stable(db, core.model());
      if (!first) return first.status();
      if (*first) trial.anchor = (*first)->sha256;
    }
    return trial;
  });
}

void append_segments(Evaluation& evaluation, const Frame& frame) {
  for (std::size_t k = 0; k < frame.extra.size(); ++k) {
    SegmentColumn& segment = evaluation.segments[k];
    std::vector<std::int32_t> code_of;
    for (const std::string& text : frame.extra[k].dictionary) {
      const auto found = std::find(segment.dictionary.begin(), segment.dictionary.end(), text);
      code_of.push_back(static_cast<std::int32_t>(found - segment.dictionary.begin()));
      if (found == segment.dictionary.end()) segment.dictionary.push_back(text);
    }
    for (const std::int32_t code : frame.extra[k].codes) {
      segment.codes.push_back(code < 0 ? -1 : code_of[static_cast<std::size_t>(code)]);
    }
  }
}

Status append_predictions(std::vector<double>& out, const std::shared_ptr<const Model>& model, const Frame& frame,
                          std::size_t outputs) {
  if (!model) {
    // A model that cannot be loaded predicts nothing: the gate calls that a fault, it does not guess.
    out.insert(out.end(), frame.rows * outputs, std::numeric_limits<double>::quiet_NaN());
    return {};
  }
  const auto predicted = model->predict(frame);
  if (!predicted) return predicted.status();
  out.insert(out.end(), predicted->begin(), predicted->end());
  return {};
}

std::vector<std::string> trained_sessions(const std::vector<std::shared_ptr<const Model>>& models) {
  std::vector<std::string> sessions;
  for (const auto& model : models) {
    if (!model) continue;
    const ModelDescription& description = model->description();
    sessions.insert(sessions.end(), description.fit_sessions.begin(), description.fit_sessions.end());
    sessions.insert(sessions.end(), description.stop_sessions.begin(), description.stop_sessions.end());
  }
  std::sort(sessions.begin(), sessions.end());
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  return sessions;
}

Result<Evaluation> evaluate(Work& work, const Split& split, const Trial& trial) {
  Core& core = work.core;
  const auto candidate = core.load(trial.candidate);
  if (!candidate) return candidate.status();
  std::shared_ptr<const Model> production, anchor;
  if (!trial.production.empty()) {
    const auto loaded = core.load(trial.production);
    if (loaded) {
      production = *loaded;
    } else {
      work.observer.log({LogLevel::error, "the production model cannot be loaded: " + loaded.status().message()});
    }
  }
  if (!trial.anchor.empty()) {
    const auto loaded = core.load(trial.anchor);
    if (loaded) anchor = *loaded;
  }
  Evaluation evaluation;
  evaluation.task = core.config().model.task;
  evaluation.loss = resolve_loss(core.config().validation.loss, evaluation.task);
  evaluation.outputs_per_row = (*candidate)->description().outputs_per_row;
  evaluation.recent = split.recent;
  evaluation.candidate_sha256 = trial.candidate;
  evaluation.production_sha256 = trial.production;
  if (anchor) evaluation.anchor_sha256 = trial.anchor;
  for (const auto& segment : core.config().validation.segments) evaluation.segments.push_back({segment, {}, {}});
  evaluation.trained_sessions = trained_sessions({*candidate, production});

  const auto stream = core.parts().data_source->open({split.holdout}, core.selection(), work.stop);
  if (!stream) return stream.status();
  for (;;) {
    const auto next = (*stream)->next();
    if (!next) return next.status();
    if (!*next) break;
    const Frame& frame = **next;
    const auto number = static_cast<std::uint32_t>(evaluation.sessions.size());
    evaluation.sessions.push_back(frame.session);
    evaluation.session_of_row.insert(evaluation.session_of_row.end(), frame.rows, number);
    evaluation.row_number.insert(evaluation.row_number.end(), frame.row_numbers.begin(), frame.row_numbers.end());
    evaluation.actual.insert(evaluation.actual.end(), frame.target.values.begin(), frame.target.values.end());
    append_segments(evaluation, frame);
    Status status = append_predictions(evaluation.candidate, *candidate, frame, evaluation.outputs_per_row);
    if (status && !trial.production.empty()) {
      status = append_predictions(evaluation.production, production, frame, evaluation.outputs_per_row);
    }
    if (status && anchor) status = append_predictions(evaluation.anchor, anchor, frame, evaluation.outputs_per_row);
    if (!status) return status;
  }
  return evaluation;
}

/// Mean losses of each held-out session: what the detector will measure later sessions against.
Result<std::string> session_sums(const Evaluation& evaluation) {
  const auto means = mean_loss_by_session(evaluation, evaluation.candidate);
  if (!means) return means.status();
  Json out = Json::array();
  for (const SessionLoss& mean : *means) {
    out.push_back({{"session", mean.session}, {"rows", mean.rows}, {"candidate_loss", base::number(mean.mean_loss)}});
  }
  return base::dump(out);
}

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
  const auto uses = core.fetch<int>([&](store::Connection& db) { return store::count_holdout_uses(db, core.model(), holdout); });
  if (!uses) return uses.status();
  GateContext context;
  context.level = core.config().validation.p_value_threshold / 2;
  context.level_rule = core.config().validation.lifetime;
  context.earlier_uses = *uses;
  const auto report = core.parts().gate->judge(*evaluation, context);
  if (!report) return report.status();
  const auto sha256 = store_evaluation(core, *evaluation);
  if (!sha256) return sha256.status();

  const store::EvaluationRow row{work.run.id, *sha256, holdout, to_json(context), *sums};
  const bool passed = report->verdict == GateVerdict::pass;
  const Status stored = core.write("gate", [&](store::Connection& db, const store::Stamp& stamp) {
    if (Status status = store::check_lease(db, work.lease); !status) return status;
    if (Status status = store::insert_evaluation(db, core.model(), row, stamp.now.wall); !status) return status;
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
