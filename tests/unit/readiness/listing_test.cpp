#include <doctest/doctest.h>

#include <filesystem>

#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

struct ListingBench : ReadinessBench {
  ListingBench() { data.time_column = "date"; }
  std::shared_ptr<ReadinessChecker> checker() const { return make_session_readiness_checker(data, model); }
};

const Time summer = parse_time("2024-07-01T00:00:00Z").value();

std::vector<Session> list(ReadinessChecker& checker, const std::vector<Session>& known = {}, Time as_of = summer) {
  return checker.list({as_of, known, {}}, {}).value();
}

}  // namespace

TEST_CASE("a listing names the sessions that exist, in time order, with what a check would record of them") {
  const ListingBench bench;
  bench.folder.write("b.csv", "y,date\n1,2024-01-01\n");
  bench.folder.write("a.csv", "y,date\n1,2024-02-01\n,2024-02-01\n");
  bench.folder.write("just-now.csv", "y,date\n1,2024-06-30\n");
  bench.folder.write("future.csv", "y,date\n1,2024-07-01\n");

  const auto listed = list(*bench.checker());
  const Readiness checked = bench.check({summer, {}, {}});

  REQUIRE(ids(listed) == std::vector<std::string>{"b", "a", "just-now"});
  CHECK(listed[1].sha256 == checked.sessions[1].sha256);
  CHECK(listed[1].rows == 2);
  CHECK(listed[1].used_rows == 1);
  CHECK(listed[1].time == checked.sessions[1].time);
}

TEST_CASE("a listing takes over what is known of a file of the same size, and reads what is new") {
  const ListingBench bench;
  bench.folder.write("a.csv", "y,date\n1,2024-01-01\n");
  auto known = list(*bench.checker());
  known[0].rows = 77;
  bench.folder.write("b.csv", "y,date\n1,2024-02-01\n");

  const auto same = list(*bench.checker(), known);
  bench.folder.write("a.csv", "y,date\n1,2024-01-01\n2,2024-01-01\n");
  const auto grown = list(*bench.checker(), known);

  REQUIRE(ids(same) == std::vector<std::string>{"a", "b"});
  CHECK(same[0].rows == 77);
  CHECK(grown[0].rows == 2);
}

TEST_CASE("a checker sees a file change between two listings, also when its size stays") {
  const ListingBench bench;
  const auto checker = bench.checker();
  bench.folder.write("a.csv", "y,date\n1,2024-01-01\n");
  const auto before = list(*checker);
  const std::string path = bench.folder.write("a.csv", "y,date\n2,2024-03-01\n");
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));

  const auto after = list(*checker);

  CHECK(after[0].sha256 != before[0].sha256);
  CHECK(after[0].time == parse_time("2024-03-02T00:00:00Z").value());
}

TEST_CASE("sessions appear in a listing as time passes, also those that share a file") {
  ListingBench bench;
  bench.data.session_column = "race";
  bench.folder.write("r1.csv", "race,y,date\nr1,1,2024-01-01\nr2,1,2024-02-01\n");
  const auto january = list(*bench.checker(), {}, parse_time("2024-01-15T00:00:00Z").value());

  const auto february = list(*bench.checker(), january, parse_time("2024-02-15T00:00:00Z").value());

  CHECK(ids(january) == std::vector<std::string>{"r1"});
  CHECK(ids(february) == std::vector<std::string>{"r1", "r2"});
}

TEST_CASE("a check reads every byte again, whatever is known") {
  const ListingBench bench;
  bench.folder.write("a.csv", "y,date\n1,2024-01-01\n");
  const auto checker = bench.checker();
  const auto known = list(*checker);
  bench.folder.write("a.csv", "y,date\nx,2024-01-01\n");

  const Readiness readiness = checker->check({summer, known, {}}, quiet_observer(), {}).value();

  CHECK(readiness.verdict == ReadinessVerdict::broken);
}

TEST_CASE("a listing does not judge: it keeps bad sessions with a time and passes over what it cannot read") {
  const ListingBench bench;
  bench.folder.write("bad.csv", "y,date\nx,2024-01-01\n");
  bench.folder.write("timeless.csv", "y,date\n1,\n");
  std::filesystem::create_symlink(bench.folder / "bad.csv", bench.folder / "link.csv");

  CHECK(ids(list(*bench.checker())) == std::vector<std::string>{"bad"});
}

TEST_CASE("an empty or missing folder lists nothing") {
  ListingBench bench;

  CHECK(list(*bench.checker()).empty());
  bench.data.directory = bench.folder / "absent";
  CHECK(list(*bench.checker()).empty());
}
