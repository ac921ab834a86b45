#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("a link, a pipe or an unreadable file in place of a session is an error, and nothing hangs") {
  ReadinessBench bench;
  const std::string target = TemporaryFolder().write("target.csv", "y\n1\n");
  bench.folder.write("a.csv", "y\n1\n");
  std::filesystem::create_symlink(target, bench.folder / "link.csv");
  REQUIRE(::mkfifo((bench.folder / "pipe.csv").c_str(), 0600) == 0);

  const Readiness readiness = bench.check();

  const auto unreadable = of_rule(readiness.findings, "unreadable_file");
  REQUIRE(unreadable.size() == 2);
  CHECK(unreadable[0].message.find("link.csv is a symbolic link") != std::string::npos);
  CHECK(unreadable[1].message.find("pipe.csv is not a regular file") != std::string::npos);
  CHECK(readiness.verdict == ReadinessVerdict::broken);
  CHECK(readiness.reason.starts_with("2 of 3 sessions have errors: link.csv"));
  CHECK(ids(readiness.sessions) == std::vector<std::string>{"a"});
}

TEST_CASE("a file that changes while it is read makes the data not ready for a minute, and is no session meanwhile") {
  // Files of /proc say size 0 and hold more: to a reader they are files that grow.
  ReadinessBench bench;
  bench.data.directory = "/proc/sys/kernel";
  bench.data.pattern = "ostype";
  const Time now = parse_time("2024-04-01T00:00:00Z").value();

  const Readiness readiness = bench.check({now, {}, {}});
  const auto listed = make_session_readiness_checker(bench.data, bench.model)->list({now, {}, {}}, {}).value();

  CHECK(readiness.verdict == ReadinessVerdict::not_yet);
  CHECK(readiness.reason == "ostype is still growing");
  CHECK(readiness.retry_at == now + std::chrono::seconds(60));
  CHECK(of_rule(readiness.findings, "growing_session").size() == 1);
  CHECK(readiness.sessions.empty());
  CHECK(listed.empty());
}

TEST_CASE("names that are no ids are passed over with a warning that cannot break a line") {
  ReadinessBench bench;
  bench.folder.write("good.csv", "y\n1\n");
  bench.folder.write("two words.csv", "y\n1\n");
  bench.folder.write("a..b.csv", "y\n1\n");
  bench.folder.write("-rf.csv", "y\n1\n");
  bench.folder.write("new\nline\x1b[31m.csv", "y\n1\n");
  bench.folder.write(".hidden.csv", "broken");
  bench.folder.write("notes.txt", "broken");
  bench.folder.write("folder.csv/inside.csv", "broken");

  const Readiness readiness = bench.check();

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(ids(readiness.snapshot.sessions) == std::vector<std::string>{"good"});
  CHECK(readiness.findings.size() == 4);
  for (const auto& finding : readiness.findings) {
    CHECK(finding.rule == "file_name");
    CHECK(finding.level == FindingLevel::warning);
    CHECK(finding.message.find_first_of("\n\x1b") == std::string::npos);
  }
}

TEST_CASE("a pattern with folders enters folders that match and no linked ones") {
  ReadinessBench bench;
  bench.data.pattern = "20*/*.csv";
  bench.folder.write("2018/a.csv", "y\n1\n");
  bench.folder.write("2019/b.csv", "y\n2\n");
  bench.folder.write("old/c.csv", "y\n1\n");
  bench.folder.write("d.csv", "y\n1\n");
  bench.folder.write("2018/deep/e.csv", "y\n1\n");
  std::filesystem::create_directory_symlink(bench.folder / "old", bench.folder / "2020");

  const Readiness readiness = bench.check();

  CHECK(ids(readiness.snapshot.sessions) == std::vector<std::string>{"a", "b"});
  CHECK(readiness.snapshot.sessions[0].path == bench.folder / "2018/a.csv");
  REQUIRE(readiness.findings.size() == 1);
  CHECK(readiness.findings[0].rule == "linked_folder");
}

TEST_CASE("a pattern cannot lead out of the data folder") {
  ReadinessBench bench;
  bench.folder.write("outside.csv", "y\n1\n");
  bench.folder.write("data/inside.csv", "y\n1\n");
  bench.data.directory = bench.folder / "data";
  bench.data.pattern = "../*.csv";

  CHECK(bench.check().verdict == ReadinessVerdict::broken);
  CHECK(bench.check().sessions.empty());
}

TEST_CASE("two files of one name are an error, for either could be meant") {
  ReadinessBench bench;
  bench.data.pattern = "*/*.csv";
  bench.folder.write("2018/a.csv", "y\n1\n");
  bench.folder.write("2019/a.csv", "y\n2\n");

  const Readiness readiness = bench.check();

  const auto doubled = of_rule(readiness.findings, "duplicate_session");
  REQUIRE(doubled.size() == 1);
  CHECK(doubled[0].message == "2019/a.csv: session a lies in " + (bench.folder / "2018/a.csv") + " already");
  CHECK(readiness.verdict == ReadinessVerdict::broken);
}

TEST_CASE("hostile cells come out of messages printable and short") {
  ReadinessBench bench;
  bench.model.numeric = {"x"};

  const auto findings = bench.findings("y,x\n1,\"\x1b]0;pwned\x07\"\n1," + std::string(5000, 'A') + "\n");

  REQUIRE(of_rule(findings, "type").size() == 2);
  for (const auto& finding : of_rule(findings, "type")) {
    CHECK(finding.message.size() < 200);
    CHECK(finding.message.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a folder that cannot be read fails the check instead of looking empty") {
  ReadinessBench bench;
  bench.data.directory = bench.folder / "loop";
  std::filesystem::create_directory_symlink(bench.data.directory, bench.data.directory);

  CHECK(bench.try_check().status().code() == StatusCode::io_error);
  CHECK(bench.try_check().status().message().starts_with("cannot read folder " + bench.data.directory));
}
