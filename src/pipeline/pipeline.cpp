#include <retrain/pipeline.hpp>

#include <retrain/config_file.hpp>
#include <retrain/json.hpp>

#include "deployment.hpp"
#include "health.hpp"
#include "incoming.hpp"
#include "loop.hpp"
#include "outbox.hpp"
#include "replay.hpp"
#include "reporting.hpp"
#include "store/silence_table.hpp"
#include "target_delivery.hpp"
#include "watch.hpp"

namespace retrain {

Pipeline::Pipeline(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::open(Config config, PipelineParts parts) {
  auto core = pipeline::Core::open(std::move(config), std::move(parts));
  if (!core) return core.status();
  // A damaged production model must not keep the operator out: status, rollback and doctor work without it, tick() says what is
  // wrong.
  (void)(*core)->refresh_production();
  return std::unique_ptr<Pipeline>(new Pipeline(std::make_unique<Loop>(std::move(*core))));
}

Result<AlertDecision> Pipeline::submit_alert(const Alert& alert) {
  auto decisions = pipeline::submit_all(loop_->core(), {&alert, 1});
  if (!decisions) return decisions.status();
  return std::move(decisions->front());
}

Result<std::vector<AlertDecision>> Pipeline::submit_alerts(std::span<const Alert> alerts) {
  return pipeline::submit_all(loop_->core(), alerts);
}

Result<AlertDecision> Pipeline::replay_alert(const StoredAlert& stored) {
  return pipeline::decide_again(loop_->core(), stored);
}

Result<Readiness> Pipeline::check_data(Observer& observer, std::stop_token stop) {
  return pipeline::check_data(loop_->core(), observer, std::move(stop));
}

Result<AlertDecision> Pipeline::submit_invalid_alert(std::string_view text, std::string_view reason) {
  return pipeline::submit_invalid(loop_->core(), text, std::string(reason));
}

Result<RunId> Pipeline::request_run(const ManualRun& request) {
  pipeline::Core& core = loop_->core();
  if (request.actor.empty()) return Status{StatusCode::invalid_argument, "a manual run needs an actor"};
  RunId id;
  const Status status = core.write("manual", [&](store::Connection& db, const store::Stamp& stamp) {
    auto accepted = store::accept_manual_run(db, stamp, request, core.config().resources.max_queue_size);
    if (accepted) id = *accepted;
    return accepted.status();
  });
  if (!status) return status;
  return id;
}

Result<TickReport> Pipeline::tick(Observer& observer, std::stop_token stop) {
  return loop_->tick(observer, std::move(stop));
}

Result<RunReport> Pipeline::run(const RunId& run, Observer& observer, std::stop_token stop) {
  return loop_->run(run, observer, std::move(stop));
}

Result<StepReport> Pipeline::step(const RunId& run, Step step, Observer& observer, std::stop_token stop) {
  return loop_->step(run, step, observer, std::move(stop));
}

Status Pipeline::start(Duration interval, Observer& observer) {
  return loop_->start(interval, observer);
}
Status Pipeline::stop() {
  return loop_->stop();
}

std::shared_ptr<const Model> Pipeline::production() const {
  return loop_->core().production().get();
}

Result<RollbackReport> Pipeline::rollback(const RollbackRequest& request) {
  pipeline::Core& core = loop_->core();
  if (request.actor.empty()) return Status{StatusCode::invalid_argument, "a rollback needs an actor"};
  auto report = pipeline::roll_back(core, request);
  if (report && report->done) {
    TickReport delivered;
    if (Status status = pipeline::deliver_events(core, delivered); !status) return status;
  }
  return report;
}

Status Pipeline::hold(const Hold& hold) {
  if (hold.actor.empty()) return {StatusCode::invalid_argument, "a hold needs an actor"};
  pipeline::Core& core = loop_->core();
  if (hold.until && *hold.until <= core.now().wall) {
    return {StatusCode::invalid_argument, "a hold until " + format_time(*hold.until) + " is over already"};
  }
  return core.write("hold", [&](store::Connection& db, const store::Stamp& stamp) { return store::set_hold(db, stamp, hold); });
}

Status Pipeline::lift(const Lift& lift) {
  if (lift.actor.empty()) return {StatusCode::invalid_argument, "lifting a hold needs an actor"};
  return loop_->core().write("lift",
                             [&](store::Connection& db, const store::Stamp& stamp) { return store::lift_hold(db, stamp, lift); });
}

Result<std::int64_t> Pipeline::silence(const Silence& silence) {
  if (silence.actor.empty()) return Status{StatusCode::invalid_argument, "a silence needs an actor"};
  pipeline::Core& core = loop_->core();
  if (silence.until <= core.now().wall) {
    return Status{StatusCode::invalid_argument, "a silence until " + format_time(silence.until) + " is over already"};
  }
  std::int64_t id = 0;
  const Status written = core.write("silence", [&](store::Connection& db, const store::Stamp& stamp) {
    const auto inserted = store::set_silence(db, stamp, silence);
    if (inserted) id = *inserted;
    return inserted.status();
  });
  if (!written) return written;
  return id;
}

Status Pipeline::end_silence(std::int64_t id, const std::string& actor) {
  if (actor.empty()) return {StatusCode::invalid_argument, "ending a silence needs an actor"};
  return loop_->core().write(
      "silence", [&](store::Connection& db, const store::Stamp& stamp) { return store::end_silence(db, stamp, id, actor); });
}

Result<std::vector<Silence>> Pipeline::silences() {
  pipeline::Core& core = loop_->core();
  return core.fetch<std::vector<Silence>>(
      [&](store::Connection& db) { return store::active_silences(db, core.model(), core.now().wall); });
}

Result<OutboxReport> Pipeline::outbox() {
  return pipeline::report_outbox(loop_->core());
}
Result<int> Pipeline::replay_events(const OutboxSelection& selection) {
  return pipeline::change_outbox(loop_->core(), selection, true);
}
Result<int> Pipeline::drop_events(const OutboxSelection& selection) {
  return pipeline::change_outbox(loop_->core(), selection, false);
}

Result<PipelineStatus> Pipeline::status() {
  return pipeline::report_status(loop_->core());
}
Result<RunReport> Pipeline::report(const RunId& run) {
  return pipeline::report_run(loop_->core(), run);
}

Result<std::vector<RunSummary>> Pipeline::runs(const RunQuery& query) {
  pipeline::Core& core = loop_->core();
  return core.fetch<std::vector<RunSummary>>([&](store::Connection& db) -> Result<std::vector<RunSummary>> {
    const auto rows = store::list_runs(db, core.model(), query);
    if (!rows) return rows.status();
    std::vector<RunSummary> out;
    for (const auto& row : *rows) out.push_back(pipeline::summarize(row, std::nullopt));
    return out;
  });
}

Result<std::vector<StoredAlert>> Pipeline::alerts(std::size_t limit) {
  pipeline::Core& core = loop_->core();
  auto alerts =
      core.fetch<std::vector<StoredAlert>>([&](store::Connection& db) { return store::list_alerts(db, core.model(), limit); });
  if (!alerts) return alerts;
  for (StoredAlert& stored : *alerts) {
    // What could not be read as an alert stays as it came.
    if (auto alert = parse_alert(stored.alert.detail)) stored.alert = std::move(*alert);
  }
  return alerts;
}

Result<std::vector<DeployedModel>> Pipeline::models(std::size_t limit) {
  return pipeline::report_models(loop_->core(), limit);
}
Result<ReplayReport> Pipeline::replay(const RunId& run) {
  return pipeline::replay_run(loop_->core(), run);
}
Result<HealthReport> Pipeline::verify_state() {
  return pipeline::check_health(loop_->core());
}

}  // namespace retrain
