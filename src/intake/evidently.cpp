// Evidently: reports from 0.7 on (metrics with values, tests with states), and the two older shapes, report and test suite.
//
// A drift score is a p-value or a distance, depending on the method, which depends on the size of the data: small means drift in
// one and none in the other. So the state of a test goes first, then the share of drifted columns, and a bare number is only
// compared with its own threshold by the direction of its own method.
#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

/// What a report says, in the order in which it says it.
struct Findings {
  int tests = 0, failed_tests = 0;
  int columns = 0, drifted_columns = 0;  ///< by (method, value, threshold) of each
  std::optional<double> share;           ///< of drifted columns, as the report counts them
  Json failed = Json::array(), drifted = Json::array(), values = Json::array();
};

void count_test(const Json& test, Findings& findings) {
  const std::string status = base::lower(text_of(test, "status"));
  const bool failed = status == "fail";
  // Skipped and broken tests say nothing about drift; a warning is a test that is allowed to fail.
  if (!failed && status != "success" && status != "warning") return;
  ++findings.tests;
  if (!failed) return;
  ++findings.failed_tests;
  const auto metric = test.find("metric_config");
  std::string id = metric != test.end() && metric->is_object() ? text_of(*metric, "metric_id") : "";
  if (const std::string name = text_of(test, "name"); !name.empty()) id += (id.empty() ? "" : " ") + name;
  findings.failed.push_back(id);
}

void count_tests(const Json& document, Findings& findings) {
  const Json* tests = array_of(document, "tests");
  if (tests == nullptr) return;
  for (const Json& test : *tests) {
    if (test.is_object()) count_test(test, findings);
  }
}

std::optional<bool> drifted(const std::string& method, double value, double threshold) {
  const std::string name = base::lower(method);
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  if (has("p_value") || has("p-value")) return value < threshold;
  if (has("distance") || has("divergence") || has("psi") || has("stability index")) return value >= threshold;
  return std::nullopt;
}

void count_column(const Json& config, const Json& value, Findings& findings) {
  const auto threshold = config.find("threshold");
  const std::string method = text_of(config, "method");
  if (!value.is_number() || threshold == config.end() || !threshold->is_number()) return;
  const auto verdict = drifted(method, value.get<double>(), threshold->get<double>());
  if (!verdict) return;
  const std::string column = text_of(config, "column");
  findings.values.push_back({column, method, value, *threshold});
  ++findings.columns;
  if (!*verdict) return;
  ++findings.drifted_columns;
  findings.drifted.push_back(column);
}

void count_metrics(const Json& document, Members& members, Findings& findings) {
  const Json* metrics = array_of(document, "metrics");
  if (metrics == nullptr) return;
  for (const Json& metric : *metrics) {
    const auto config = metric.is_object() ? metric.find("config") : metric.end();
    const auto value = metric.is_object() ? metric.find("value") : metric.end();
    if (config == metric.end() || value == metric.end() || !config->is_object()) continue;
    const std::string type = text_of(*config, "type");
    if (type.ends_with(":ValueDrift")) count_column(*config, *value, findings);
    if (type.ends_with(":DriftedColumnsCount") && value->is_object() && !findings.share) {
      Members count(*value, "DriftedColumnsCount.value.");
      findings.share = count.required_share("share");
      if (!count.fault().ok()) members.fail("metrics:", count.fault().message());
    }
  }
}

/// A report up to 0.6: DatasetDriftMetric counts the columns.
void read_old_report(const Json& document, Members& members, Findings& findings) {
  for (const Json& metric : *array_of(document, "metrics")) {
    if (!metric.is_object() || text_of(metric, "metric") != "DatasetDriftMetric") continue;
    const auto result = metric.find("result");
    if (result == metric.end() || !result->is_object()) continue;
    Members counts(*result, "DatasetDriftMetric.result.");
    findings.share = counts.required_share("share_of_drifted_columns");
    if (!counts.fault().ok()) members.fail("metrics:", counts.fault().message());
    return;
  }
}

