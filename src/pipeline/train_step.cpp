#include <retrain/json.hpp>
#include <retrain/version.hpp>
#include <sys/resource.h>

#include <fstream>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "steps.hpp"

namespace retrain::pipeline {
namespace {

using base::Json;

struct Parent {
  std::shared_ptr<const Model> model;
  std::string sha256;
  std::string reason;           // why there is none
  std::optional<Duration> age;  // since it was trained
};

/// What this process has used so far; the difference around the training is the run's footprint.
struct Usage {
  double cpu_seconds = 0;
  std::uint64_t peak_bytes = 0;
};

Usage usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return {seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

std::vector<std::string> ids_of(const std::vector<Session>& sessions) {
  std::vector<std::string> ids;
  for (const Session& session : sessions) ids.push_back(session.id);
  return ids;
}

TrainingMode mode_of(const Work& work) {
  for (const TrainingMode mode :
       {TrainingMode::automatic, TrainingMode::warm, TrainingMode::full, TrainingMode::recalibrate, TrainingMode::best}) {
    if (work.run.mode && *work.run.mode == to_string(mode)) return mode;
  }
  return work.core.config().training.mode;
}

/// The training sessions by use; `choose` is empty but for mode best.
struct Lessons {
  std::vector<Session> fit, stop, choose;
  std::vector<Session> all() const {
    std::vector<Session> sessions = fit;
    sessions.insert(sessions.end(), stop.begin(), stop.end());
    sessions.insert(sessions.end(), choose.begin(), choose.end());
    return sessions;
  }
};

/// Mode best gives up its latest training sessions to choose by, and cuts the rest as ever. Where too few are left, nothing
/// chooses.
Lessons lessons_of(const Split& split, const TrainingSettings& training, TrainingMode mode) {
  const Lessons usual{split.fit, split.stop, {}};
  if (mode != TrainingMode::best || training.choose_sessions == 0) return usual;
  ValidationSettings choosing;
  choosing.holdout_sessions = training.choose_sessions;
  const auto cut = split_sessions({usual.all()}, training, choosing);
  return cut ? Lessons{cut->fit, cut->stop, cut->holdout} : usual;
}

/// When the run trained; nothing where that is not recorded.
Result<std::optional<Time>> trained_at(const Work& work, const RunId& run) {
  const auto steps =
      work.core.fetch<std::vector<store::StepRow>>([&](store::Connection& db) { return store::list_steps(db, run); });
  if (!steps) return steps.status();
  for (const store::StepRow& row : *steps) {
    if (row.step == Step::train) return std::optional<Time>(row.time);
  }
  return std::optional<Time>{};
}

/// The stable champion, if it may be continued: nothing that it was trained on may stand in the holdout.
Result<Parent> find_parent(Work& work, TrainingMode mode, const Split& split) {
  if (mode == TrainingMode::full) return Parent{nullptr, "", "full training is asked for", {}};
  const auto stable =
      work.core.fetch<std::vector<ModelRef>>([&](store::Connection& db) { return store::list_stable(db, work.core.model(), 1); });
  if (!stable) return stable.status();
  if (stable->empty()) return Parent{nullptr, "", "there is no stable model to start from", {}};
  const std::string& sha256 = stable->front().sha256;
  auto loaded = work.core.load(sha256);
  if (!loaded) return Parent{nullptr, "", "the stable model cannot be loaded: " + loaded.status().message(), {}};
  const ModelDescription& description = (*loaded)->description();
  for (const Session& held_out : split.holdout) {
    for (const auto* trained : {&description.fit_sessions, &description.stop_sessions, &description.choose_sessions}) {
      if (std::find(trained->begin(), trained->end(), held_out.id) != trained->end()) {
        return Parent{nullptr, "", "the stable model was trained on session " + held_out.id + ", which is held out now", {}};
      }
    }
  }
  const auto trained = trained_at(work, stable->front().run_id);
  if (!trained) return trained.status();
  Parent parent{std::move(*loaded), sha256, "", {}};
  if (*trained) parent.age = std::max(Duration{}, work.core.now().wall - **trained);
  return parent;
}

Json search_json(const SearchSettings& search) {
  if (search.trials == 0) return nullptr;
  Json space = Json::object();
  for (const auto& [name, range] : search.space) {
    space[name] = {range.least, range.most, range.logarithmic, range.whole, range.values};
  }
  return {search.trials, search.method, search.folds, search.budget.count(), search.seed, std::move(space)};
}

Fingerprint fingerprint_of(const Work& work, const std::string& data, TrainingMode mode, const std::string& parent) {
  const Config& config = work.core.config();
  const TrainingSettings& t = config.training;
  const Json parameters = {{"task", to_string(config.model.task)},
                           {"target", config.model.target},
                           {"numeric", config.model.numeric},
                           {"categorical", config.model.categorical},
                           {"mode", to_string(mode)},
                           {"parent", parent},
                           {"warm_sessions", t.warm_sessions},
                           {"warm_rounds", t.warm_rounds},
                           {"max_rounds", t.max_rounds},
                           {"early_stopping_rounds", t.early_stopping_rounds},
                           {"warm_eta", t.warm_eta ? Json(*t.warm_eta) : Json(nullptr)},
                           {"half_life_sessions", t.half_life_sessions ? Json(*t.half_life_sessions) : Json(nullptr)},
                           {"weight_column", t.weight_column},
                           {"choose_sessions", t.choose_sessions},
                           {"monotone", t.monotone},
                           {"interactions", t.interactions},
                           {"search", search_json(t.search)},
                           {"parameters", t.parameters},
                           {"seed", t.seed}};
  const PartId trainer = work.core.parts().trainer->id();
  return {data, base::sha256(base::dump(parameters)), trainer.name + " " + trainer.version + " retrain " + version()};
}

std::string step_result(const ModelDescription& made, const std::string& sha256, const Split& split) {
  Json result = {{"sha256", sha256},
                 {"mode", made.mode},
                 {"mode_reason", made.mode_reason},
                 {"parent_sha256", made.parent_sha256},
                 {"rounds", made.rounds},
                 {"rounds_since_full", made.rounds_since_full},
                 {"library", made.library},
                 {"parameters", made.parameters},
                 {"seed", made.seed},
                 {"threads", made.threads},
                 {"fit_sessions", made.fit_sessions},
                 {"stop_sessions", made.stop_sessions},
                 {"choose_sessions", made.choose_sessions},
                 {"holdout_sessions", ids_of(split.holdout)},
                 {"data_fingerprint", made.data_fingerprint}};
  const auto described = base::parse_json(to_json(made));
  if (described && !made.trials.empty()) result["trials"] = described->at("trials");
  return base::dump(result);
}

}  // namespace

Result<StepEnd> train_step(Work& work) {
  Core& core = work.core;
  const auto readiness = stored_readiness(core, work.run.id);
  if (!readiness) return readiness.status();
  const auto split = split_sessions(readiness->snapshot, core.config().training, core.config().validation);
  if (!split) return split.status();
  const TrainingMode mode = mode_of(work);
  auto parent = find_parent(work, mode, *split);
  if (!parent) return parent.status();

  const Lessons lessons = lessons_of(*split, core.config().training, mode);
  const Snapshot learned{lessons.all()};
  const Fingerprint fingerprint = fingerprint_of(work, learned.fingerprint(), mode, parent->sha256);
  const auto quarantined =
      core.parts().rollback_store
          ? core.parts().rollback_store->is_quarantined(fingerprint)
          : core.fetch<bool>([&](store::Connection& db) { return store::is_quarantined(db, core.model(), fingerprint); });
  if (!quarantined) return quarantined.status();
  if (*quarantined) {
    const std::string message = "the same data, parameters and code made a model that was rolled back: it is not made again";
    if (Status status = end_run(work, Outcome::rejected, "quarantined", message); !status) return status;
    return StepEnd{.finished = true, .reason = "quarantined"};
  }

  TrainRequest request;
  RowSelection selection = core.selection();
  selection.threads = work.admission.threads;
  selection.weight = core.config().training.weight_column;
  for (const auto& [sessions, stream] : {std::pair(&lessons.fit, &request.fit), std::pair(&lessons.stop, &request.stop),
                                         std::pair(&lessons.choose, &request.choose)}) {
    if (sessions->empty()) continue;
    auto opened = core.parts().data_source->open({*sessions}, selection, work.stop);
    if (!opened) return opened.status();
    *stream = std::move(*opened);
  }
  request.parent = parent->model;
  request.parent_sha256 = parent->sha256;
  request.no_parent_reason = parent->reason;
  request.mode = mode;
  request.seed = core.config().training.seed;
  request.threads = work.admission.threads;
  request.data_fingerprint = fingerprint.data;
  request.fit_sessions = ids_of(lessons.fit);
  request.stop_sessions = ids_of(lessons.stop);
  request.choose_sessions = ids_of(lessons.choose);
  request.warm_fit_sessions = core.config().training.warm_sessions;
  request.parent_age = parent->age;
  request.clock = core.parts().clock;
  if (core.config().training.deadline > Duration{}) request.deadline = core.now().wall + core.config().training.deadline;

  const Usage before = usage();
  const auto trained = core.parts().trainer->train(request, work.observer, work.stop);
  if (!trained) return trained.status();
  const Usage after = usage();
  auto artifact = (*trained)->save();
  if (!artifact) return artifact.status();
  const auto sha256 = core.models().put(*artifact);
  if (!sha256) return sha256.status();
  const auto description = core.models().description_sha256(*sha256);
  if (!description) return description.status();

  Footprint footprint{work.run.id, after.peak_bytes, after.cpu_seconds - before.cpu_seconds, work.admission.threads,
                      readiness->data_bytes};
  for (const Session& session : readiness->snapshot.sessions) {
    footprint.rows += static_cast<std::uint64_t>(std::max<std::int64_t>(0, session.used_rows));
  }
  const bool continued = parent->model && artifact->description.parent_sha256 == parent->sha256;
  const int rounds = artifact->description.rounds - (continued ? parent->model->description().rounds : 0);
  footprint.rounds = static_cast<unsigned>(std::max(0, rounds));
  const Status registered = core.write("train", [&](store::Connection& db, const store::Stamp& stamp) {
    const std::string result = step_result(artifact->description, *sha256, *split);
    const Status status =
        store::register_candidate(db, stamp, work.lease, {*sha256, work.run.id, *description, fingerprint}, result);
    return status ? store::insert_footprint(db, core.model(), footprint, stamp.now.wall) : status;
  });
  if (!registered) return registered;
  work.run.candidate_sha256 = *sha256;
  return StepEnd{.reason = artifact->description.mode + ": " + artifact->description.mode_reason};
}

}  // namespace retrain::pipeline
