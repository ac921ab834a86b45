#include <doctest/doctest.h>

#include <cmath>
#include <ctime>
#include <limits>
#include <retrain/alert.hpp>

#include "alert_examples.hpp"

using namespace retrain;
using retrain::test::alert_examples;

namespace {

Alert parsed(std::string_view json) {
  const auto alert = parse_alert(json);
  REQUIRE_MESSAGE(alert.ok(), alert.status().message());
  return *alert;
}

/// The message with which `json` is refused.
std::string refusal(std::string_view json) {
  const auto alert = parse_alert(json);
  REQUIRE_MESSAGE(!alert.ok(), std::string(json.substr(0, 200)));
  CHECK(alert.status().code() == StatusCode::invalid_argument);
  return alert.status().message();
}

std::string nested(std::size_t arrays) {
  return std::string(arrays, '[') + std::string(arrays, ']');
}

const std::string envelope = R"("specversion":"1.0","id":"e1","source":"//monitor","type":"drift")";

}  // namespace

TEST_CASE("the document's plain example is an alert with every field") {
  const Alert alert = parsed(alert_examples().at("plain"));

  CHECK(alert.id == "drift-2013-03-09-1");
  CHECK(alert.source == "evidently:nightly");
  CHECK(alert.model == "air-time");
  CHECK(alert.dedup_key == "air-time/residuals");
  CHECK(alert.severity == 0.82);
  CHECK(alert.severity_rule == "given");
  CHECK_FALSE(alert.resolved);
  CHECK(alert.summary == "mean error of the last 7 days is 1.6 times that of the holdout");
  CHECK(alert.raised_at == parse_time("2013-03-09T06:00:00Z").value());
  CHECK(alert.detail == R"({"days":7,"mae":9.4,"reference_mae":5.9})");
}

TEST_CASE("the document's CloudEvents example is an alert under the envelope's id, source and time") {
  const Alert alert = parsed(alert_examples().at("cloudevents"));

  CHECK(alert.id == "a1");
  CHECK(alert.source == "https://monitor.example.com/air-time");
  CHECK(alert.raised_at == parse_time("2013-03-09T06:00:00Z").value());
  CHECK(alert.severity == 0.82);
  CHECK(alert.model == "air-time");
}

TEST_CASE("a severity is enough, and the rest has its defaults") {
  const Alert alert = parsed(R"({"severity": 1, "unknown": [1, {"x": null}], "model": null})");

  CHECK(alert.severity == 1.0);
  CHECK(alert.source == "manual");
  CHECK(alert.id.empty());
  CHECK(alert.model.empty());
  CHECK(alert.detail.empty());
  CHECK_FALSE(alert.raised_at);
}

TEST_CASE("severity must be a JSON number from 0 to 1") {
  CHECK(parsed(R"({"severity": 0})").severity == 0);
  CHECK(parsed(R"({"severity": 1.0})").severity == 1);

  CHECK(refusal(R"({"id": "a"})") == "severity is missing");
  CHECK(refusal(R"({"severity": null})") == "severity is missing");
  CHECK(refusal(R"({"severity": "0.5"})") == "severity is a string, expected a number");
  CHECK(refusal(R"({"severity": true})") == "severity is a boolean, expected a number");
  CHECK(refusal(R"({"severity": [0.5]})") == "severity is an array, expected a number");
  CHECK(refusal(R"({"severity": 1.5})") == "severity 1.5 is outside 0 to 1");
  CHECK(refusal(R"({"severity": -1e-300})") == "severity -1e-300 is outside 0 to 1");
  CHECK(refusal(R"({"severity": NaN})").find("not JSON") != std::string::npos);
  CHECK(refusal(R"({"severity": Infinity})").find("not JSON") != std::string::npos);
  CHECK(refusal(R"({"severity": 1e999})").find("1e999") != std::string::npos);
}

TEST_CASE("both names of one thing are read, and a contradiction is refused") {
  CHECK(parsed(R"({"severity": 1, "trigger_id": "t"})").id == "t");
  CHECK(parsed(R"({"severity": 1, "trigger_id": "t", "id": "t"})").id == "t");
  CHECK(parsed(R"({"severity": 1, "status": "resolved"})").resolved);
  CHECK(parsed(R"({"severity": 1, "resolved": true})").resolved);
  CHECK(parsed(R"({"severity": 1, "time": "2013-01-01T00:00:00Z"})").raised_at == parse_time("2013-01-01T00:00:00Z").value());

  CHECK(refusal(R"({"severity": 1, "trigger_id": "t", "id": "u"})") == "id and trigger_id contradict each other");
  CHECK(refusal(R"({"severity": 1, "status": "firing", "resolved": true})") == "status and resolved contradict each other");
  CHECK(refusal(R"({"severity": 1, "time": "2013-01-01T00:00:00Z", "raised_at": "2013-01-01T00:00:01Z"})") ==
        "raised_at and time contradict each other");
}

TEST_CASE("a known field of a wrong type or meaning is named") {
  CHECK(refusal(R"({"severity": 1, "id": 5})") == "id is a number, expected a string");
  CHECK(refusal(R"({"severity": 1, "model": {}})") == "model is an object, expected a string");
  CHECK(refusal(R"({"severity": 1, "resolved": "yes"})") == "resolved is a string, expected true or false");
  CHECK(refusal(R"({"severity": 1, "status": "pending"})") == "status is 'pending', expected firing or resolved");
  CHECK(refusal(R"({"severity": 1, "source": ""})") == "source is empty");
  CHECK(refusal(R"({"severity": 1, "raised_at": "yesterday"})").find("raised_at 'yesterday' is not a time") == 0);
}

