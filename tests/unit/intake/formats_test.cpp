// Each format by its documented example and the ways in which real bodies differ from it.
#include <doctest/doctest.h>

#include <retrain/alert.hpp>

#include "alert_examples.hpp"

using namespace retrain;
using retrain::test::alert_examples;

namespace {

/// A body that holds one alert, valid or not.
Alert one(const std::string& text, std::string_view format = "auto") {
  const auto body = parse_alerts(text, format);
  REQUIRE_MESSAGE(body.ok(), body.status().message());
  REQUIRE_MESSAGE(body->invalid.empty(), body->invalid.front().reason);
  REQUIRE(body->alerts.size() == 1);
  return body->alerts[0];
}

std::string reason(const std::string& text, std::string_view format = "auto") {
  const auto body = parse_alerts(text, format);
  if (!body) return body.status().message();
  REQUIRE(body->invalid.size() == 1);
  return body->invalid[0].reason;
}

/// `text` with the first `from` replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

std::string example(const std::string& format) {
  return alert_examples().at(format);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Alertmanager: the score in the annotations goes before the label") {
  const Alert alert = one(example("alertmanager"));

  CHECK(alert.severity == 0.8);
  CHECK(alert.severity_rule == "alertmanager.drift_score");
  CHECK(alert.source == "alertmanager:ModelDrift");
  CHECK(alert.id == "a758ac662873f2b6/2013-03-09T06:00:00.523000Z/firing");
  CHECK(alert.dedup_key == "alertmanager:a758ac662873f2b6");
  CHECK(alert.model == "air-time");
  CHECK(alert.summary == "losses rise");
  CHECK(alert.raised_at == parse_time("2013-03-09T06:00:00.523Z").value());
  CHECK(has(alert.detail, R"("groupKey":"{}:{alertname=\"ModelDrift\"}")"));
}

TEST_CASE("Alertmanager: without a usable score the label speaks, and the summary says what was wrong with the score") {
  const std::string body = example("alertmanager"), score = R"("drift_score": "0.8000", )";

  const std::pair<const char*, double> table[] = {{"info", 0.3}, {"warning", 0.6}, {"Critical", 0.9}};
  for (const auto& [label, severity] : table) {
    const Alert alert = one(with(with(body, score, ""), "\"warning\"", "\"" + std::string(label) + "\""));
    CHECK(alert.severity == severity);
    CHECK(alert.severity_rule == "alertmanager.label");
  }
  for (const char* written : {"NaN", "+Inf", "1.7", "-0.1", "", "80%", "0x1p-1"}) {
    const Alert alert = one(with(body, "0.8000", written));
    CHECK(alert.severity == 0.6);
    CHECK(has(alert.summary, "drift_score '" + std::string(written) + "' is no number from 0 to 1"));
  }
  CHECK(reason(with(with(body, score, ""), R"(, "severity": "warning")", "")) ==
        "alerts[0].labels.severity is missing, and so is the annotation drift_score");
  CHECK(has(reason(with(with(body, score, ""), "\"warning\"", "\"page\"")), "is 'page', expected info, warning or critical"));
}

TEST_CASE("Alertmanager: a resolved alert is of the same key and another id, and its score is not read") {
  const std::string body = example("alertmanager");
  const Alert fired = one(body);

  const Alert over = one(with(with(body, "{\n      \"status\": \"firing\"", "{\n      \"status\": \"resolved\""),
                              "0001-01-01T00:00:00Z", "2013-03-09T07:00:00Z"));

  CHECK(over.resolved);
  CHECK(over.severity == 0);
  CHECK(over.severity_rule == "alertmanager.resolved");
  CHECK(over.dedup_key == fired.dedup_key);
  CHECK(over.id != fired.id);
  CHECK(over.raised_at == parse_time("2013-03-09T07:00:00Z").value());
  CHECK(one(with(body, "06:00:00.523Z", "06:30:00Z")).id != fired.id);
}

TEST_CASE("Alertmanager: cut alerts are told about, and what is missing is named") {
  const std::string body = example("alertmanager");

  CHECK(one(with(body, "\"truncatedAlerts\": 0", "\"truncatedAlerts\": 2")).summary ==
        "2 more alerts of this group were cut by max_alerts; losses rise");
  CHECK(reason(with(body, "\"4\"", "\"3\"")) == "version is '3', expected 4");
  CHECK(has(reason(with(body, "2013-03-09T06:00:00.523Z", "soon")), "alerts[0].startsAt 'soon' is not a time"));
  CHECK(reason(with(body, "{\n      \"status\": \"firing\"", "{\n      \"status\": \"pending\"")) ==
        "alerts[0].status is 'pending', expected firing or resolved");
  CHECK_FALSE(one(with(body, "\"a758ac662873f2b6\"", "null")).dedup_key.empty());
  const Alert large = one(with(body, "a758ac662873f2b6", std::string(5'000, 'f')));
  CHECK(large.id.size() <= 256);
  CHECK(large.id != one(with(body, "a758ac662873f2b6", std::string(5'001, 'f'))).id);
}

TEST_CASE("Evidently: the tests decide before the shares, the shares before the columns") {
  const std::string report = example("evidently");
  const std::string no_tests = report.substr(0, report.find("\"tests\"")) + "\"tests\": []}";
  std::string no_share = no_tests;
  no_share.replace(no_share.find("DriftedColumnsCount\","), 19, "RowCount");

  CHECK(one(report).severity == doctest::Approx(1.0 / 3).epsilon(1e-15));
  CHECK(one(report).severity_rule == "evidently.failed_tests");
  CHECK(one(no_tests).severity == 0.5);
  CHECK(one(no_tests).severity_rule == "evidently.share");
  CHECK(one(no_share).severity == 0.5);
  CHECK(one(no_share).severity_rule == "evidently.columns");
}

TEST_CASE("Evidently: a share counts up to 0.6 and no further") {
  const Alert alert = one(with(with(example("evidently"), "SUCCESS", "FAIL"), "SUCCESS", "fail"));

  CHECK(alert.severity == 0.6);
  CHECK(alert.severity_rule == "evidently.failed_tests_capped");
  CHECK(alert.summary == "3 of 3 tests failed");
}

TEST_CASE("Evidently: a small p-value is drift and a small distance is none") {
  const auto column = [](const std::string& method, const char* value) {
    return R"({"metrics": [{"config": {"type": "evidently:metric_v2:ValueDrift", "column": "x", "method": ")" + method +
           R"(", "threshold": 0.1}, "value": )" + value + "}]}";
  };

  CHECK(one(column("K-S p_value", "0.0")).severity == 0.6);
  CHECK(one(column("K-S p_value", "1.0")).severity == 0);
  CHECK(one(column("Jensen-Shannon distance", "0.0")).severity == 0);
  CHECK(one(column("PSI", "0.1")).severity == 0.6);
  CHECK(has(reason(column("my own", "0.5")), "report has neither a test"));
}

TEST_CASE("Evidently: skipped and broken tests say nothing, and a warning is no failure") {
  CHECK(one(with(example("evidently"), "SUCCESS", "SKIPPED")).severity == 0.5);
  CHECK(one(with(example("evidently"), "SUCCESS", "ERROR")).severity == 0.5);
  CHECK(one(with(example("evidently"), "FAIL", "WARNING")).severity == 0);
}

TEST_CASE("Evidently: both older shapes are read") {
  const Alert report = one(
      R"({"version": "0.4", "metrics": [{"metric": "DatasetDriftMetric", "result": {"drift_share": 0.5, "number_of_columns": 10,
          "number_of_drifted_columns": 4, "share_of_drifted_columns": 0.4, "dataset_drift": false}}]})");
  const Alert suite = one(
      R"({"tests": [{"name": "x", "status": "FAIL"}], "summary": {"all_passed": false, "total_tests": 8, "success_tests": 6, "failed_tests": 2}})");

