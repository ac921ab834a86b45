#include "readiness/finding_log.hpp"

#include <doctest/doctest.h>

using namespace retrain;
using namespace retrain::readiness;

namespace {
const auto every = [](const std::string&) { return true; };
}  // namespace

TEST_CASE("the first twenty places of a rule are kept, all are counted, and no text is made for the rest") {
  FindingLog log("/data/a.csv", "a.csv");
  int described = 0;

  for (int row = 2; row < 1002; ++row) {
    log.error("type", {"a", row, "x", row * 10}, [&] { return "bad " + std::to_string(++described); });
  }
  log.warning("padding", {"a", 5}, [] { return "padded"; });
  const auto findings = log.findings(every);

  CHECK(described == 20);
  REQUIRE(findings.size() == 21);
  CHECK(findings[0].message == "a.csv line 2, x: bad 1");
  CHECK(findings[0].count == 1000);
  CHECK(findings[0].file == "/data/a.csv");
  CHECK(findings[3].rule == "padding");
  CHECK(findings[3].count == 1);
}

TEST_CASE("only errors make a session faulty, and only that session") {
  FindingLog log("a", "a");

  log.error("type", {"s1", 2}, [] { return "x"; });
  log.warning("padding", {"s2", 3}, [] { return "x"; });

  CHECK(log.has_errors("s1"));
  CHECK_FALSE(log.has_errors("s2"));
  CHECK_FALSE(log.has_errors(""));
}

TEST_CASE("findings of sessions that are not wanted are neither shown nor counted") {
  FindingLog log("a", "a");
  for (int row = 0; row < 30; ++row) log.error("type", {row % 2 == 0 ? "s1" : "s2", row + 2}, [] { return "x"; });
  log.error("encoding", {}, [] { return "x"; });

  const auto findings = log.findings([](const std::string& session) { return session == "s1"; });

  REQUIRE(findings.size() == 16);
  CHECK(findings[0].rule == "encoding");
  CHECK(findings[1].count == 15);
  CHECK(log.findings(every).size() == 21);
  CHECK(log.findings(every)[1].count == 30);
}
