// Prometheus Alertmanager, webhook version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

struct LabelSeverity {
  const char* label;
  double severity;
};
constexpr LabelSeverity label_severities[] = {{"info", 0.3}, {"warning", 0.6}, {"critical", 0.9}};

/// Labels and annotations are texts by name; what is anything else is no label.
Json texts_of(const Json* object) {
  Json texts = Json::object();
  if (object == nullptr) return texts;
  for (const auto& [name, value] : object->items()) {
    if (value.is_string()) texts[name] = value;
  }
  return texts;
}

/// What the group says about each of its alerts.
struct Group {
  std::string key, receiver;
  double truncated = 0;
};

/// A score in the annotations goes before the label; one that cannot be used is told about, not followed.
void set_severity(Alert& alert, const Json& labels, const Json& annotations, Members& members, std::string& note) {
  if (alert.resolved) {
    // The score of a resolved alert is the last one that fired, not the present one.
    alert.severity = 0;
    alert.severity_rule = "alertmanager.resolved";
    return;
  }
  const bool has_score = annotations.contains("drift_score");
  const std::string written = text_of(annotations, "drift_score");
  const auto score = base::parse_double(base::trim(written));
  if (score && *score >= 0 && *score <= 1) {
    alert.severity = *score;
    alert.severity_rule = "alertmanager.drift_score";
    return;
  }
  if (has_score) note = "drift_score '" + base::printable(written, 40) + "' is no number from 0 to 1";
  const std::string label = base::lower(text_of(labels, "severity"));
  for (const auto& [name, severity] : label_severities) {
    if (label != name) continue;
    alert.severity = severity;
    alert.severity_rule = "alertmanager.label";
    return;
  }
  const std::string complaint =
      label.empty()
          ? "is missing, and so is the annotation drift_score"
          : "is '" + base::printable(label) + "', expected info, warning or critical, or a number as annotation drift_score";
  members.fail("labels.severity", complaint + (note.empty() ? "" : "; " + note));
}

Result<Alert> read_alert(const Json& object, const Group& group, const std::string& place) {
  Members members(object, place);
  Alert alert;
  const auto resolved = members.resolved("status");
  if (!resolved) members.fail("status", "is missing");
  alert.resolved = resolved.value_or(false);
  const Json labels = texts_of(members.object("labels"));
  const Json annotations = texts_of(members.object("annotations"));
  const auto starts = members.time("startsAt");
  if (!starts) members.fail("startsAt", "is missing");
  const auto ends = alert.resolved ? members.time("endsAt") : std::nullopt;
  std::string fingerprint = members.text("fingerprint").value_or("");
  if (fingerprint.empty()) fingerprint = digest_id(labels.dump());
  std::string note;
  set_severity(alert, labels, annotations, members, note);
  if (!members.fault().ok()) return members.fault();

  const std::string name = text_of(labels, "alertname");
  alert.source = name.empty() ? "alertmanager" : name_from("alertmanager:" + name);
  // A repeat is the same to the byte; the same condition that fires anew starts at another time.
  alert.id = name_from(fingerprint + "/" + format_time(*starts) + (alert.resolved ? "/resolved" : "/firing"));
  alert.dedup_key = name_from("alertmanager:" + fingerprint);
  alert.model = name_from(text_of(labels, "model"));
  alert.raised_at = ends ? ends : starts;
  std::string summary = text_of(annotations, "summary");
  if (summary.empty()) summary = text_of(annotations, "description");
  if (summary.empty()) summary = name;
  if (!note.empty()) summary = note + "; " + summary;
  if (group.truncated > 0) {
    summary = base::format_short(group.truncated, 9) + " more alerts of this group were cut by max_alerts; " + summary;
  }
  alert.summary = line_from(summary);
  alert.detail = evidence({{"labels", labels},
                           {"annotations", annotations},
                           {"generatorURL", text_of(object, "generatorURL")},
                           {"groupKey", group.key},
                           {"receiver", group.receiver},
                           {"truncatedAlerts", group.truncated}});
  return alert;
}

}  // namespace

bool is_alertmanager(const Json& document) {
  return document.is_object() && array_of(document, "alerts") != nullptr && document.contains("version");
}

void read_alertmanager(const Json& document, Intake& intake) {
  Members members(document, "");
  const std::string version = members.required_text("version");
  if (version != "4") members.fail("version", "is '" + base::printable(version) + "', expected 4");
  const Json* alerts = array_of(document, "alerts");
  if (alerts == nullptr) members.fail("alerts", "is no array");
  Group group;
  group.key = members.text("groupKey").value_or("");
  group.receiver = members.text("receiver").value_or("");
  group.truncated = members.number("truncatedAlerts").value_or(0);
  if (!members.fault().ok()) return intake.add(members.fault(), document);
  for (std::size_t i = 0; i < alerts->size(); ++i) {
    const Json& element = (*alerts)[i];
    const std::string place = "alerts[" + std::to_string(i) + "]";
    intake.add(element.is_object() ? read_alert(element, group, place + ".") : invalid(place + " is no object"), element);
  }
}

}  // namespace retrain::intake
