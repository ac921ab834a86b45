// Azure Event Grid: DatasetDriftDetected of Azure Machine Learning, in Event Grid's own schema or in that of CloudEvents.
#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

std::string type_of(const Json& object) {
  const std::string type = text_of(object, "eventType");
  return type.empty() ? text_of(object, "type") : type;
}

/// The members of an object under their names in lower case: the service's documents do not agree on theirs.
Json lowered(const Json* object) {
  Json out = Json::object();
  if (object == nullptr) return out;
  for (const auto& [name, value] : object->items()) out[base::lower(name)] = value;
  return out;
}

Result<Alert> read_event(const Json& object) {
  const std::string type = type_of(object);
  if (!is_dataset_drift(type)) {
    return invalid("event type '" + base::printable(type) +
                   "' reports no drift, expected Microsoft.MachineLearningServices.DatasetDriftDetected");
  }
  Members members(object, "");
  Alert alert;
  alert.id = name_from(members.required_text("id"));
  alert.raised_at = members.one_of("eventTime", members.time("eventTime"), "time", members.time("time"));
  const Json data = lowered(members.object("data"));
  Members said(data, "data.");
  alert.severity = said.required_share("driftcoefficient");
  alert.severity_rule = "azure.drift_coefficient";
  const std::string name = said.text("datadriftname").value_or("");
  const std::string monitor = said.text("datadriftid").value_or(name);
  if (!members.fault().ok()) return members.fault();
  if (!said.fault().ok()) return said.fault();
  alert.source = name.empty() ? "azure" : name_from("azure:" + name);
  alert.dedup_key = monitor.empty() ? alert.source : name_from("azure:" + monitor);
  alert.summary = line_from("drift coefficient " + base::format_short(alert.severity) + (name.empty() ? "" : " of " + name));
  Json known = Json::object();
  for (const char* field :
       {"datadriftid", "datadriftname", "runid", "basedatasetid", "targetdatasetid", "starttime", "endtime"}) {
    if (const std::string text = text_of(data, field); !text.empty()) known[field] = text;
  }
  alert.detail = evidence(known);
  return alert;
}

}  // namespace

bool is_dataset_drift(std::string_view type) {
  return base::lower(type) == "microsoft.machinelearningservices.datasetdriftdetected";
}

bool is_event_grid(const Json& document) {
  return any_object(document,
                    [](const Json& object) { return has_text(object, "eventType") || is_dataset_drift(type_of(object)); });
}

void read_event_grid(const Json& document, Intake& intake) {
  read_each(document, intake, read_event);
}

}  // namespace retrain::intake
