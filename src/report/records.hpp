// Records as JSON values, to be composed: one record holds others. Absent values are null, times RFC 3339, enumerators their
// names.
#pragma once

#include <retrain/json.hpp>

#include "base/json.hpp"

namespace retrain::report {

using base::Json;

Json as_json(Time time);
Json as_json(const Alert& record);
Json as_json(const AlertDecision& record);
Json as_json(const StoredAlert& record);
Json as_json(const Detection& record);
Json as_json(const Event& record);
Json as_json(const Session& record);
Json as_json(const Snapshot& record);
Json as_json(const Finding& record);
Json as_json(const DvcOutput& record);
Json as_json(const DvcReport& record);
Json as_json(const Readiness& record);
Json as_json(const ModelDescription& record);
Json as_json(const ModelRef& record);
Json as_json(const DeployedModel& record);
Json as_json(const PairedTest& record);
Json as_json(const Guardrail& record);
Json as_json(const GateReport& record);
Json as_json(const GateContext& record);
Json as_json(const Comparison& record);
Json as_json(const Verification& record);
Json as_json(const RunSummary& record);
Json as_json(const StepReport& record);
Json as_json(const RunReport& record);
Json as_json(const Hold& record);
Json as_json(const RollbackReport& record);
Json as_json(const TickReport& record);
Json as_json(const PipelineStatus& record);
Json as_json(const QueueHalt& record);
Json as_json(const QueueReport& record);
Json as_json(const HealthReport& record);
Json as_json(const ReplayReport& record);
Json as_json(const BacktestReport& record);

template <class Record>
Json as_json(const std::optional<Record>& record) {
  return record ? as_json(*record) : Json(nullptr);
}

template <class Record>
Json as_json(const std::vector<Record>& records) {
  Json array = Json::array();
  for (const Record& record : records) array.push_back(as_json(record));
  return array;
}

/// A text that holds JSON, as that JSON; null when it is empty, and a plain string when it is no JSON.
Json embedded(const std::string& text);

/// "warning" or "error".
const char* name_of(FindingLevel level);

}  // namespace retrain::report
