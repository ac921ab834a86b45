#include "reporting.hpp"

#include <retrain/json.hpp>

#include "level.hpp"
#include "steps.hpp"
#include "store/queue_table.hpp"
#include "watch.hpp"
#include "worker.hpp"

namespace retrain::pipeline {
namespace {

DeployedModel describe(store::Connection& db, const std::string& model, const store::DeploymentRow& row, bool newest) {
  DeployedModel out{row.version, row.ref, row.state, row.reason, row.since, newest, false};
  const auto quarantined = store::is_quarantined_hash(db, model, row.ref.sha256);
  out.quarantined = quarantined.ok() && *quarantined;
  return out;
}

Status add_steps(RunReport& report, const std::vector<store::StepRow>& steps) {
  for (const auto& row : steps) {
    report.steps.push_back(
        {report.run.id, row.step, true, false, "", row.time, row.result, report.run.state, report.run.outcome});
    std::string& reason = report.steps.back().reason;
    switch (row.step) {
      case Step::readiness: {
        auto readiness = parse_readiness(row.result);
        if (!readiness) return readiness.status();
        reason = readiness->reason;
        // Every session is one line too many for a report: the step keeps them.
        report.steps.back().result = "{}";
        report.readiness = std::move(*readiness);
        break;
      }
      case Step::train: report.training = row.result; break;
      case Step::gate: {
        auto gate = parse_gate_report(row.result);
        if (!gate) return gate.status();
        reason = gate->message;
        report.gate = std::move(*gate);
        break;
      }
      case Step::compare: {
        auto comparison = parse_comparison(row.result);
        if (!comparison) return comparison.status();
        reason = comparison->message;
        report.comparison = std::move(*comparison);
        break;
      }
      case Step::deploy:
      case Step::verify: break;
    }
  }
  return {};
}

}  // namespace

RunSummary summarize(const store::RunRow& run, std::optional<Step> next) {
  RunSummary out;
  out.id = run.id;
  out.model = run.model;
  out.state = run.state;
  out.outcome = run.outcome;
  out.reason = run.reason;
  out.asked_by = run.asked_by;
  out.severity = run.severity;
  out.attempts = run.attempts;
  out.created = run.created.wall;
  if (run.state == RunState::queued) out.not_before = run.not_before;
  if (run.finished) out.finished = run.finished->wall;
  if (run.state != RunState::finished) out.next_step = next;
  out.candidate_sha256 = run.candidate_sha256;
  out.requeued_from = run.requeued_from;
  return out;
}

Result<RunReport> report_run(Core& core, const RunId& id) {
  const auto next = next_step(core, id);
  if (!next) return next.status();
  return core.fetch<RunReport>([&](store::Connection& db) -> Result<RunReport> {
    const auto run = store::load_run(db, id);
    if (!run) return run.status();
    RunReport report;
    report.run = summarize(*run, *next);
    auto alerts = store::alerts_of_run(db, id);
    if (!alerts) return alerts.status();
    report.alerts = std::move(*alerts);
    const auto steps = store::list_steps(db, id);
    if (!steps) return steps.status();
    if (Status status = add_steps(report, *steps); !status) return status;
    const auto evaluation = store::load_evaluation(db, id);
    if (!evaluation) return evaluation.status();
    if (*evaluation) {
      auto context = parse_gate_context((*evaluation)->context);
      if (!context) return context.status();
      report.gate_context = std::move(*context);
    }
    const auto deployment = store::deployment_of_run(db, run->model, id);
    if (!deployment) return deployment.status();
    if (*deployment) {
      report.deployment = (*deployment)->state;
      report.deployment_reason = (*deployment)->reason;
    }
    return report;
  });
}

Result<StepReport> report_step(Core& core, const RunId& id, Step step, bool repeated) {
  const auto report = report_run(core, id);
  if (!report) return report.status();
  StepReport out{id, step, false, repeated, report->run.reason, core.now().wall, "{}", report->run.state, report->run.outcome};
  for (const StepReport& done : report->steps) {
    if (done.step != step) continue;
    out = done;
    out.repeated = repeated;
    if (out.reason.empty()) out.reason = report->run.reason;
  }
  return out;
}

Result<std::vector<DeployedModel>> report_models(Core& core, std::size_t limit) {
  return core.fetch<std::vector<DeployedModel>>([&](store::Connection& db) -> Result<std::vector<DeployedModel>> {
    const auto rows = store::list_deployments(db, core.model(), limit);
    if (!rows) return rows.status();
    std::vector<DeployedModel> out;
    for (const auto& row : *rows) out.push_back(describe(db, core.model(), row, out.empty()));
    return out;
  });
}

Result<PipelineStatus> report_status(Core& core) {
  auto status = core.fetch<PipelineStatus>([&](store::Connection& db) -> Result<PipelineStatus> {
    PipelineStatus out;
    out.model = core.model();
    out.state_directory = core.config().state.directory;
    const Instant now = core.now();
    out.now = now.wall;
    const auto rows = store::list_deployments(db, core.model(), 1000);
    if (!rows) return rows.status();
    for (const auto& row : *rows) {
      const DeployedModel described = describe(db, core.model(), row, !out.production);
      if (!out.production) out.production = described;
      if (!out.stable && row.state == DeploymentState::stable && !described.quarantined) out.stable = described;
    }
    const auto hold = store::active_hold(db, core.model(), now.wall);
    if (!hold) return hold.status();
    if (*hold) {
      out.hold = (*hold)->hold;
      out.safe_mode = (*hold)->kind == "safe_mode";
    }
    auto halt = store::active_halt(db, core.model(), now.wall);
    if (!halt) return halt.status();
    out.halt = std::move(*halt);
    const auto queued = store::list_runs(db, core.model(), {1000, RunState::queued});
    if (!queued) return queued.status();
    out.queued = queued->size();
    const auto open = store::open_run(db, core.model());
    if (!open) return open.status();
    if (*open) out.active = summarize(**open, std::nullopt);
    const auto last = store::last_finished_run(db, core.model(), false);
    if (!last) return last.status();
    if (*last) out.last_run = summarize(**last, std::nullopt);
    const auto pending = store::count_pending_events(db, core.model());
    if (!pending) return pending.status();
    out.events_pending = *pending;
    const auto sessions = store::list_sessions(db, core.model(), 0);
    if (!sessions) return sessions.status();
    out.sessions_known = sessions->size();
    if (!sessions->empty()) out.newest_session = sessions->back().session.id;
    const auto levels = store::list_alpha_rows(db, core.model());
    if (!levels) return levels.status();
    out.alpha = alpha_status(core, *levels);
    // The policy itself answers when an alert would pass: no second rule here.
    Alert probe;
    probe.id = "status";
    probe.source = "status";
    probe.dedup_key = "status";
    const auto context = store::read_drift_context(db, core.model(), probe, now);
    if (!context) return context.status();
    out.next_eligible_at = core.parts().drift_policy->decide(probe, *context).next_eligible_at;
    return out;
  });
  if (!status) return status;
  auto verification = verification_now(core);
  if (!verification) return verification.status();
  status->verification = std::move(*verification);
  return status;
}

}  // namespace retrain::pipeline
