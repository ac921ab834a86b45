// Stored records after every kind of damage: read as they are or refused, never worse.
#include <doctest/doctest.h>

#include <random>
#include <retrain/json.hpp>

using namespace retrain;

namespace {

std::string damaged(std::string text, std::mt19937& random) {
  const char bytes[] = "{}[]\",:0123456789.eE-+ntf \\\x00\xff";
  for (std::size_t changes = 1 + random() % 4; changes > 0 && !text.empty(); --changes) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0: text[at] = bytes[random() % (sizeof bytes - 1)]; break;
      case 1: text.erase(at, 1 + random() % 9); break;
      case 2: text.insert(at, 1, bytes[random() % (sizeof bytes - 1)]); break;
      default: text.resize(at);
    }
  }
  return text;
}

/// Damages `written` in many ways; what is still accepted must be a whole record that writes and reads the same again.
template <class Parse>
void survive(const std::string& written, Parse parse) {
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto read = parse(damaged(written, random));
    if (read) {
      const std::string again = to_json(*read);
      REQUIRE(to_json(parse(again).value()) == again);
      continue;
    }
    ++refused;
    REQUIRE(read.status().code() == StatusCode::corrupt);
    REQUIRE(read.status().message().find('\n') == std::string::npos);
  }
  CHECK(refused > 1000);
}

}  // namespace

TEST_CASE("a damaged readiness answer is read whole or refused as corrupt") {
  Readiness record;
  record.findings = {{.rule = "type", .message = "a", .file = "f.csv", .row = 3}};
  record.snapshot.sessions = {{.id = "s1", .sha256 = "ab", .rows = 3, .time = Time{}}};
  record.sessions = record.snapshot.sessions;

  survive(to_json(record), parse_readiness);
}

TEST_CASE("a damaged model description is read whole or refused as corrupt") {
  ModelDescription record;
  record.numeric = {"x"};
  record.categorical = {{"c", {"a", "b"}}};
  record.parameters = {{"eta", "0.1"}};
  record.golden_rows = {{.numeric = {1.5F, -0.0F}, .categories = {"a"}, .expected = {0.1}}};

  survive(to_json(record), parse_model_description);
}

TEST_CASE("a damaged gate report is read whole or refused as corrupt") {
  GateReport record;
  record.guardrails = {{.name = "rmse", .p = 0.5}};
  record.flags = {"one"};

  survive(to_json(record), parse_gate_report);
}
