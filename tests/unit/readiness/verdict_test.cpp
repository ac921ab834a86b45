#include <doctest/doctest.h>

#include <filesystem>

#include "base/sha256.hpp"
#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// A file that no other name's is equal to.
std::string one_row(const std::string& name) {
  return "y,name\n1," + name + "\n";
}

const std::string good = "y,date\n1,2024-03-01\n";
const Time spring = parse_time("2024-04-01T00:00:00Z").value();

}  // namespace

TEST_CASE("no session is a broken verdict and no failure, whether the folder is empty or missing") {
  ReadinessBench bench;

  const Readiness empty = bench.check();
  bench.data.directory = bench.folder / "absent";
  const Readiness missing = bench.check();

  CHECK(empty.verdict == ReadinessVerdict::broken);
  CHECK(empty.reason == "no session file matches *.csv in " + bench.folder.path());
  REQUIRE(empty.findings.size() == 1);
  CHECK(empty.findings[0].rule == "no_sessions");
  CHECK(missing.verdict == ReadinessVerdict::broken);
  CHECK(missing.reason == "no session file matches *.csv in " + bench.folder / "absent");
}

TEST_CASE("a ready snapshot binds every session to its file, hash, rows and time") {
  ReadinessBench bench;
  bench.data.time_column = "date";
  bench.folder.write("b.csv", "y,date\n1,2024-03-01\n2,2024-03-02\n");
  bench.folder.write("a.csv", "y,date\n1,2024-03-05\n");

  const Readiness readiness = bench.check();

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(readiness.reason == "2 sessions with 3 usable rows");
  CHECK_FALSE(readiness.retry_at.has_value());
  REQUIRE(ids(readiness.snapshot.sessions) == std::vector<std::string>{"b", "a"});
  const Session& session = readiness.snapshot.sessions[0];
  CHECK(session.path == bench.folder / "b.csv");
  CHECK(session.sha256 == base::sha256(bench.folder.read("b.csv")));
  CHECK(session.size == bench.folder.read("b.csv").size());
  CHECK(session.rows == 2);
  CHECK(session.used_rows == 2);
  CHECK(session.time == parse_time("2024-03-03T00:00:00Z").value());
}

TEST_CASE("sessions without a time stand in natural order") {
  ReadinessBench bench;
  for (const char* name : {"s10.csv", "s2.csv", "s1.csv", "s02.csv", "r99.csv", "s2b.csv"})
    bench.folder.write(name, one_row(name));

  CHECK(ids(bench.check().snapshot.sessions) == std::vector<std::string>{"r99", "s1", "s02", "s2", "s2b", "s10"});
}

TEST_CASE("a session that lies in the future does not exist, with all its faults, until its last row is known") {
  ReadinessBench bench;
  bench.data.time_column = "date";
  bench.folder.write("past.csv", good);
  bench.folder.write("future.csv", "y,date\n1,2024-03-01\nbad,2024-05-01\n");

  const Readiness before = bench.check_at("2024-05-01T23:59:59Z");
  const Readiness after = bench.check_at("2024-05-02T00:00:00Z");

  CHECK(before.verdict == ReadinessVerdict::ready);
  CHECK(before.findings.empty());
  CHECK(ids(before.sessions) == std::vector<std::string>{"past"});
  CHECK(after.verdict == ReadinessVerdict::broken);
  CHECK(ids(after.sessions) == std::vector<std::string>{"past", "future"});
}

TEST_CASE("when every session lies in the future the answer is not yet, until the first") {
  ReadinessBench bench;
  bench.data.time_column = "date";
  bench.folder.write("a.csv", "y,date\n1,2024-05-01\n");
  bench.folder.write("b.csv", "y,date\n1,2024-06-01\n");

  const Readiness readiness = bench.check({spring, {}, {}});

  CHECK(readiness.verdict == ReadinessVerdict::not_yet);
  CHECK(readiness.retry_at == parse_time("2024-05-02T00:00:00Z").value());
  CHECK(readiness.reason == "no session exists before 2024-05-02T00:00:00Z");
}

TEST_CASE("a session in which no row says when it was is an error") {
  ReadinessBench bench;
  bench.data.time_column = "date";
  bench.folder.write("a.csv", "y,date\n1,\n2,NA\n");

  const auto findings = of_rule(bench.check().findings, "no_time");

  REQUIRE(findings.size() == 1);
  CHECK(findings[0].message == "a.csv, date: no row of session a says when it was");
}

TEST_CASE("bad sessions within the valid share are left out by name, beyond it the data is broken") {
  ReadinessBench bench;
  for (int i = 1; i <= 9; ++i) bench.folder.write("s" + std::to_string(i) + ".csv", one_row(std::to_string(i)));
  bench.folder.write("s10.csv", "y\nbad\n");
  bench.data.valid_share = 0.9;

  const Readiness within = bench.check();
  bench.folder.write("s9.csv", "y\nbad\n");
  const Readiness beyond = bench.check();

  CHECK(within.verdict == ReadinessVerdict::ready);
  CHECK(within.snapshot.sessions.size() == 9);
  CHECK(within.sessions.size() == 10);
  const auto aside = of_rule(within.findings, "set_aside");
  REQUIRE(aside.size() == 1);
  CHECK(aside[0].level == FindingLevel::warning);
  CHECK(aside[0].message == "session s10 is left out: s10.csv line 2, y: 'bad' is not a number");
  CHECK(beyond.verdict == ReadinessVerdict::broken);
  CHECK(of_rule(beyond.findings, "set_aside").empty());
  CHECK(beyond.reason == "2 of 10 sessions have errors: s9.csv line 2, y: 'bad' is not a number");
}

