// Rules about sessions as a whole: missing, late, out of order, delivered twice, shrunk, growing, unlabelled, stale.
#include <doctest/doctest.h>

#include <filesystem>

#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// Daily sessions: "day-03" of 3 March 2024, known at the end of that day.
struct DailyBench : ReadinessBench {
  DailyBench() { data.time_column = "date"; }
  void write(int day, const std::string& more = "") const {
    const std::string two = (day < 10 ? "0" : "") + std::to_string(day);
    folder.write("day-" + two + ".csv", "y,date,row\n1,2024-03-" + two + "," + two + "\n" + more);
  }
  Readiness check_on(const std::string& as_of, std::vector<Session> known = {}) const {
    return check({parse_time(as_of).value(), std::move(known), {}});
  }
};

void set_age(const std::string& path, const std::string& modified) {
  const auto since = std::chrono::system_clock::time_point(parse_time(modified).value().time_since_epoch());
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::from_sys(since));
}

const Finding& only(const std::vector<Finding>& findings) {
  REQUIRE(findings.size() == 1);
  return findings.front();
}

}  // namespace

TEST_CASE("a session that should have come is late once its grace is over, and not a moment earlier") {
  DailyBench bench;
  bench.data.expected = {24h, 6h};
  for (const int day : {1, 2, 3}) bench.write(day);

  const Readiness in_time = bench.check_on("2024-03-05T06:00:00Z");
  const Readiness late = bench.check_on("2024-03-05T06:00:01Z");

  CHECK(in_time.verdict == ReadinessVerdict::ready);
  CHECK(in_time.findings.empty());
  CHECK(late.verdict == ReadinessVerdict::not_yet);
  CHECK(late.reason == "1 session is late: that of 2024-03-05T00:00:00Z");
  CHECK(late.retry_at == parse_time("2024-03-05T07:00:01Z").value());
  CHECK(only(late.findings).rule == "late_session");
}

TEST_CASE("a hole between two sessions is a missing session, and every one in it is named") {
  DailyBench bench;
  bench.data.expected = {24h, 1h};
  for (const int day : {1, 2, 5}) bench.write(day);

  const Readiness readiness = bench.check_on("2024-03-06T00:00:00Z");

  CHECK(readiness.verdict == ReadinessVerdict::not_yet);
  CHECK(readiness.reason == "2 sessions are missing: that of 2024-03-04T00:00:00Z and later ones");
  const auto missing = of_rule(readiness.findings, "missing_session");
  REQUIRE(missing.size() == 2);
  CHECK(missing[1].message == "the session of 2024-03-05T00:00:00Z is not there");
  CHECK(missing[1].count == 2);
}

TEST_CASE("a session out of step, or the second of its time, is unexpected, and the rest is judged as before") {
  DailyBench bench;
  bench.data.expected = {24h, 1h};
  for (const int day : {1, 2, 3}) bench.write(day);
  bench.folder.write("again.csv", "y,date\n5,2024-03-02\n");
  bench.folder.write("noon.csv", "y,date\n6,2024-03-03T10:00:00Z\n");

  const Readiness readiness = bench.check_on("2024-03-04T00:30:00Z");

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  const auto unexpected = of_rule(readiness.findings, "unexpected_session");
  REQUIRE(unexpected.size() == 2);
  CHECK(unexpected[0].message == "session day-02 is the second of its time");
  CHECK(unexpected[1].message == "session noon is 10h later than expected");
}

TEST_CASE("a rule that a long silence broke is told in a bounded number of findings") {
  DailyBench bench;
  bench.data.expected = {1s, 0s};
  bench.write(1);

  const Readiness readiness = bench.check_on("2025-03-02T00:00:00Z");

  CHECK(readiness.findings.size() == 20);
  CHECK(readiness.findings[0].count == 31535999);
}

TEST_CASE("a new session that is older than one known before is out of order, which is only a warning") {
  DailyBench bench;
  bench.write(2);
  const auto known = bench.check_on("2024-04-01T00:00:00Z").sessions;
  bench.write(1);
  bench.write(3);

  const Readiness readiness = bench.check_on("2024-04-01T00:00:00Z", known);

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(only(readiness.findings).rule == "session_order");
  CHECK(readiness.findings[0].session == "day-01");
  DataRequest recorded{parse_time("2024-04-01T00:00:00Z").value(), readiness.sessions, {}};
  CHECK(bench.check(recorded).findings.empty());
  recorded.arrived = {"day-01", "day-03"};
  CHECK(only(bench.check(recorded).findings).session == "day-01");
}