  CHECK(report.severity == 0.4);
  CHECK(report.severity_rule == "evidently.share");
  CHECK(suite.severity == 0.25);
  CHECK(suite.severity_rule == "evidently.failed_tests");
  CHECK(report.id != suite.id);
  CHECK(has(reason(R"({"metrics": [{"metric": "DatasetDriftMetric", "result": {"share_of_drifted_columns": 4}}]})"),
            "share_of_drifted_columns 4 is outside 0 to 1"));
  CHECK(has(reason(R"({"tests": [], "summary": {"total_tests": 0, "failed_tests": 0}})"), "total_tests is no count"));
}

TEST_CASE("NannyML: the last chunk of the analysis counts, wherever it stands, as JSON and as CSV") {
  const Alert alert = one(example("nannyml"));
  const Alert csv =
      one(",chunk_key,chunk_index,chunk_period,a_ks_value,a_ks_alert,b_ks_alert,c_ks_alert\r\n"
          "0,[2:3],1,analysis,0.3,True,False,\r\n"
          "1,[0:1],0,analysis,0.1,True,True,True\r\n"
          "2,[4:5],2,reference,0.1,True,True,True\r\n");

  CHECK(alert.severity == 0.25);
  CHECK(alert.severity_rule == "nannyml.share");
  CHECK(alert.summary == "1 of 4 columns raise an alert in chunk [4000:7999]");
  CHECK(csv.severity == 0.5);
  CHECK(csv.summary == "1 of 2 columns raise an alert in chunk [2:3]");
  CHECK(reason(with(example("nannyml"), "analysis", "reference")) == "no row is of period analysis");
  CHECK(has(reason(R"([{"chunk_key": "[0:1]", "x_value": 1}])"), "no column of chunk [0:1] says"));
}

