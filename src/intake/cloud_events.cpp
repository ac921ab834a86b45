// CloudEvents 1.0, structured and batched: https://github.com/cloudevents/spec. The data is the plain record.
#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {

/// What identifies the event is the envelope's; data says the rest.
Result<Alert> cloud_event_alert(const Json& envelope) {
  Members members(envelope, "");
  const std::string version = members.required_text("specversion");
  if (version != "1.0") members.fail("specversion", "is '" + base::printable(version) + "', expected 1.0");
  const std::string id = members.required_text("id");
  const std::string source = members.required_text("source");
  members.required_text("type");
  const auto time = members.time("time");
  const Json* data = members.find("data");
  if (data == nullptr && members.find("data_base64") != nullptr) members.fail("data", "must be JSON, data_base64 is not read");
  if (data == nullptr) members.fail("data", "is missing");
  if (data != nullptr && !data->is_object()) members.fail("data", "is no object");
  if (!members.fault().ok()) return members.fault();

  auto alert = plain_alert(*data, "data.");
  if (!alert) return alert.status();
  alert->id = id;
  alert->source = source;
  if (time) alert->raised_at = time;
  return alert;
}

bool is_cloud_event(const Json& document) {
  return any_object(
      document, [](const Json& object) { return object.contains("specversion") && !is_dataset_drift(text_of(object, "type")); });
}

void read_cloud_events(const Json& document, Intake& intake) {
  read_each(document, intake, cloud_event_alert);
}

}  // namespace retrain::intake