TEST_CASE("the same bytes under a second id are an error of the second one, which the valid share may set aside") {
  DailyBench bench;
  bench.write(1);
  bench.folder.write("day-01-again.csv", bench.folder.read("day-01.csv"));

  const Readiness broken = bench.check_on("2024-04-01T00:00:00Z");
  bench.data.valid_share = 0.5;
  const Readiness aside = bench.check_on("2024-04-01T00:00:00Z");

  CHECK(broken.verdict == ReadinessVerdict::broken);
  CHECK(broken.reason == "1 of 2 sessions has errors: session day-01-again has the same bytes as session day-01");
  CHECK(aside.verdict == ReadinessVerdict::ready);
  CHECK(ids(aside.snapshot.sessions) == std::vector<std::string>{"day-01"});
  CHECK(of_rule(aside.findings, "set_aside").size() == 1);
}

TEST_CASE("rows that all stand in another session were delivered twice, in whatever order and company") {
  DailyBench bench;
  bench.data.unique = {"row"};
  bench.write(1, "2,2024-03-01,b\n3,2024-03-01,c\n");
  bench.folder.write("part.csv", "date,row,y,more\n2024-03-01,c,3,x\n2024-03-01,b,2,y\n");
  bench.folder.write("other.csv", "date,row,y\n2024-03-01,c,4\n2024-03-01,b,2\n");

  const Readiness readiness = bench.check_on("2024-04-01T00:00:00Z");

  CHECK(only(readiness.findings).rule == "duplicate_session");
  CHECK(readiness.findings[0].message == "every row of session part stands in session day-01 too: the same row, time and target");
}

TEST_CASE("rows are compared without times as well") {
  ReadinessBench bench;
  bench.data.unique = {"row"};
  bench.folder.write("a.csv", "y,row\n1,a\n2,b\n3,c\n");
  bench.folder.write("b.csv", "row,y\na,1\nb,2\n");
  bench.folder.write("c.csv", "row,y\na,1\nd,2\n");

  CHECK(only(bench.check().findings).session == "b");
}

TEST_CASE("a session with fewer rows than recorded is an error until a person asks, and its record stays") {
  DailyBench bench;
  bench.write(1, "2,2024-03-01,b\n");
  bench.write(2);
  const auto known = bench.check_on("2024-04-01T00:00:00Z").sessions;
  bench.write(1);

  const Readiness readiness = bench.check_on("2024-04-01T00:00:00Z", known);
  DataRequest request{parse_time("2024-04-01T00:00:00Z").value(), known, {}};
  request.asked_by_person = true;
  const Readiness asked = bench.check(request);

  CHECK(readiness.verdict == ReadinessVerdict::broken);
  CHECK(only(readiness.findings).rule == "shrunk_session");
  CHECK(readiness.findings[0].message == "session day-01 has 1 row, it had 2: a run that a person asks for takes that as meant");
  CHECK(ids(readiness.sessions) == std::vector<std::string>{"day-02"});
  CHECK(asked.verdict == ReadinessVerdict::ready);
  CHECK(only(asked.findings).level == FindingLevel::warning);
  CHECK(ids(asked.sessions) == std::vector<std::string>{"day-01", "day-02"});
}

TEST_CASE("fewer bytes for as many rows are only told") {
  DailyBench bench;
  bench.folder.write("a.csv", "y,date\n1.00,2024-03-01\n");
  const auto known = bench.check_on("2024-04-01T00:00:00Z").sessions;
  bench.folder.write("a.csv", "y,date\n1,2024-03-01\n");

  const Readiness readiness = bench.check_on("2024-04-01T00:00:00Z", known);

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(only(readiness.findings).message == "session a has 20 bytes, it had 23");
}

TEST_CASE("a file that changed just now is not final: it is waited for, whatever is wrong in it") {
  DailyBench bench;
  bench.data.settle = 5min;
  bench.write(1);
  bench.write(2, "half a li");
  set_age(bench.folder / "day-01.csv", "2024-04-01T11:00:00Z");
  set_age(bench.folder / "day-02.csv", "2024-04-01T11:58:00Z");

  const Readiness growing = bench.check_on("2024-04-01T12:00:00Z");
  const Readiness settled = bench.check_on("2024-04-01T12:03:00Z");

  CHECK(growing.verdict == ReadinessVerdict::not_yet);
  CHECK(growing.reason == "day-02.csv is still growing");
  CHECK(growing.retry_at == parse_time("2024-04-01T12:03:00Z").value());
  CHECK(only(growing.findings).rule == "growing_session");
  CHECK(settled.verdict == ReadinessVerdict::broken);
}

