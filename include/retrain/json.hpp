// JSON: every record of this library as one JSON document, and back where it is stored. Numbers read back to the same double;
// what does not exist (NaN, no time) is null. docs/formats/ describes each.
#pragma once

#include <retrain/backtest.hpp>
#include <retrain/pipeline_status.hpp>
#include <retrain/queue.hpp>
#include <string>
#include <string_view>

namespace retrain {

std::string to_json(const Alert& record);
std::string to_json(const AlertDecision& record);
std::string to_json(const StoredAlert& record);
std::string to_json(const Snapshot& record);
std::string to_json(const Readiness& record);
std::string to_json(const ModelDescription& record);
std::string to_json(const GateReport& record);
std::string to_json(const GateContext& record);
std::string to_json(const Comparison& record);
std::string to_json(const Verification& record);
std::string to_json(const Detection& record);
std::string to_json(const RunSummary& record);
std::string to_json(const StepReport& record);
std::string to_json(const RunReport& record);
std::string to_json(const DeployedModel& record);
std::string to_json(const RollbackReport& record);
std::string to_json(const TickReport& record);
std::string to_json(const PipelineStatus& record);
std::string to_json(const QueueReport& record);
std::string to_json(const HealthReport& record);
std::string to_json(const ReplayReport& record);
std::string to_json(const Event& record);
std::string to_json(const BacktestReport& record);
/// A JSON array of the records.
template <class Record>
std::string to_json(const std::vector<Record>& records) {
  std::string out = "[";
  for (const Record& record : records) out += (out.size() > 1 ? "," : "") + to_json(record);
  return out + "]";
}

/// Readers of what is stored. Each fails with corrupt, naming the field.
Result<Readiness> parse_readiness(std::string_view json);
Result<ModelDescription> parse_model_description(std::string_view json);
Result<GateReport> parse_gate_report(std::string_view json);
Result<GateContext> parse_gate_context(std::string_view json);
Result<Comparison> parse_comparison(std::string_view json);
Result<Verification> parse_verification(std::string_view json);

}  // namespace retrain
