// The shapes of the JSON records: names, nulls, times, embedded documents.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <retrain/json.hpp>

using namespace retrain;
using Json = nlohmann::ordered_json;

namespace {

Time at(const char* text) {
  return parse_time(text).value();
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& item : object.items()) names.push_back(item.key());
  return names;
}

}  // namespace

TEST_CASE("an alert's evidence is part of the document, and what is not JSON stays a text") {
  Alert alert;
  alert.id = "a-1";
  alert.severity = std::numeric_limits<double>::quiet_NaN();
  alert.raised_at = at("2013-02-14T08:30:00.25Z");
  alert.detail = R"({"features":[{"name":"distance","psi":0.31}]})";

  const Json json = Json::parse(to_json(alert));
  alert.detail = "not { JSON";
  alert.raised_at.reset();
  const Json other = Json::parse(to_json(alert));

  CHECK(json["detail"]["features"][0]["psi"] == 0.31);
  CHECK(json["severity"].is_null());
  CHECK(json["raised_at"] == "2013-02-14T08:30:00.250000Z");
  CHECK(other["detail"] == "not { JSON");
  CHECK(other["raised_at"].is_null());
}

TEST_CASE("bytes that are no UTF-8 still give a valid document") {
  Alert alert;
  alert.summary = "temp\xff\xfe high";

  const std::string json = to_json(alert);

  CHECK(Json::accept(json));
}

TEST_CASE("equal records give equal bytes, on one line") {
  RunReport run;
  run.training = "{\n  \"rounds\": 40\n}";

  const std::string json = to_json(run);

  CHECK(json == to_json(RunReport(run)));
  CHECK(json.find('\n') == std::string::npos);
  CHECK(Json::parse(json)["training"]["rounds"] == 40);
}

TEST_CASE("an event names its schema and carries its data as an object") {
  const Event event{.id = "0192",
                    .type = "run.promoted",
                    .time = at("2013-03-01T00:00:00Z"),
                    .model = "m",
                    .run_id = "r",
                    .data = R"({"sha256":"ab"})"};

  const std::string json = to_json(event);

  CHECK(json == R"({"schema":"retrain.event/1","id":"0192","type":"run.promoted","time":"2013-03-01T00:00:00Z","model":"m",)"
                R"("run_id":"r","data":{"sha256":"ab"}})");
}

TEST_CASE("a step's result is JSON inside the report, null before there is one") {
  StepReport step;
  step.step = Step::gate;
  const Json before = Json::parse(to_json(step));
  step.result = R"({"verdict":"pass"})";

  const Json after = Json::parse(to_json(step));

  CHECK(before["result"].is_null());
  CHECK(after["step"] == "gate");
  CHECK(after["result"]["verdict"] == "pass");
}

TEST_CASE("records of a vector stand in one array") {
  const std::vector<RunSummary> none, two(2);

  CHECK(to_json(none) == "[]");
  CHECK(Json::parse(to_json(two)).size() == 2);
}

TEST_CASE("a status without model, run or hold says null for each") {
  const Json json = Json::parse(to_json(PipelineStatus{}));

  for (const char* key : {"production", "stable", "verification", "hold", "active", "last_run", "next_eligible_at"}) {
    CHECK_MESSAGE(json.at(key).is_null(), key);
  }
}

TEST_CASE("a tick holds what it did, each with its own record") {
  TickReport tick;
  tick.alerts.push_back({.verdict = AlertVerdict::cooling_down, .reason = "cooldown until tomorrow"});
  tick.detection = Detection{.alert = true, .severity = 0.8};
  tick.run = RunReport{};
  tick.run->run.next_step = Step::compare;
  tick.verification = Verification{.verdict = VerificationVerdict::harm};
  tick.rollback = RollbackReport{.done = true, .to = ModelRef{.sha256 = "aa"}};

  const Json json = Json::parse(to_json(tick));

  CHECK(json["alerts"][0]["verdict"] == "cooling_down");
  CHECK(json["detection"]["severity"] == 0.8);
  CHECK(json["run"]["run"]["next_step"] == "compare");
  CHECK(json["verification"]["verdict"] == "harm");
  CHECK(json["rollback"]["to"]["sha256"] == "aa");
  CHECK(json["rollback"]["from"].is_null());
}

TEST_CASE("a backtest has the documented keys, in the documented order") {
  BacktestReport report;
  report.decisions.push_back({.session_number = 45, .session = "2013-02-14", .kind = "rejected", .reason = "not_significant"});
  report.series.push_back({.number = 45,
                           .id = "2013-02-14",
                           .rows = 900,
                           .pipeline = 8.25,
                           .frozen = 12.5,
                           .always = std::numeric_limits<double>::quiet_NaN()});
  report.settings = R"({"holdout_sessions":14})";

  const Json json = Json::parse(to_json(report));

  CHECK(keys(json) == std::vector<std::string>{"schema", "sessions", "loss", "runs", "always", "decisions", "series", "model",
                                               "loss_name", "leaked_rows", "settings"});
  CHECK(keys(json["loss"]) == std::vector<std::string>{"pipeline", "frozen", "always"});
  CHECK(keys(json["runs"]) == std::vector<std::string>{"trained", "promoted", "rejected", "rolled_back"});
  CHECK(keys(json["always"]) == std::vector<std::string>{"trained"});
  CHECK(json["schema"] == "retrain.backtest/1");
  CHECK(json["decisions"][0]["session_number"] == 45);
  CHECK(json["series"][0]["always"].is_null());
  CHECK(json["settings"]["holdout_sessions"] == 14);
}

TEST_CASE("a stored alert, a rollback, a health report and a replay name their parts") {
  const StoredAlert stored{.decision = {.verdict = AlertVerdict::accepted, .run_id = "r1"},
                           .received = at("2013-01-01T00:00:00Z")};
  const HealthReport health{.ok = false, .findings = {{"I5 production model loads", false, "hash differs"}}};
  const ReplayReport replay{.run_id = "r1", .agrees = true};

  CHECK(Json::parse(to_json(stored))["decision"]["run_id"] == "r1");
  CHECK(Json::parse(to_json(stored))["received"] == "2013-01-01T00:00:00Z");
  CHECK(Json::parse(to_json(health))["findings"][0]["message"] == "hash differs");
  CHECK(Json::parse(to_json(replay))["gate"]["verdict"] == "inconclusive");
  CHECK(Json::parse(to_json(DeployedModel{.version = 3}))["state"] == "provisional");
}