TEST_CASE("data whose newest session is too old is stale") {
  DailyBench bench;
  bench.data.max_age = 7 * 24h;
  bench.write(1);

  const Readiness fresh = bench.check_on("2024-03-09T00:00:00Z");
  const Readiness stale = bench.check_on("2024-03-10T00:00:00Z");

  CHECK(fresh.verdict == ReadinessVerdict::ready);
  CHECK(stale.verdict == ReadinessVerdict::not_yet);
  CHECK(stale.reason == "stale data: the newest session, day-01, is 8d old, over 7d");
  CHECK(stale.retry_at == parse_time("2024-03-10T01:00:00Z").value());
  CHECK(only(stale.findings).rule == "stale_data");
}

TEST_CASE("without a time column the age of the data is that of its files") {
  ReadinessBench bench;
  bench.data.max_age = 24h;
  set_age(bench.folder.write("a.csv", "y\n1\n"), "2024-03-01T00:00:00Z");

  CHECK(bench.check_at("2024-03-02T00:00:00Z").verdict == ReadinessVerdict::ready);
  CHECK(bench.check_at("2024-03-02T00:00:01Z").verdict == ReadinessVerdict::not_yet);
}

TEST_CASE("a session with too few labels is waited for, rows that data.where passes over aside") {
  DailyBench bench;
  bench.data.min_label_share = 0.75;
  bench.data.where = {{"row", {"a", "b"}}};
  bench.folder.write("full.csv", "y,date,row\n1,2024-03-01,a\n2,2024-03-01,a\n3,2024-03-01,b\n,2024-03-01,b\n");
  bench.folder.write("few.csv", "y,date,row\n1,2024-03-02,a\n,2024-03-02,b\n9,2024-03-02,c\n");

  const Readiness readiness = bench.check_on("2024-04-01T00:00:00Z");

  CHECK(readiness.verdict == ReadinessVerdict::not_yet);
  CHECK(readiness.reason == "1 session lacks labels: few");
  CHECK(only(readiness.findings).rule == "label_share");
  CHECK(readiness.findings[0].message == "session few has a target in 1 of 2 rows, a share of 0.5, under 0.75");
}

TEST_CASE("several reasons to wait are all told, and the nearest instant counts") {
  DailyBench bench;
  const TemporaryFolder lists;
  bench.data.expected_sessions = lists.write("expected", "day-01\nday-02\n");
  bench.data.settle = 10min;
  bench.data.max_age = 24h;
  bench.write(1);
  bench.write(3);
  set_age(bench.folder / "day-01.csv", "2024-03-05T00:00:00Z");
  set_age(bench.folder / "day-03.csv", "2024-03-09T23:59:00Z");

  const Readiness readiness = bench.check_on("2024-03-10T00:00:00Z");

  CHECK(
      readiness.reason ==
      "day-03.csv is still growing; 1 expected session is not there: day-02; stale data: the newest session, day-01, is 8d old, "
      "over 1d");
  CHECK(readiness.retry_at == parse_time("2024-03-10T00:09:00Z").value());
}

TEST_CASE("nothing new names the run that trained on the same data") {
  ReadinessBench bench;
  bench.folder.write("a.csv", "y\n1\n");
  DataRequest request;
  request.previous_fingerprint = bench.check().snapshot.fingerprint();
  request.previous_run = "01a20d93";

  CHECK(bench.check(request).reason == "nothing new since run 01a20d93");
}

TEST_CASE("marks change with any file that comes, goes or changes, and with the list of expected sessions") {
  ReadinessBench bench;
  const TemporaryFolder lists;
  bench.data.expected_sessions = lists.write("expected", "a\n");
  const auto marks = [&] { return make_session_readiness_checker(bench.data, bench.model)->marks().value(); };
  const std::string empty = marks();
  bench.folder.write("a.csv", "y\n1\n");
  const std::string one = marks();

  CHECK(one != empty);
  CHECK(marks() == one);
  set_age(bench.folder / "a.csv", "2024-03-01T00:00:00Z");
  const std::string touched = marks();
  CHECK(touched != one);
  lists.write("expected", "a\nb\n");
  CHECK(marks() != touched);
}
