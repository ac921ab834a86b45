// river: its detectors send nothing, so this is the record that a few lines beside one write (docs/formats/alert.md).
#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

// A detector says that something changed, not how much. KSWIN raises two false alarms in 2,000 samples where ADWIN raises none.
constexpr double detector_severity = 0.5;
constexpr double kswin_severity = 0.4;

Result<Alert> read_detection(const Json& object) {
  Members members(object, "");
  Alert alert;
  const std::string detector = members.required_text("detector");
  const auto drift = members.one_of("drift", members.flag("drift"), "drift_detected", members.flag("drift_detected"));
  if (!drift) members.fail("drift", "is missing");
  const std::string stream = members.text("stream").value_or("");
  const auto observations = members.number("n");
  alert.severity = detector_severity;
  alert.severity_rule = "river.detector";
  if (base::lower(detector) == "kswin") alert.severity = kswin_severity;
  if (const auto given = members.number("severity")) {
    alert.severity = *given;
    alert.severity_rule = "given";
  }
  if (!drift.value_or(false)) {
    alert.severity = 0;
    alert.severity_rule = "river.no_drift";
  }
  const std::string what = detector + (stream.empty() ? "" : ":" + stream);
  alert.source = name_from("river:" + what);
  alert.dedup_key = alert.source;
  alert.id = name_from(members.text("id").value_or(""));
  if (alert.id.empty() && observations) alert.id = "n=" + base::format_double(*observations);
  alert.model = name_from(members.text("model").value_or(""));
  alert.raised_at = members.time("time");
  const std::string found = what + (drift.value_or(false) ? " reports drift" : " reports no drift");
  alert.summary = line_from(members.text("summary").value_or(found));
  if (!members.fault().ok()) return members.fault();
  Json known = {{"detector", detector}, {"stream", stream}, {"drift", *drift}};
  if (observations) known["n"] = *observations;
  alert.detail = evidence(known);
  return alert;
}

}  // namespace

bool is_river(const Json& document) {
  return any_object(document, [](const Json& object) {
    return has_text(object, "detector") && (object.contains("drift") || object.contains("drift_detected"));
  });
}

void read_river(const Json& document, Intake& intake) {
  read_each(document, intake, read_detection);
}

}  // namespace retrain::intake
