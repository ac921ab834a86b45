// Alerts, decisions about them, detections and events as JSON.
#include "records.hpp"

namespace retrain::report {

Json as_json(const Alert& record) {
  return {{"id", record.id},
          {"source", record.source},
          {"model", record.model},
          {"dedup_key", record.dedup_key},
          {"severity", base::number(record.severity)},
          {"severity_rule", record.severity_rule},
          {"resolved", record.resolved},
          {"summary", record.summary},
          {"raised_at", as_json(record.raised_at)},
          {"detail", embedded(record.detail)}};
}

Json as_json(const AlertDecision& record) {
  return {{"verdict", to_string(record.verdict)},
          {"reason", record.reason},
          {"next_eligible_at", as_json(record.next_eligible_at)},
          {"run_not_before", as_json(record.run_not_before)},
          {"calendar_window", record.calendar_window},
          {"clock_suspect", record.clock_suspect},
          {"alert_id", record.alert_id},
          {"run_id", record.run_id}};
}

Json as_json(const StoredAlert& record) {
  return {{"alert", as_json(record.alert)}, {"decision", as_json(record.decision)}, {"received", as_json(record.received)}};
}

Json as_json(const Detection& record) {
  return {{"alert", record.alert},
          {"severity", base::number(record.severity)},
          {"effect", base::number(record.effect)},
          {"log_e_value", base::number(record.log_e_value)},
          {"mean_log_ratio", base::number(record.mean_log_ratio)},
          {"sessions", record.sessions},
          {"reason", record.reason}};
}

Json as_json(const Event& record) {
  return {{"schema", "retrain.event/1"},  {"id", record.id},       {"type", record.type},
          {"time", as_json(record.time)}, {"model", record.model}, {"run_id", record.run_id},
          {"data", embedded(record.data)}};
}

}  // namespace retrain::report
