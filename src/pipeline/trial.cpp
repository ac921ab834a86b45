#include "trial.hpp"

#include <algorithm>
#include <limits>

namespace retrain::pipeline {
namespace {

void append_grouping(SegmentColumn& grouping, const CategoryColumn& column) {
  std::vector<std::int32_t> code_of;
  for (const std::string& text : column.dictionary) {
    const auto found = std::find(grouping.dictionary.begin(), grouping.dictionary.end(), text);
    code_of.push_back(static_cast<std::int32_t>(found - grouping.dictionary.begin()));
    if (found == grouping.dictionary.end()) grouping.dictionary.push_back(text);
  }
  for (const std::int32_t code : column.codes) {
    grouping.codes.push_back(code < 0 ? -1 : code_of[static_cast<std::size_t>(code)]);
  }
}

/// The segments come first among the extra columns; the second cluster may be one of them.
void append_groupings(Evaluation& evaluation, const Frame& frame) {
  for (std::size_t k = 0; k < evaluation.segments.size(); ++k) append_grouping(evaluation.segments[k], frame.extra[k]);
  for (const CategoryColumn& column : frame.extra) {
    if (column.name == evaluation.second_cluster.name) append_grouping(evaluation.second_cluster, column);
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

using SessionLists = std::vector<const std::vector<std::string>*>;

std::vector<std::string> distinct(const SessionLists& lists) {
  std::vector<std::string> sessions;
  for (const auto* list : lists) sessions.insert(sessions.end(), list->begin(), list->end());
  std::sort(sessions.begin(), sessions.end());
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  return sessions;
}

void add_learned_sessions(Evaluation& evaluation, const ModelDescription& candidate, const Model* production) {
  SessionLists trained = {&candidate.fit_sessions};
  if (production != nullptr) {
    const ModelDescription& description = production->description();
    trained.insert(trained.end(), {&description.fit_sessions, &description.stop_sessions, &description.choose_sessions});
  }
  evaluation.trained_sessions = distinct(trained);
  evaluation.selection_sessions = distinct({&candidate.stop_sessions, &candidate.choose_sessions});
}

}  // namespace

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
  evaluation.second_cluster.name = core.config().validation.second_cluster;
  add_learned_sessions(evaluation, (*candidate)->description(), production.get());

  RowSelection selection = core.selection();
  selection.threads = work.admission.threads;
  const auto stream = core.parts().data_source->open({split.holdout}, selection, work.stop);
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
    append_groupings(evaluation, frame);
    Status status = append_predictions(evaluation.candidate, *candidate, frame, evaluation.outputs_per_row);
    if (status && !trial.production.empty()) {
      status = append_predictions(evaluation.production, production, frame, evaluation.outputs_per_row);
    }
    if (status && anchor) status = append_predictions(evaluation.anchor, anchor, frame, evaluation.outputs_per_row);
    if (!status) return status;
  }
  return evaluation;
}

}  // namespace retrain::pipeline