TEST_CASE("no share of valid sessions makes data without one valid session ready") {
  ReadinessBench bench;
  bench.data.valid_share = 0;
  bench.folder.write("a.csv", "y\nbad\n");

  const Readiness readiness = bench.check();

  CHECK(readiness.verdict == ReadinessVerdict::broken);
  CHECK(readiness.reason == "1 of 1 session has errors: a.csv line 2, y: 'bad' is not a number");
}

TEST_CASE("a share that is just reached is not missed by a rounding error") {
  ReadinessBench bench;
  bench.data.valid_share = 0.14;  // times 50 is a little over 7
  for (int i = 1; i <= 50; ++i)
    bench.folder.write("s" + std::to_string(i) + ".csv", i <= 7 ? one_row(std::to_string(i)) : "y\nbad\n");

  CHECK(bench.check().verdict == ReadinessVerdict::ready);
}

TEST_CASE("a session without one usable row is left out with a warning, and alone makes nothing ready") {
  ReadinessBench bench;
  bench.folder.write("unlabelled.csv", "y\n\"\"\nNA\n");
  const Readiness alone = bench.check();
  bench.folder.write("labelled.csv", "y\n1\n");
  const Readiness both = bench.check();

  CHECK(alone.verdict == ReadinessVerdict::broken);
  CHECK(alone.reason == "no row of 1 session passes data.where and has a target");
  CHECK(both.verdict == ReadinessVerdict::ready);
  CHECK(ids(both.snapshot.sessions) == std::vector<std::string>{"labelled"});
  CHECK(both.sessions.size() == 2);
  CHECK(of_rule(both.findings, "no_used_rows").size() == 1);
}

TEST_CASE("expected sessions that are not there are waited for, unexpected ones only named") {
  ReadinessBench bench;
  bench.data.time_column = "date";
  const TemporaryFolder lists;
  bench.data.expected_sessions = lists.write("expected",
                                             "\xEF\xBB\xBF"
                                             "a\r\n\n b \nlater\n");
  bench.folder.write("a.csv", good);
  bench.folder.write("extra.csv", good + "3,2024-03-01\n");
  bench.folder.write("later.csv", "y,date\n1,2025-01-01\n");

  const Readiness waiting = bench.check({spring, {}, {}});
  bench.folder.write("b.csv", good + "2,2024-03-01\n");
  const Readiness complete = bench.check({spring, {}, {}});

  CHECK(waiting.verdict == ReadinessVerdict::not_yet);
  CHECK(waiting.reason == "1 expected session is not there: b");
  CHECK(waiting.retry_at == spring + 1h);
  CHECK(complete.verdict == ReadinessVerdict::ready);
  REQUIRE(complete.findings.size() == 1);
  CHECK(complete.findings[0].rule == "unexpected_session");
  CHECK(complete.findings[0].session == "extra");
}

TEST_CASE("an error rules over a session that is still expected") {
  ReadinessBench bench;
  const TemporaryFolder lists;
  bench.data.expected_sessions = lists.write("expected", "a\nb\n");
  bench.folder.write("a.csv", "y\nbad\n");

  CHECK(bench.check().verdict == ReadinessVerdict::broken);
  bench.data.expected_sessions = lists / "absent";
  CHECK(bench.try_check().status().code() == StatusCode::not_found);
}

TEST_CASE("the same bytes as last time are nothing new, one byte more is") {
  ReadinessBench bench;
  bench.folder.write("a.csv", "y\n1\n");
  const std::string fingerprint = bench.check().snapshot.fingerprint();

  const Readiness same = bench.check({{}, {}, fingerprint});
  bench.folder.write("a.csv", "y\n2\n");
  const Readiness changed = bench.check({{}, {}, fingerprint});

  CHECK(same.verdict == ReadinessVerdict::not_yet);
  CHECK(same.reason == "nothing new since the last training run");
  CHECK_FALSE(same.retry_at.has_value());
  CHECK(changed.verdict == ReadinessVerdict::ready);
}

TEST_CASE("a stop ends the check as cancelled, an unknown zone fails it by name") {
  ReadinessBench bench;
  bench.folder.write("a.csv", "y\n1\n");
  std::stop_source stop;
  stop.request_stop();

  const auto stopped = make_session_readiness_checker(bench.data, bench.model)->check({}, quiet_observer(), stop.get_token());
  bench.data.time_zone = "Mars/Olympus";

  CHECK(stopped.status().code() == StatusCode::cancelled);
  CHECK(bench.try_check().status().code() == StatusCode::invalid_argument);
}