/// A test suite up to 0.6: its summary counts.
void read_old_suite(const Json& summary, Members& members, Findings& findings) {
  Members counts(summary, "");
  const double total = counts.number("total_tests").value_or(0), failed = counts.number("failed_tests").value_or(-1);
  if (!(total >= 1 && total <= 1e6)) counts.fail("total_tests", "is no count of tests");
  if (!(failed >= 0 && failed <= total)) counts.fail("failed_tests", "is no count up to total_tests");
  if (!counts.fault().ok()) return members.fail("summary:", counts.fault().message());
  findings.tests = static_cast<int>(total);
  findings.failed_tests = static_cast<int>(failed);
}

bool is_new_metric(const Json& metric) {
  if (!metric.is_object()) return false;
  const auto config = metric.find("config");
  return config != metric.end() && config->is_object() && text_of(*config, "type").starts_with("evidently:metric_v2:");
}
bool is_old_metric(const Json& metric) {
  return metric.is_object() && has_text(metric, "metric") && metric.contains("result");
}
bool any_metric(const Json& document, bool (*test)(const Json&)) {
  const Json* metrics = document.is_object() ? array_of(document, "metrics") : nullptr;
  if (metrics == nullptr) return false;
  for (const Json& metric : *metrics) {
    if (test(metric)) return true;
  }
  return false;
}
const Json* old_summary(const Json& document) {
  if (!document.is_object() || array_of(document, "tests") == nullptr) return nullptr;
  const auto summary = document.find("summary");
  return summary != document.end() && summary->is_object() && summary->contains("total_tests") ? &*summary : nullptr;
}

Result<Alert> judge(const Findings& findings, Members& members) {
  Alert alert;
  alert.source = "evidently";
  alert.dedup_key = "evidently";
  const auto of = [](int count, int total, const char* what) {
    return std::to_string(count) + " of " + std::to_string(total) + " " + what;
  };
  if (findings.tests > 0) {
    set_share(alert, double(findings.failed_tests) / findings.tests, "evidently.failed_tests");
    alert.summary = of(findings.failed_tests, findings.tests, "tests failed");
  } else if (findings.share) {
    set_share(alert, *findings.share, "evidently.share");
    alert.summary = "share of drifted columns " + base::format_short(*findings.share);
  } else if (findings.columns > 0) {
    set_share(alert, double(findings.drifted_columns) / findings.columns, "evidently.columns");
    alert.summary = of(findings.drifted_columns, findings.columns, "columns drifted");
  } else {
    members.fail("report", "has neither a test, nor a share of drifted columns, nor a column of a known drift method");
  }
  if (!members.fault().ok()) return members.fault();
  alert.detail = evidence({{"tests", findings.tests},
                           {"failed_tests", findings.failed_tests},
                           {"failed", findings.failed},
                           {"share", findings.share ? Json(*findings.share) : Json(nullptr)},
                           {"drifted_columns", findings.drifted},
                           {"columns", findings.values}});
  // The report has no id, no time and no model: the same findings are the same report.
  alert.id = digest_id(alert.detail);
  return alert;
}

}  // namespace

bool is_evidently(const Json& document) {
  return any_metric(document, is_new_metric) || any_metric(document, is_old_metric) || old_summary(document) != nullptr;
}

void read_evidently(const Json& document, Intake& intake) {
  Members members(document, "");
  Findings findings;
  if (!is_evidently(document)) members.fail("report", "has no metrics and no tests of Evidently");
  if (any_metric(document, is_new_metric)) {
    count_tests(document, findings);
    count_metrics(document, members, findings);
  } else if (any_metric(document, is_old_metric)) {
    read_old_report(document, members, findings);
  } else if (const Json* summary = old_summary(document)) {
    read_old_suite(*summary, members, findings);
  }
  intake.add(judge(findings, members), document);
}

}  // namespace retrain::intake
