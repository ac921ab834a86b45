// The public to_json overloads: each record's JSON value as one line of text.
#include <retrain/json.hpp>

#include "base/json.hpp"
#include "records.hpp"

namespace retrain {

using base::dump;
using report::as_json;

std::string to_json(const Alert& record) {
  return dump(as_json(record));
}
std::string to_json(const AlertDecision& record) {
  return dump(as_json(record));
}
std::string to_json(const StoredAlert& record) {
  return dump(as_json(record));
}
std::string to_json(const Snapshot& record) {
  return dump(as_json(record));
}
std::string to_json(const Readiness& record) {
  return dump(as_json(record));
}
std::string to_json(const ModelDescription& record) {
  return dump(as_json(record));
}
std::string to_json(const GateReport& record) {
  return dump(as_json(record));
}
std::string to_json(const GateContext& record) {
  return dump(as_json(record));
}
std::string to_json(const Comparison& record) {
  return dump(as_json(record));
}
std::string to_json(const Verification& record) {
  return dump(as_json(record));
}
std::string to_json(const Detection& record) {
  return dump(as_json(record));
}
std::string to_json(const RunSummary& record) {
  return dump(as_json(record));
}
std::string to_json(const StepReport& record) {
  return dump(as_json(record));
}
std::string to_json(const RunReport& record) {
  return dump(as_json(record));
}
std::string to_json(const DeployedModel& record) {
  return dump(as_json(record));
}
std::string to_json(const RollbackReport& record) {
  return dump(as_json(record));
}
std::string to_json(const TickReport& record) {
  return dump(as_json(record));
}
std::string to_json(const PipelineStatus& record) {
  return dump(as_json(record));
}
std::string to_json(const QueueReport& record) {
  return dump(as_json(record));
}
std::string to_json(const HealthReport& record) {
  return dump(as_json(record));
}
std::string to_json(const ReplayReport& record) {
  return dump(as_json(record));
}
std::string to_json(const Event& record) {
  return dump(as_json(record));
}
std::string to_json(const BacktestReport& record) {
  return dump(as_json(record));
}

namespace report {

Json as_json(Time time) {
  return format_time(time);
}

Json embedded(const std::string& text) {
  if (text.empty()) return nullptr;
  // One level less than a record may have, so that what holds the text can itself be read back.
  const Result<Json> parsed = base::parse_json(text, text.size(), 62);
  return parsed ? *parsed : Json(text);
}

}  // namespace report
}  // namespace retrain