TEST_CASE("what is no JSON object is refused by what it is") {
  CHECK(refusal("[]") == "alert is a JSON array, expected an object");
  CHECK(refusal("\"severity\"") == "alert is a JSON string, expected an object");
  CHECK(refusal("").find("alert is not JSON: ") == 0);
  CHECK(refusal("{\"severity\": 1} x").find("alert is not JSON: ") == 0);
  CHECK(refusal("{\"severity\": 1, \"id\": \"\xff\"}").find("alert is not JSON: ") == 0);
  CHECK(refusal("{\"severity\": 1, \"id\": \"a\nb\"}").find('\n') == std::string::npos);
}

TEST_CASE("texts are taken up to their limit and not a byte longer") {
  for (const char* field : {"id", "source", "model", "dedup_key"}) {
    const auto alert = [&](std::size_t size) {
      return R"({"severity": 1, ")" + std::string(field) + R"(": ")" + std::string(size, 'x') + "\"}";
    };
    CHECK(parse_alert(alert(256)).ok());
    CHECK(refusal(alert(257)).find(std::string(field) + " has 257 bytes, over the limit of 256") == 0);
  }
  CHECK(parse_alert(R"({"severity": 1, "summary": ")" + std::string(1024, 'x') + "\"}").ok());
  CHECK(refusal(R"({"severity": 1, "summary": ")" + std::string(1025, 'x') + "\"}").find("summary has 1025 bytes") == 0);
}

TEST_CASE("a name with a control character is refused, whether written plainly or escaped") {
  CHECK(refusal(R"({"severity": 1, "id": "a\u0000b"})") == "id holds a control character: 'a\\x00b'");
  CHECK(refusal(R"({"severity": 1, "dedup_key": "a\nb"})") == "dedup_key holds a control character: 'a\\x0ab'");
  CHECK(parsed(R"({"severity": 1, "id": "caf\u00e9 \ud83d\ude80"})").id == "caf\u00e9 \U0001F680");
}

TEST_CASE("documents are taken up to 1 MiB and 64 levels") {
  const std::string start = R"({"severity": 1, "detail": ")";
  const std::string fits = start + std::string((1U << 20U) - start.size() - 2, 'x') + "\"}";

  CHECK(parse_alert(fits).ok());
  CHECK(refusal(fits + " ") == "alert has 1048577 bytes, over the limit of 1048576");
  CHECK(parse_alert(R"({"severity": 1, "detail": )" + nested(63) + "}").ok());
  CHECK(refusal(R"({"severity": 1, "detail": )" + nested(64) + "}") == "alert is nested deeper than 64");
  CHECK(refusal(std::string(1U << 20U, '[')) == "alert is nested deeper than 64");
}

TEST_CASE("the work for an object of a hundred thousand members does not grow with their square") {
  std::string json = "{";
  for (int i = 0; json.size() < (1U << 20U) - 40; ++i) json += "\"" + std::to_string(i) + "\":1,";
  json += "\"severity\":1}";
  const std::clock_t before = std::clock();

  const auto alert = parse_alert(json);

  CHECK(alert.ok());
  // Of processor time. Quadratic reading takes 17 s, optimized; the limit leaves room for sanitizers.
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 8);
}

TEST_CASE("an envelope must be complete and of version 1.0") {
  const auto event = [](const std::string& members) {
    return "{" + members + R"(, "data": {"severity": 0.4, "id": "inner", "source": "inner"}})";
  };

  CHECK(parsed(event(envelope)).id == "e1");
  CHECK(parsed(event(envelope)).source == "//monitor");
  CHECK(parsed("{" + envelope + R"(, "data": {"severity": 1, "time": "2013-01-01T00:00:00Z"}})").raised_at.has_value());
  CHECK(refusal(event(R"("specversion":"0.3","id":"e","source":"s","type":"t")")) == "specversion is '0.3', expected 1.0");
  CHECK(refusal(event(R"("specversion":1.0,"id":"e","source":"s","type":"t")")) == "specversion is a number, expected a string");
  CHECK(refusal(event(R"("specversion":"1.0","source":"s","type":"t")")) == "id is missing");
  CHECK(refusal(event(R"("specversion":"1.0","id":"e","source":"","type":"t")")) == "source is missing");
  CHECK(refusal(event(R"("specversion":"1.0","id":"e","source":"s")")) == "type is missing");
  CHECK(refusal("{" + envelope + "}") == "data is missing");
  CHECK(refusal("{" + envelope + R"(, "data": "e30="})") == "data is no object");
  CHECK(refusal("{" + envelope + R"(, "data_base64": "e30="})") == "data must be JSON, data_base64 is not read");
  CHECK(refusal("{" + envelope + R"(, "data": {}})") == "data.severity is missing");
}

TEST_CASE("an alert made in code is checked like one that was read") {
  CHECK(validate({}).ok());
  CHECK(validate({.severity = std::numeric_limits<double>::quiet_NaN()}).message() == "severity nan is outside 0 to 1");
  CHECK(validate({.severity = std::numeric_limits<double>::infinity()}).message() == "severity inf is outside 0 to 1");
  CHECK(validate({.severity = std::nextafter(1.0, 2.0)}).code() == StatusCode::invalid_argument);
  CHECK(validate({.id = "\xc3"}).message() == "id is not valid UTF-8: '\\xc3'");
  CHECK(validate({.summary = "\xff"}).code() == StatusCode::invalid_argument);
  CHECK(validate({.detail = "{"}).message().find("detail is not JSON: ") == 0);
}
