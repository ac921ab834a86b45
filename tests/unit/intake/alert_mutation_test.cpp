#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <retrain/alert.hpp>

#include "alert_examples.hpp"
#include "base/text.hpp"

using namespace retrain;

namespace {

/// Changes a text the way broken senders and attackers do: bytes flipped, cut out, doubled, and tokens of JSON put in.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::size_t change = 1 + below(4); change > 0; --change) change_once(text);
    return text;
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

 private:
  void change_once(std::string& text) {
    static const std::vector<std::string> tokens = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    "\"",
                                                    ":",
                                                    ",",
                                                    "null",
                                                    "true",
                                                    "NaN",
                                                    "1e999",
                                                    "-1",
                                                    "0.5",
                                                    "\\u0000",
                                                    "\\ud800",
                                                    "\xff",
                                                    "\n",
                                                    "\"severity\":",
                                                    "\"specversion\":\"1.0\",",
                                                    "\"status\":\"resolved\",",
                                                    "\"time\":\"9999-12-31T23:59:60Z\",",
                                                    "\"id\":7,",
                                                    "\"alerts\":[",
                                                    "\"version\":\"4\",",
                                                    "\"DRIFT\"",
                                                    "[[[[[[",
                                                    "{\"x\":{}},"};
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(12);
    switch (below(4)) {
      case 0: text.insert(at, tokens[below(tokens.size())]); break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(at, text.substr(at, length)); break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random_());
    }
  }

  std::mt19937_64 random_;
};

bool is_one_plain_line(const std::string& message) {
  return !message.empty() && message.size() < 600 && base::valid_utf8(message) &&
         std::none_of(message.begin(), message.end(), [](char c) { return c >= 0 && c < 0x20; });
}

}  // namespace

TEST_CASE("a mangled alert is either taken whole and valid or refused in one plain line") {
  const auto examples = test::alert_examples();
  const std::string texts[] = {examples.at("plain"), examples.at("cloudevents")};
  Mutator mutator(20130309);
  int taken = 0, refused = 0;

  for (int round = 0; round < 20'000; ++round) {
    const std::string text = mutator.mutate(texts[mutator.below(2)]);
    const auto alert = parse_alert(text);
    if (alert) {
      ++taken;
      const Status valid = validate(*alert);
      if (!valid) FAIL_CHECK(valid.message() << " in " << text);
      CHECK_MESSAGE((alert->severity >= 0 && alert->severity <= 1), text);
    } else {
      ++refused;
      if (!is_one_plain_line(alert.status().message())) FAIL_CHECK(alert.status().message() << " for " << text);
    }
  }

  CHECK(taken > 1'000);
  CHECK(refused > 5'000);
}

TEST_CASE("a mangled body of any format gives valid alerts with source and key, or reasons in plain lines, and never throws") {
  const auto examples = test::alert_examples();
  auto formats = alert_formats();
  REQUIRE(examples.size() == formats.size());
  Mutator mutator(20221106);
  std::map<std::string, int> taken, refused;

  for (const auto& [format, example] : examples) {
    for (int round = 0; round < 3'000; ++round) {
      const std::string text = mutator.mutate(example);
      // Also by the reader of another format, which must not trust its recogniser.
      const std::string by = round % 3 == 0 ? "auto" : round % 3 == 1 ? format : formats[mutator.below(formats.size())];
      const auto body = parse_alerts(text, by);
      if (!body) {
        ++refused[format];
        if (!is_one_plain_line(body.status().message())) FAIL_CHECK(body.status().message() << " for " << text);
        continue;
      }
      if (body->alerts.empty() && body->invalid.empty()) FAIL_CHECK("nothing in " << text);
      for (const Alert& alert : body->alerts) {
        ++taken[format];
        const Status valid = validate(alert);
        if (!valid) FAIL_CHECK(valid.message() << " in " << text);
        if (!(alert.severity >= 0 && alert.severity <= 1)) FAIL_CHECK("severity in " << text);
        if (alert.source.empty() || alert.dedup_key.empty() || alert.severity_rule.empty()) FAIL_CHECK("a gap in " << text);
      }
      for (const InvalidAlert& wrong : body->invalid) {
        ++refused[format];
        if (!is_one_plain_line(wrong.reason)) FAIL_CHECK(wrong.reason << " for " << text);
      }
    }
    CAPTURE(format);
    CHECK(taken[format] > 50);
    CHECK(refused[format] > 500);
  }
}

TEST_CASE("a field that no reader knows changes nothing, wherever it stands") {
  for (const auto& [format, example] : test::alert_examples()) {
    if (format == "whylogs") continue;  // its objects are maps of columns: every name is known
    const auto plain = parse_alerts(example);
    REQUIRE_MESSAGE(plain.ok(), plain.status().message());
    REQUIRE(plain->alerts.size() == 1);
    const Alert& before = plain->alerts[0];
    for (std::size_t brace = example.find('{'); brace != std::string::npos; brace = example.find('{', brace + 1)) {
      // What stands in a text is no field, and what stands in labels, annotations and detail is the sender's own.
      const std::string place = example.substr(0, brace);
      if (place.ends_with("labels\": ") || place.ends_with("annotations\": ") || place.ends_with("detail\": ")) continue;
      if (place.find("groupKey") != std::string::npos && place.find("truncated") == std::string::npos) continue;
      std::string text = example;
      text.insert(brace + 1, R"("zz_unknown": [{"severity": 7}, null, "\u0007"], )");

      const auto body = parse_alerts(text);

      CAPTURE(text);
      REQUIRE(body.ok());
      REQUIRE(body->alerts.size() == 1);
      const Alert& after = body->alerts[0];
      CHECK(after.id == before.id);
      CHECK(after.source == before.source);
      CHECK(after.dedup_key == before.dedup_key);
      CHECK(after.severity == before.severity);
      CHECK(after.severity_rule == before.severity_rule);
      CHECK(after.summary == before.summary);
      CHECK(after.raised_at == before.raised_at);
      CHECK(after.detail == before.detail);
    }
  }
}