TEST_CASE("NannyML: rows of its database count at their latest moment") {
  const Alert alert = one(
      R"([{"metric_name": "jensen_shannon", "column_name": "a", "value": 0.3, "alert": true, "end_timestamp": "2024-01-01"},
          {"metric_name": "jensen_shannon", "column_name": "a", "value": 0.3, "alert": false, "end_timestamp": "2024-01-02"},
          {"metric_name": "jensen_shannon", "column_name": "b", "value": 0.3, "alert": 1, "end_timestamp": "2024-01-02"}])");

  CHECK(alert.severity == 0.5);
  CHECK(has(alert.detail, R"("alerting":["b jensen_shannon"])"));
}

TEST_CASE("river: a detector has a fixed severity unless the record says another") {
  const std::string record = example("river");
  const Alert alert = one(record);

  CHECK(alert.severity == 0.5);
  CHECK(alert.severity_rule == "river.detector");
  CHECK(alert.source == "river:ADWIN:delay");
  CHECK(alert.dedup_key == alert.source);
  CHECK(alert.id == "n=1055");
  CHECK(alert.model == "air-time");
  CHECK(one(with(record, "ADWIN", "KSWIN")).severity == 0.4);
  CHECK(one(with(record, "true", "false")).severity_rule == "river.no_drift");
  CHECK(one(with(record, "\"drift\": true", "\"drift_detected\": true, \"severity\": 0.9")).severity == 0.9);
  CHECK(reason(with(record, "true", "\"yes\"")) == "drift is a string, expected true or false");
}

TEST_CASE("whylogs: constraints by their share, columns by their share, one column by its category") {
  const Alert columns = one(example("whylogs"));
  const Alert constraints = one(R"([["delay min", 1, 0, null], ["delay max", 0, 1, {"x": 1}], ["n", 0, 1, 2], ["m", 0, 2]])");
  const std::string column = R"({"algorithm": "ks", "pvalue": 0.9, "statistic": 0.1, "drift_category": "DriftCategory.DRIFT"})";

  CHECK(columns.severity == 0.5);
  CHECK(columns.severity_rule == "whylogs.share");
  CHECK(constraints.severity == 0.6);
  CHECK(constraints.severity_rule == "whylogs.failed_constraints_capped");
  CHECK(one(column).severity == 0.9);
  CHECK(one(column).severity_rule == "whylogs.category");
  CHECK(one(with(column, "DriftCategory.DRIFT", "POSSIBLE_DRIFT")).severity == 0.6);
  CHECK(one(with(column, "DriftCategory.DRIFT", "NO_DRIFT")).severity == 0);
  CHECK(has(reason(with(column, "DriftCategory.DRIFT", "MAYBE")), "drift_category is 'maybe'"));
}

TEST_CASE("Prefect: the payload says how severe it is, and its other fields do no harm") {
  const std::string event = example("prefect");
  const Alert alert = one(with(event, "\"severity\": 0.75", "\"severity\": 0.75, \"status\": \"Running\", \"id\": 5"));

  CHECK(alert.severity == 0.75);
  CHECK(alert.severity_rule == "prefect.payload");
  CHECK(alert.source == "prefect:model.air-time");
  CHECK(alert.dedup_key == "model.drift@model.air-time");
  CHECK(alert.id == "3fa85f64-5717-4562-b3fc-2c963f66afa6");
  CHECK(alert.raised_at == parse_time("2013-03-09T06:00:00Z").value());
  CHECK(reason(with(event, "\"severity\": 0.75, ", "")) == "payload.severity is missing");
  CHECK(reason(with(event, "0.75", "75")) == "payload.severity 75 is outside 0 to 1");
}

TEST_CASE("Azure: the drift coefficient, under either schema and in whatever case the names are") {
  const std::string event = example("azure");
  const Alert alert = one(event);

  CHECK(alert.severity == 0.83);
  CHECK(alert.severity_rule == "azure.drift_coefficient");
  CHECK(alert.source == "azure:delays");
  CHECK(alert.dedup_key == "azure:8b");
  CHECK(alert.id == "93fb1dd4");
  CHECK(one(with(with(event, "DriftCoefficient", "driftCoefficient"), "DatasetDriftDetected", "datasetdriftdetected")).severity ==
        0.83);
  const Alert cloud = one(
      R"({"specversion": "1.0", "type": "microsoft.machinelearningservices.DatasetDriftDetected", "source": "/x", "id": "e",
          "time": "2013-03-09T06:00:00Z", "data": {"DriftCoefficient": 0.5}})");
  CHECK(cloud.severity_rule == "azure.drift_coefficient");
  CHECK(cloud.source == "azure");
  CHECK(has(reason(with(event, "Microsoft.MachineLearningServices.DatasetDriftDetected",
                        "Microsoft.EventGrid.SubscriptionValidationEvent")),
            "'Microsoft.EventGrid.SubscriptionValidationEvent' reports no drift"));
  CHECK(reason(with(event, "0.83", "\"0.83\"")) == "data.driftcoefficient is a string, expected a number");
}
