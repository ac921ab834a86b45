// Runs, and what a Pipeline answers with, as JSON.
#include "records.hpp"

namespace retrain::report {
namespace {

Json as_json(const std::optional<Step>& step) {
  return step ? Json(to_string(*step)) : Json(nullptr);
}

Json as_json(const HealthFinding& record) {
  return {{"invariant", record.invariant}, {"ok", record.ok}, {"message", record.message}};
}

}  // namespace

Json as_json(const RunSummary& record) {
  return {{"id", record.id},
          {"model", record.model},
          {"state", to_string(record.state)},
          {"outcome", to_string(record.outcome)},
          {"reason", record.reason},
          {"asked_by", record.asked_by},
          {"severity", base::number(record.severity)},
          {"attempts", record.attempts},
          {"created", as_json(record.created)},
          {"not_before", as_json(record.not_before)},
          {"finished", as_json(record.finished)},
          {"next_step", as_json(record.next_step)},
          {"candidate_sha256", record.candidate_sha256},
          {"requeued_from", record.requeued_from}};
}

Json as_json(const StepReport& record) {
  return {{"run_id", record.run_id},
          {"step", to_string(record.step)},
          {"done", record.done},
          {"repeated", record.repeated},
          {"reason", record.reason},
          {"time", as_json(record.time)},
          {"result", embedded(record.result)},
          {"run_state", to_string(record.run_state)},
          {"outcome", to_string(record.outcome)}};
}

Json as_json(const RunReport& record) {
  return {{"schema", "retrain.run/1"},
          {"run", as_json(record.run)},
          {"alerts", record.alerts},
          {"steps", as_json(record.steps)},
          {"readiness", as_json(record.readiness)},
          {"training", embedded(record.training)},
          {"gate", as_json(record.gate)},
          {"gate_context", as_json(record.gate_context)},
          {"comparison", as_json(record.comparison)},
          {"deployment", record.deployment ? Json(to_string(*record.deployment)) : Json(nullptr)},
          {"deployment_reason", record.deployment_reason}};
}

Json as_json(const Hold& record) {
  return {{"actor", record.actor}, {"reason", record.reason}, {"until", as_json(record.until)}};
}

Json as_json(const RollbackReport& record) {
  return {{"done", record.done},          {"dry_run", record.dry_run}, {"reason", record.reason},
          {"from", as_json(record.from)}, {"to", as_json(record.to)},  {"hold_until", as_json(record.hold_until)}};
}

Json as_json(const TickReport& record) {
  return {{"idle", record.idle},
          {"alerts", as_json(record.alerts)},
          {"detection", as_json(record.detection)},
          {"run", as_json(record.run)},
          {"verification", as_json(record.verification)},
          {"rollback", as_json(record.rollback)},
          {"events_delivered", record.events_delivered},
          {"events_pending", record.events_pending},
          {"next_due", as_json(record.next_due)},
          {"notes", record.notes}};
}

Json as_json(const AlphaStatus& record) {
  return {{"method", record.method},
          {"next_level", base::number(record.next_level)},
          {"spent", base::number(record.spent)},
          {"tests", record.tests},
          {"promotions", record.promotions},
          {"false_share", base::number(record.false_share)}};
}

Json as_json(const PipelineStatus& record) {
  return {{"schema", "retrain.status/1"},
          {"model", record.model},
          {"state_directory", record.state_directory},
          {"now", as_json(record.now)},
          {"production", as_json(record.production)},
          {"stable", as_json(record.stable)},
          {"verification", as_json(record.verification)},
          {"hold", as_json(record.hold)},
          {"safe_mode", record.safe_mode},
          {"queued", record.queued},
          {"halt", as_json(record.halt)},
          {"active", as_json(record.active)},
          {"last_run", as_json(record.last_run)},
          {"next_eligible_at", as_json(record.next_eligible_at)},
          {"events_pending", record.events_pending},
          {"sessions_known", record.sessions_known},
          {"newest_session", record.newest_session},
          {"alpha", as_json(record.alpha)}};
}

Json as_json(const HealthReport& record) {
  Json findings = Json::array();
  for (const HealthFinding& finding : record.findings) findings.push_back(as_json(finding));
  return {{"ok", record.ok}, {"findings", std::move(findings)}};
}

Json as_json(const ReplayReport& record) {
  return {{"run_id", record.run_id},
          {"agrees", record.agrees},
          {"message", record.message},
          {"gate", as_json(record.gate)},
          {"comparison", as_json(record.comparison)},
          {"levels", record.levels}};
}

}  // namespace retrain::report
