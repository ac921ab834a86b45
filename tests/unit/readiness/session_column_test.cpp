#include <doctest/doctest.h>

#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// Sessions are the values of "race", with a date each.
struct SharedFileBench : ReadinessBench {
  SharedFileBench() {
    data.session_column = "race";
    data.time_column = "date";
  }
};

const std::string header = "race,date,y\n";

}  // namespace

TEST_CASE("one file holds many sessions, each with its own rows and time") {
  const SharedFileBench bench;
  bench.folder.write("all.csv", header + "r2,2024-02-01,1\nr1,2024-01-01,2\nr2,2024-02-02,\nr1,2024-01-02,4\n");

  const Readiness readiness = bench.check();

  REQUIRE(ids(readiness.snapshot.sessions) == std::vector<std::string>{"r1", "r2"});
  CHECK(readiness.snapshot.sessions[1].rows == 2);
  CHECK(readiness.snapshot.sessions[1].used_rows == 1);
  CHECK(readiness.snapshot.sessions[1].time == parse_time("2024-02-03T00:00:00Z").value());
  CHECK(readiness.snapshot.sessions[0].sha256 == readiness.snapshot.sessions[1].sha256);
  CHECK(readiness.data_bytes == readiness.snapshot.sessions[0].size);
}

TEST_CASE("a bad row costs its own session, a break of the format every session of the file") {
  SharedFileBench bench;
  bench.data.valid_share = 0.5;

  bench.folder.write("all.csv", header + "r1,2024-01-01,1\nr2,2024-02-01,bad\n");
  const Readiness row = bench.check();
  bench.folder.write("all.csv", header + "r1,2024-01-01,1\nr2,2024-02-01\n");
  const Readiness format = bench.check();

  CHECK(row.verdict == ReadinessVerdict::ready);
  CHECK(ids(row.snapshot.sessions) == std::vector<std::string>{"r1"});
  CHECK(format.verdict == ReadinessVerdict::broken);
  CHECK(of_rule(format.findings, "ragged_row")[0].session.empty());
}

TEST_CASE("a session value that is no id is an error at its row") {
  const SharedFileBench bench;
  bench.folder.write("all.csv", header + "r1,2024-01-01,1\n../../etc,2024-01-01,1\n,2024-01-01,1\n");

  const auto findings = of_rule(bench.check().findings, "session_id");

  REQUIRE(findings.size() == 2);
  CHECK(findings[0].row == 3);
  CHECK(findings[0].message.starts_with("all.csv line 3, race: '../../etc' is not a session id"));
}

TEST_CASE("future sessions of a shared file are left out together with their findings and counts") {
  const SharedFileBench bench;
  bench.folder.write("all.csv", header + "r1,2024-01-01,1\nr2,2024-02-01,bad\nr2,2024-02-01,bad\nr3,2024-01-03,bad\n");

  const Readiness early = bench.check_at("2024-01-15T00:00:00Z");

  CHECK(ids(early.sessions) == std::vector<std::string>{"r1", "r3"});
  const auto findings = of_rule(early.findings, "type");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].session == "r3");
  CHECK(findings[0].count == 1);
}

TEST_CASE("a file in which every session lies in the future says nothing yet, whatever is wrong with it") {
  const SharedFileBench bench;
  bench.folder.write("now.csv", header + "r1,2024-01-01,1\n");
  bench.folder.write("next.csv", header + "r2,2024-02-01,1\nr2,2024-02-01\n");

  CHECK(bench.check_at("2024-01-15T00:00:00Z").findings.empty());
  CHECK(bench.check_at("2024-02-15T00:00:00Z").verdict == ReadinessVerdict::broken);
}

TEST_CASE("keys and order are judged within a session, not across") {
  SharedFileBench bench;
  bench.data.unique = {"y"};
  bench.data.rising = {{"y", {}}};
  bench.folder.write("all.csv", header + "r1,2024-01-01,1\nr2,2024-01-01,1\nr1,2024-01-01,2\nr2,2024-01-01,2\n");

  CHECK(bench.check().findings.empty());
}

TEST_CASE("a session may not lie in two files") {
  const SharedFileBench bench;
  bench.folder.write("a.csv", header + "r1,2024-01-01,1\n");
  bench.folder.write("b.csv", header + "r1,2024-01-01,2\nr2,2024-01-02,2\n");

  const Readiness readiness = bench.check();

  CHECK(of_rule(readiness.findings, "duplicate_session").size() == 1);
  CHECK(readiness.reason.starts_with("1 of 2 sessions has errors: b.csv: session r1 lies in "));
}

TEST_CASE("a file without the session column, or without rows, has no session and is broken") {
  SharedFileBench bench;

  bench.folder.write("all.csv", "date,y\n2024-01-01,1\n");
  const Readiness no_column = bench.check();
  bench.folder.write("all.csv", header);
  const Readiness no_rows = bench.check();
  bench.data.min_rows = 0;
  const Readiness none_asked = bench.check();

  CHECK(no_column.verdict == ReadinessVerdict::broken);
  CHECK(no_column.reason.find("data.session needs it") != std::string::npos);
  CHECK(no_rows.verdict == ReadinessVerdict::broken);
  CHECK(no_rows.reason == "1 of 1 session has errors: all.csv: has no row, and so no session");
  CHECK(none_asked.verdict == ReadinessVerdict::broken);
  CHECK(none_asked.reason == "no session in 1 file of " + bench.folder.path());
}
