#include "loop.hpp"

#include <retrain/json.hpp>

#include "deployment.hpp"
#include "observed_call.hpp"
#include "outbox.hpp"
#include "reporting.hpp"
#include "retention.hpp"
#include "scoring.hpp"
#include "watch.hpp"

namespace retrain {
namespace {

Status busy() {
  return {StatusCode::unavailable, "this pipeline is at work in another call"};
}

}  // namespace

Status Pipeline::Loop::take_on(const store::RunRow& run, std::optional<Step> only, Observer& observer, std::stop_token stop) {
  const auto lease = pipeline::claim(*core_, run);
  if (!lease) return lease.status();
  pipeline::Supervisor supervisor(*core_, *lease, run.begun.value_or(core_->now()));
  return pipeline::observed_call(
      observer, std::move(stop),
      [&](Observer& inner, std::stop_token inner_stop) {
        pipeline::SupervisedObserver supervised(inner, supervisor);
        pipeline::Work work{*core_, *lease, run, {}, supervised, std::move(inner_stop), supervisor};
        Status done = pipeline::work_on(work, only);
        if (const auto pruned = pipeline::prune_models(*core_); !pruned) {
          inner.log({LogLevel::warning, pruned.status().message()});
        }
        return done;
      },
      [&] { return supervisor.heartbeat(); });
}

Status Pipeline::Loop::look_after(TickReport& report, Observer& observer, std::stop_token stop) {
  return pipeline::observed_call(observer, std::move(stop), [&](Observer& inner, std::stop_token inner_stop) {
    if (Status status = pipeline::activate_pending(*core_); !status) report.notes.push_back("production: " + status.message());
    Status status = pipeline::score_new_sessions(*core_, inner_stop, report.notes);
    // Without its data the pipeline still delivers events and finishes runs: what cannot be scored is said and tried again.
    if (status.code() == StatusCode::cancelled) return status;
    if (!status) report.notes.push_back("new sessions were not scored: " + status.message());
    auto verification = pipeline::verify_champion(*core_, report.rollback);
    if (!verification) return verification.status();
    report.verification = std::move(*verification);
    auto detection = pipeline::detect_drift(*core_, report.alerts);
    if (!detection) return detection.status();
    report.detection = std::move(*detection);
    for (const auto& note : report.notes) inner.log({LogLevel::warning, note});
    return Status{};
  });
}

Result<TickReport> Pipeline::Loop::tick(Observer& observer, std::stop_token stop) {
  const std::unique_lock one(work_, std::try_to_lock);
  if (!one) return busy();
  TickReport report;
  if (Status status = look_after(report, observer, stop); !status) return status;
  const auto due = pipeline::due_run(*core_);
  if (!due) return due.status();
  if (*due) {
    const Status status = take_on(**due, std::nullopt, observer, stop);
    // Another worker was quicker: that is how it should be with many of them.
    if (!status && status.code() != StatusCode::lease_lost) return status;
    auto run = pipeline::report_run(*core_, (*due)->id);
    if (!run) return run.status();
    report.run = std::move(*run);
  }
  if (Status status = pipeline::deliver_events(*core_, report); !status) return status;
  report.idle = !report.run && report.alerts.empty() && !report.rollback && report.events_delivered == 0;
  return report;
}

Result<RunReport> Pipeline::Loop::run(const RunId& run, Observer& observer, std::stop_token stop) {
  const std::unique_lock one(work_, std::try_to_lock);
  if (!one) return busy();
  const auto row = core_->fetch<store::RunRow>([&](store::Connection& db) { return store::load_run(db, run); });
  if (!row) return row.status();
  if (row->model != core_->model()) return Status{StatusCode::invalid_argument, "run " + run + " belongs to model " + row->model};
  if (row->state != RunState::finished) {
    if (Status status = take_on(*row, std::nullopt, observer, std::move(stop)); !status) return status;
    TickReport delivered;
    if (Status status = pipeline::deliver_events(*core_, delivered); !status) return status;
  }
  return pipeline::report_run(*core_, run);
}

Result<StepReport> Pipeline::Loop::verify(const store::RunRow& run) {
  std::vector<std::string> notes;
  if (Status status = pipeline::score_new_sessions(*core_, {}, notes); !status) return status;
  std::optional<RollbackReport> rollback;
  const auto deployment = core_->fetch<std::optional<store::DeploymentRow>>(
      [&](store::Connection& db) { return store::deployment_of_run(db, core_->model(), run.id); });
  if (!deployment) return deployment.status();
  StepReport report{run.id, Step::verify, true, false, "", core_->now().wall, "{}", run.state, run.outcome};
  if (!*deployment) {
    report.reason = "the run deployed nothing: " + run.reason;
    return report;
  }
  if ((*deployment)->state != DeploymentState::provisional) {
    report.repeated = true;
    report.reason = std::string(to_string((*deployment)->state)) + ": " + (*deployment)->reason;
    return report;
  }
  const auto verification = pipeline::verify_champion(*core_, rollback);
  if (!verification) return verification.status();
  if (*verification) {
    report.done = (*verification)->verdict != VerificationVerdict::go_on;
    report.reason = (*verification)->message;
    report.result = to_json(**verification);
  }
  return report;
}

Result<StepReport> Pipeline::Loop::step(const RunId& run, Step step, Observer& observer, std::stop_token stop) {
  const std::unique_lock one(work_, std::try_to_lock);
  if (!one) return busy();
  const auto row = core_->fetch<store::RunRow>([&](store::Connection& db) { return store::load_run(db, run); });
  if (!row) return row.status();
  if (row->model != core_->model()) return Status{StatusCode::invalid_argument, "run " + run + " belongs to model " + row->model};
  if (step == Step::verify) {
    if (row->state != RunState::finished) return Status{StatusCode::conflict, "run " + run + " is not deployed yet"};
    return verify(*row);
  }
  if (row->state != RunState::finished) {
    const auto next = pipeline::next_step(*core_, run);
    if (!next) return next.status();
    if (*next && static_cast<int>(**next) < static_cast<int>(step)) {
      return Status{StatusCode::conflict, "run " + run + " must do step " + std::string(to_string(**next)) + " first"};
    }
    if (*next == step) {
      if (Status status = take_on(*row, step, observer, std::move(stop)); !status) return status;
      return pipeline::report_step(*core_, run, step, false);
    }
  }
  return pipeline::report_step(*core_, run, step, true);
}

Status Pipeline::Loop::start(Duration interval, Observer& observer) {
  const std::lock_guard lock(background_);
  if (thread_.joinable()) return {StatusCode::conflict, "the background mode is on already"};
  if (interval <= Duration{})
    return {StatusCode::invalid_argument, "an interval of " + format_duration(interval) + " is not positive"};
  thread_ = std::jthread([this, interval, &observer](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      try {
        const auto report = tick(observer, stop);
        if (!report) observer.log({LogLevel::error, report.status().message()});
      } catch (const std::exception& error) {
        // Only a host's observer throws here; a background thread has nobody to hand that to.
        observer.log({LogLevel::error, error.what()});
      }
      core_->parts().clock->wait_until(core_->now().wall + interval, stop);
    }
  });
  return {};
}

Status Pipeline::Loop::stop() {
  const std::lock_guard lock(background_);
  if (!thread_.joinable()) return {};
  thread_.request_stop();
  thread_.join();
  return {};
}

}  // namespace retrain
