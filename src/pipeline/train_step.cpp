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
  std::string reason;  // why there is none
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
  if (!work.run.mode) return work.core.config().training.mode;
  if (*work.run.mode == "warm") return TrainingMode::warm;
  return *work.run.mode == "full" ? TrainingMode::full : TrainingMode::automatic;
}

/// The stable champion, if it may be continued: nothing that it was trained on may stand in the holdout.
Result<Parent> find_parent(Work& work, TrainingMode mode, const Split& split) {
  if (mode == TrainingMode::full) return Parent{nullptr, "", "full training is asked for"};
  const auto stable =
      work.core.fetch<std::vector<ModelRef>>([&](store::Connection& db) { return store::list_stable(db, work.core.model(), 1); });
  if (!stable) return stable.status();
  if (stable->empty()) return Parent{nullptr, "", "there is no stable model to start from"};
  const std::string& sha256 = stable->front().sha256;
  auto loaded = work.core.load(sha256);
  if (!loaded) return Parent{nullptr, "", "the stable model cannot be loaded: " + loaded.status().message()};
  const ModelDescription& description = (*loaded)->description();
  for (const Session& held_out : split.holdout) {
    for (const auto* trained : {&description.fit_sessions, &description.stop_sessions}) {
      if (std::find(trained->begin(), trained->end(), held_out.id) != trained->end()) {
        return Parent{nullptr, "", "the stable model was trained on session " + held_out.id + ", which is held out now"};
      }
    }
  }
  return Parent{std::move(*loaded), sha256, ""};
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
                           {"parameters", t.parameters},
                           {"seed", t.seed}};
  const PartId trainer = work.core.parts().trainer->id();
  return {data, base::sha256(base::dump(parameters)), trainer.name + " " + trainer.version + " retrain " + version()};
}

std::string step_result(const ModelDescription& made, const std::string& sha256, const Split& split) {
  const Json result = {{"sha256", sha256},
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
                       {"holdout_sessions", ids_of(split.holdout)},
                       {"data_fingerprint", made.data_fingerprint}};
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

  Snapshot learned{split->fit};
  learned.sessions.insert(learned.sessions.end(), split->stop.begin(), split->stop.end());
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
  auto fit = core.parts().data_source->open({split->fit}, core.selection(), work.stop);
  if (!fit) return fit.status();
  request.fit = std::move(*fit);
  if (!split->stop.empty()) {
    auto stop = core.parts().data_source->open({split->stop}, core.selection(), work.stop);
    if (!stop) return stop.status();
    request.stop = std::move(*stop);
  }
  request.parent = parent->model;
  request.parent_sha256 = parent->sha256;
  request.no_parent_reason = parent->reason;
  request.mode = mode;
  request.seed = core.config().training.seed;
  request.threads = work.admission.threads;
  request.data_fingerprint = fingerprint.data;
  request.fit_sessions = ids_of(split->fit);
  request.stop_sessions = ids_of(split->stop);
  request.warm_fit_sessions = core.config().training.warm_sessions;

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

  const Footprint footprint{work.run.id, after.peak_bytes, after.cpu_seconds - before.cpu_seconds, work.admission.threads,
                            readiness->data_bytes};
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
