// Bodies as a whole: how the format is found, how several alerts are kept apart, and where reading ends.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <retrain/alert.hpp>
#include <sstream>

#include "alert_examples.hpp"

using namespace retrain;
using retrain::test::alert_examples;

namespace {

AlertBody read(std::string_view text, std::string_view format = "auto") {
  auto body = parse_alerts(text, format);
  REQUIRE_MESSAGE(body.ok(), body.status().message());
  return *body;
}

std::string refusal(std::string_view text, std::string_view format = "auto") {
  const auto body = parse_alerts(text, format);
  REQUIRE_FALSE(body.ok());
  CHECK(body.status().code() == StatusCode::invalid_argument);
  return body.status().message();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every format has an example in the document, which is recognised and read alike by its name") {
  const auto examples = alert_examples();
  for (const std::string& format : alert_formats()) {
    CAPTURE(format);
    REQUIRE(examples.contains(format));
    const AlertBody automatic = read(examples.at(format)), named = read(examples.at(format), format);

    CHECK(automatic.format == format);
    REQUIRE(automatic.alerts.size() == 1);
    CHECK(automatic.invalid.empty());
    REQUIRE(named.alerts.size() == 1);
    CHECK(named.alerts[0].id == automatic.alerts[0].id);
    CHECK(named.alerts[0].severity == automatic.alerts[0].severity);
  }
}

TEST_CASE("what no format or two formats claim is refused with the list of names") {
  const std::string names = "plain, cloudevents, alertmanager, evidently, nannyml, river, whylogs, prefect, azure";

  CHECK(refusal(R"({"id": "a"})") == "alert is of no known format; name the format: " + names);
  CHECK(refusal("[]") == "alert is of no known format; name the format: " + names);
  CHECK(refusal("7") == "alert is of no known format; name the format: " + names);
  CHECK(refusal(R"({"alerts": [], "version": "4", "specversion": "1.0"})") ==
        "alert could be cloudevents or alertmanager; name the format: " + names);
  CHECK(refusal("{}", "grafana") == "format 'grafana' is not known: it is auto, " + names);
}

TEST_CASE("a body over the limits or of another kind is refused as a whole") {
  CHECK(has(refusal("<html>"), "alert is not JSON: "));
  CHECK(has(refusal(std::string((1U << 20U) + 1, ' ')), "over the limit of 1048576"));
  CHECK(has(refusal(std::string((1U << 20U) + 1, ' '), "nannyml"), "over the limit of 1048576"));
  CHECK(refusal(std::string(65, '[')) == "alert is nested deeper than 64");
  CHECK(has(refusal("{\"severity\": 1, \"id\": \"\xff\"}"), "not JSON"));
  CHECK(refusal("[]", "plain") == "alert is plain and holds no alert");
  CHECK(refusal(R"({"version": "4", "alerts": []})") == "alert is alertmanager and holds no alert");
}

TEST_CASE("an alert that cannot be read does not hide the others, and is kept with its reason") {
  const AlertBody body = read(R"([{"severity": 0.5, "source": "a"}, {"severity": "high"}, 7, {"severity": 0.6, "source": "b"}])");

  REQUIRE(body.alerts.size() == 2);
  CHECK(body.alerts[0].dedup_key == "a");
  CHECK(body.alerts[1].source == "b");
  REQUIRE(body.invalid.size() == 2);
  CHECK(body.invalid[0].text == R"({"severity":"high"})");
  CHECK(body.invalid[0].reason == "severity is a string, expected a number");
  CHECK(body.invalid[1].reason == "alert is no object");
}

TEST_CASE("a batch of CloudEvents is one alert an event") {
  const std::string event = alert_examples().at("cloudevents");
  std::string other = event;
  other.replace(other.find("\"a1\""), 4, "\"a2\"");

  const AlertBody body = read("[" + event + "," + other + "]");

  CHECK(body.format == "cloudevents");
  REQUIRE(body.alerts.size() == 2);
  CHECK(body.alerts[1].id == "a2");
  CHECK(body.alerts[1].severity_rule == "given");
  CHECK(body.alerts[1].dedup_key == "https://monitor.example.com/air-time");
}

TEST_CASE("of a flood of alerts the first thousand are read, and the rest is told about once") {
  std::string flood = "[";
  for (int i = 0; i < 5'000; ++i) flood += R"({"severity": 0.1, "id": ")" + std::to_string(i) + "\"},";
  flood.back() = ']';

  const AlertBody body = read(flood);

  CHECK(body.alerts.size() == 1'000);
  REQUIRE(body.invalid.size() == 1);
  CHECK(body.invalid[0].reason == "the body holds more than 1000 alerts; the rest was not read");
}

TEST_CASE("bodies that were recorded from the real senders are read, where RETRAIN_FIXTURES names their folder") {
  const char* folder = std::getenv("RETRAIN_FIXTURES");
  if (folder == nullptr) {
    MESSAGE("skipped: RETRAIN_FIXTURES is not set");
    return;
  }
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    std::string format;
    for (const char* known : {"alertmanager", "evidently", "nannyml", "cloudevents"}) {
      if (name.starts_with(known)) format = known;
    }
    if (format.empty() || has(name, "binary")) continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    auto document = nlohmann::json::parse(text.str());
    if (document.is_object() && document.contains("headers")) document = document["body"];
    const AlertBody body = read(document.is_string() ? document.get<std::string>() : document.dump());

    CAPTURE(name);
    CHECK(body.format == format);
    CHECK(body.invalid.empty());
    CHECK_FALSE(body.alerts.empty());
    for (const Alert& alert : body.alerts) {
      MESSAGE(name << ": " << alert.severity_rule << " " << alert.severity << " " << alert.id << " " << alert.summary);
    }
    ++seen;
  }
  CHECK(seen >= 8);
}
