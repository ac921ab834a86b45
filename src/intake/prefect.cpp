// Prefect: an event, whose payload says how severe it is.
#include "adapter.hpp"

namespace retrain::intake {
namespace {

std::string resource_of(const Json& object) {
  const auto resource = object.find("resource");
  return resource != object.end() && resource->is_object() ? text_of(*resource, "prefect.resource.id") : "";
}

Result<Alert> read_event(const Json& object) {
  Members members(object, "");
  Alert alert;
  const std::string event = members.required_text("event");
  const std::string resource = resource_of(object);
  if (resource.empty()) members.fail("resource", "has no prefect.resource.id");
  alert.id = name_from(members.required_text("id"));
  alert.raised_at = members.time("occurred");
  const Json* payload = members.object("payload");
  if (payload == nullptr) members.fail("payload", "is missing");
  if (!members.fault().ok()) return members.fault();

  Members said(*payload, "payload.");
  alert.severity = said.required_share("severity");
  alert.severity_rule = "prefect.payload";
  alert.resolved = said.flag("resolved").value_or(false);
  alert.source = name_from("prefect:" + resource);
  alert.dedup_key = name_from(said.text("dedup_key").value_or(event + "@" + resource));
  alert.model = name_from(said.text("model").value_or(""));
  alert.summary = line_from(said.text("summary").value_or(event));
  if (!said.fault().ok()) return said.fault();
  alert.detail = evidence({{"event", event}, {"resource", resource}});
  return alert;
}

}  // namespace

bool is_prefect(const Json& document) {
  return any_object(document, [](const Json& object) { return has_text(object, "event") && !resource_of(object).empty(); });
}

void read_prefect(const Json& document, Intake& intake) {
  read_each(document, intake, read_event);
}

}  // namespace retrain::intake
