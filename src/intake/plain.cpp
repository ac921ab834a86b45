// The plain record: our own names, and ApexFlow's trigger_id.
#include "adapter.hpp"

namespace retrain::intake {

Result<Alert> plain_alert(const Json& object, const std::string& place) {
  Members members(object, place);
  Alert alert;
  const auto severity = members.number("severity");
  if (!severity) members.fail("severity", "is missing");
  alert.severity = severity.value_or(0);
  alert.severity_rule = members.text("severity_rule").value_or(alert.severity_rule);
  alert.id = members.one_of("id", members.text("id"), "trigger_id", members.text("trigger_id")).value_or("");
  alert.source = members.text("source").value_or(alert.source);
  alert.model = members.text("model").value_or("");
  alert.dedup_key = members.text("dedup_key").value_or("");
  alert.summary = members.text("summary").value_or("");
  alert.resolved = members.one_of("status", members.resolved("status"), "resolved", members.flag("resolved")).value_or(false);
  alert.raised_at = members.one_of("raised_at", members.time("raised_at"), "time", members.time("time"));
  if (const Json* detail = members.find("detail")) alert.detail = detail->dump();
  if (!members.fault().ok()) return members.fault();
  return alert;
}

bool is_plain(const Json& document) {
  return any_object(document, [](const Json& object) { return object.contains("severity") || object.contains("trigger_id"); });
}

void read_plain(const Json& document, Intake& intake) {
  read_each(document, intake, [](const Json& object) { return plain_alert(object, ""); });
}

}  // namespace retrain::intake
