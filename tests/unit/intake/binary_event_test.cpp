// CloudEvents in binary mode: the attributes come as headers, the body is the data.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <retrain/alert.hpp>

#include "base/text.hpp"

using namespace retrain;

namespace {

using Headers = std::vector<std::string>;

const std::string data = R"({"severity": 0.82, "model": "laptime"})";
const Headers sdk_headers = {"ce-type: io.github.x.retrain.drift.v1",
                             "ce-source: retrain://host/laptime",
                             "ce-id: a1",
                             "ce-specversion: 1.0",
                             "ce-subject: laptime",
                             "content-type: application/json",
                             "ce-time: 2026-11-24T08:00:00Z",
                             "ce-traceparent: 00-0-0-01"};

/// The one alert of an event in binary mode.
Alert read(const Headers& headers, const std::string& format = "auto") {
  const auto body = parse_alerts(data, format, headers);
  REQUIRE_MESSAGE(body.ok(), body.status().message());
  REQUIRE(body->alerts.size() == 1);
  return body->alerts[0];
}

std::string refusal(const Headers& headers, const std::string& text = data) {
  const auto body = parse_alerts(text, "auto", headers);
  if (!body) return body.status().message();
  return body->invalid.empty() ? "" : body->invalid[0].reason;
}

Headers with(Headers headers, const std::string& more) {
  headers.push_back(more);
  return headers;
}

}  // namespace

TEST_CASE("headers of a CloudEvents event and its data are the alert that the structured event is") {
  const std::string structured =
      R"({"specversion": "1.0", "type": "io.github.x.retrain.drift.v1", "source": "retrain://host/laptime",
    "id": "a1", "time": "2026-11-24T08:00:00Z", "data": )" +
      data + "}";
  const auto body = parse_alerts(structured);
  REQUIRE(body.ok());
  const Alert& expected = body->alerts.at(0);

  for (const char* format : {"auto", "cloudevents"}) {
    const Alert alert = read(sdk_headers, format);
    CHECK(alert.id == expected.id);
    CHECK(alert.source == expected.source);
    CHECK(alert.raised_at == expected.raised_at);
    CHECK(alert.severity == expected.severity);
    CHECK(alert.model == expected.model);
    CHECK(alert.dedup_key == expected.dedup_key);
  }
  CHECK(parse_alerts(data, "auto", sdk_headers)->format == "cloudevents");
}

TEST_CASE("a header's name has no case, and its value no blanks around it, no quotes and no percent signs") {
  const Headers headers = {"CE-SpecVersion:1.0", "Ce-Id:  a%20b%c3%a9%zz%2 ", "ce-source: \"say \\\"hi\\\"\"", "ce-type:t"};

  const Alert alert = read(headers);

  CHECK(alert.id == "a b\xc3\xa9%zz%2");
  CHECK(alert.source == "say \"hi\"");
}

TEST_CASE("headers that tell of no event change nothing") {
  for (const Headers& headers : {Headers{}, Headers{"Host: x", "ce-id: 7", "", ":", "no colon"}, Headers{"x-ce-specversion: 1.0"},
                                 with(sdk_headers, "Content-Type: application/cloudevents+json; charset=utf-8")}) {
    CHECK(parse_alerts(data, "auto", headers)->format == "plain");
  }
  CHECK(parse_alerts(data, "plain", sdk_headers)->alerts.at(0).id.empty());
}

TEST_CASE("an event in headers that is incomplete, doubled or of no text is refused with the reason") {
  CHECK(refusal({"ce-specversion: 1.0", "ce-id: a", "ce-type: t"}) == "source is missing");
  CHECK(refusal({"ce-specversion: 0.3", "ce-id: a", "ce-type: t", "ce-source: s"}) == "specversion is '0.3', expected 1.0");
  CHECK(refusal(with(sdk_headers, "CE-ID: a2")) == "header ce-id is given twice");
  CHECK(refusal(with(sdk_headers, "ce-other: %ff")) == "header ce-other is no UTF-8");
  CHECK(refusal(with(sdk_headers, "ce-other")) == "header ce-other has no value");
  CHECK(refusal(sdk_headers, "[" + data + "]") == "data is no object");
  CHECK(
      refusal(with({"ce-specversion: 1.0", "ce-source: s", "ce-type: t"}, "ce-id: " + std::string(257, 'x'))).starts_with("id "));
}

TEST_CASE("mangled headers give a valid alert or one plain line, and never throw") {
  std::mt19937_64 random(20210612);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  int taken = 0, refused = 0;

  for (int round = 0; round < 20'000; ++round) {
    Headers headers = sdk_headers;
    for (std::size_t change = 1 + below(3); change > 0; --change) {
      std::string& header = headers[below(headers.size())];
      const std::size_t at = below(header.size() + 1);
      if (below(2) == 0)
        header.insert(at, 1, static_cast<char>(random()));
      else
        header.erase(at, below(9));
    }
    const auto body = parse_alerts(data, "auto", headers);
    if (body && !body->alerts.empty()) {
      ++taken;
      if (!validate(body->alerts[0])) FAIL_CHECK(validate(body->alerts[0]).message());
      continue;
    }
    ++refused;
    const std::string reason = body ? body->invalid.at(0).reason : body.status().message();
    const bool plain = !reason.empty() && base::valid_utf8(reason) &&
                       std::none_of(reason.begin(), reason.end(), [](char c) { return c >= 0 && c < 0x20; });
    if (!plain) FAIL_CHECK(reason);
  }

  CHECK(taken > 2'000);
  CHECK(refused > 2'000);
}
