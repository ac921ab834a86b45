#include "admission.hpp"

#include <algorithm>
#include <set>

#include "queue_order.hpp"
#include "store/queue_table.hpp"
#include "worker.hpp"

namespace retrain::pipeline {
namespace {

/// A waiting run of another model, and what it will need.
struct Contender {
  store::RunRow run;
  Footprint predicted;
  bool aged = false;
};

Result<Footprint> predict(Core& core, const std::string& model) {
  const auto sessions =
      core.fetch<std::vector<store::SessionRow>>([&](store::Connection& db) { return store::list_sessions(db, model, 0); });
  if (!sessions) return sessions.status();
  Workload coming;
  // How another model trains is known to its own processes only.
  if (model == core.model()) coming.max_rounds = static_cast<unsigned>(std::max(0, core.config().training.max_rounds));
  std::set<std::string> paths;
  for (const auto& row : *sessions) {
    coming.rows += static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.session.used_rows));
    if (paths.insert(row.session.path).second) coming.data_bytes += row.session.size;
  }
  const auto history =
      core.fetch<FootprintHistory>([&](store::Connection& db) { return store::footprint_history(db, model, 20); });
  if (!history) return history.status();
  return core.parts().resource_manager->predict(coming, *history);
}

/// Whether a worker seems to look after a run: it is due only just, or its next try for room or its turn lies ahead. A process
/// that has the model open but never ticks must not hold up the others.
bool looked_after(const store::RunRow& run, Duration due, Duration patience) {
  if (due > Duration{}) return run.waits_for == WaitsFor::resources || run.waits_for == WaitsFor::turn;
  return -due <= patience;
}

/// The runs that go before `mine`, first to last.
Result<std::vector<Contender>> contenders_before(Core& core, const store::RunRow& mine) {
  const Instant now = core.now();
  const QueueSettings& queue = core.config().queue;
  const Turn turn = turn_of(mine, now);
  const auto open = core.fetch<std::vector<store::RunRow>>([](store::Connection& db) { return store::open_runs(db); });
  if (!open) return open.status();
  const auto halts =
      core.fetch<std::map<std::string, QueueHalt>>([&](store::Connection& db) { return store::active_halts(db, now.wall); });
  if (!halts) return halts.status();
  std::vector<Contender> before;
  for (const store::RunRow& run : *open) {
    if (run.model == mine.model || run.state != RunState::queued) continue;
    // Workers that are configured apart may order two runs apart: then at least neither waits for the other.
    if (run.waits_for == WaitsFor::turn && run.waits_on == mine.id) continue;
    if (!goes_before(turn_of(run, now), turn, queue.ageing)) continue;
    if (!looked_after(run, due_in(run, now), 10 * queue.lease)) continue;
    const auto halt = halts->find(run.model);
    if (halt != halts->end() && halt->second.kind == HaltKind::paused) continue;
    before.push_back({run, {}, queue.ageing > Duration{} && turn_of(run, now).waited >= queue.ageing});
  }
  if (before.empty()) return before;
  const auto living = store::living_models(core.config().state.directory);
  if (!living) return living.status();
  std::erase_if(before, [&](const Contender& contender) { return !living->contains(contender.run.model); });
  std::sort(before.begin(), before.end(), [&](const Contender& one, const Contender& other) {
    return goes_before(turn_of(one.run, now), turn_of(other.run, now), queue.ageing);
  });
  for (Contender& contender : before) {
    auto predicted = predict(core, contender.run.model);
    if (!predicted) return predicted.status();
    contender.predicted = std::move(*predicted);
  }
  return before;
}

/// The run that `mine` must give way to, if any.
Result<std::optional<store::RunRow>> first_before(Core& core, const store::RunRow& mine, const Footprint& predicted,
                                                  const std::vector<Footprint>& running) {
  const auto before = contenders_before(core, mine);
  if (!before) return before.status();
  ResourceManager& manager = *core.parts().resource_manager;
  std::vector<Footprint> together = running;
  for (const Contender& contender : *before) {
    const auto theirs = manager.admit(contender.predicted, together);
    if (!theirs) return theirs.status();
    const bool could_start = theirs->verdict == AdmissionVerdict::start;
    const bool kept_out_by_runs = theirs->verdict == AdmissionVerdict::wait && contender.aged && !running.empty();
    if (!could_start && !kept_out_by_runs) continue;
    together.push_back(contender.predicted);
    together.back().run_id = contender.run.id;
    const auto ours = manager.admit(predicted, together);
    if (!ours) return ours.status();
    if (ours->verdict != AdmissionVerdict::start) return std::optional<store::RunRow>(contender.run);
  }
  return std::optional<store::RunRow>{};
}

Result<bool> wait(Work& work, Duration pause, WaitsFor cause, const std::string& reason, const RunId& goes_first = {}) {
  const Status status = postpone(work, {.not_before = work.core.now().wall + pause,
                                        .waits_for = cause,
                                        .reason = reason,
                                        .waits_on = goes_first,
                                        .attempts = work.run.attempts});
  if (!status) return status;
  return false;
}

/// One look: the answer, or nothing when others reserved meanwhile.
Result<std::optional<bool>> try_admit(Work& work) {
  Core& core = work.core;
  const auto predicted = predict(core, core.model());
  if (!predicted) return predicted.status();
  const auto running = core.fetch<std::vector<Footprint>>([](store::Connection& db) { return store::running_footprints(db); });
  if (!running) return running.status();
  const auto admission = core.parts().resource_manager->admit(*predicted, *running);
  if (!admission) return admission.status();
  work.admission = *admission;
  if (admission->verdict == AdmissionVerdict::never) {
    if (Status status = end_run(work, Outcome::set_aside, "too_large", admission->reason); !status) return status;
    return std::optional<bool>(false);
  }
  Result<bool> waits = false;
  if (admission->verdict == AdmissionVerdict::wait) {
    waits = wait(work, admission->retry_after, WaitsFor::resources, "waits for resources: " + admission->reason);
    return waits ? Result<std::optional<bool>>(std::optional<bool>(false)) : waits.status();
  }
  const auto other = first_before(core, work.run, *predicted, *running);
  if (!other) return other.status();
  if (*other) {
    waits = wait(work, core.config().queue.lease / 3, WaitsFor::turn,
                 "waits for its turn: run " + (*other)->id + " of " + (*other)->model + " goes first", (*other)->id);
    return waits ? Result<std::optional<bool>>(std::optional<bool>(false)) : waits.status();
  }
  const Status reserved = core.write("reserve", [&](store::Connection& db, const store::Stamp&) {
    return store::reserve(db, work.lease, *admission, *running);
  });
  if (reserved.code() == StatusCode::unavailable) return std::optional<bool>{};
  if (!reserved) return reserved;
  return std::optional<bool>(true);
}

}  // namespace

Result<bool> admit(Work& work) {
  constexpr int tries = 5;
  for (int i = 0; i < tries; ++i) {
    const auto admitted = try_admit(work);
    if (!admitted) return admitted.status();
    if (*admitted) return **admitted;
  }
  return wait(work, std::chrono::seconds(1), WaitsFor::resources, "waits for resources: others start at this moment");
}

}  // namespace retrain::pipeline
