// What a check finds does not depend on how the file is read: chunks, threads, instructions, the quick way or the careful one.
#include <doctest/doctest.h>

#include <random>
#include <retrain/json.hpp>

#include "base/sha256.hpp"
#include "bench.hpp"
#include "fault_files.hpp"
#include "readiness/file_check.hpp"

using namespace retrain;
using namespace retrain::readiness;
using namespace retrain::test;

namespace {

class Checks {
 public:
  Checks() { set_lap_rules(data, model); }

  CheckedFile check(const std::string& bytes, const CheckOptions& options) const {
    const std::string path = folder_.write("a.csv", bytes);
    auto checked = check_file({path, "a.csv", "a"}, Schema(data, model), TimeParser::in_zone("UTC").value(), options);
    REQUIRE_MESSAGE(checked.ok(), checked.status().message());
    return std::move(*checked);
  }
  /// Everything that is known after the check.
  std::string all(const std::string& bytes, const CheckOptions& options) const {
    const CheckedFile checked = check(bytes, options);
    Readiness readiness;
    readiness.sessions = checked.sessions;
    readiness.findings = checked.log.findings([](const std::string&) { return true; });
    return to_json(readiness);
  }
  void same_every_way(const std::string& bytes, std::initializer_list<std::uint32_t> chunks,
                      std::initializer_list<unsigned> thread_counts) const {
    const std::string expected = all(bytes, {});
    for (const auto set : csv::supported_sets()) {
      for (const std::uint32_t chunk : chunks) {
        for (const unsigned threads : thread_counts) {
          CAPTURE(csv::to_string(set));
          CAPTURE(chunk);
          CAPTURE(threads);
          REQUIRE(all(bytes, {threads, set, chunk}) == expected);
        }
      }
    }
  }

  DataSettings data;
  ModelSettings model;

 private:
  TemporaryFolder folder_;
};

/// Rows of a few sessions and drivers in random order, some cells faulty; the note of every row is `note`.
std::string random_laps(std::mt19937_64& random, int rows, const std::string& note) {
  static const std::string numbers[] = {"30", "30.5", "", "NA", "x", " 1", "1e39", "-3", "4", "\"30\"", "nan", "3.0e1"};
  const auto number = [&] {
    return random() % 8 == 0 ? numbers[random() % std::size(numbers)] : "30." + std::to_string(random() % 10);
  };
  std::string bytes = "race,driver,lap,lap_time,sector1,sector2,sector3,compound,date,note\n";
  for (int row = 0; row < rows; ++row) {
    const std::uint64_t race = random() % 40 == 0 ? 9 : std::uint64_t(row) * 3 / std::uint64_t(rows);
    bytes += (race == 9 ? "no id" : "race-" + std::to_string(race)) + ",";
    bytes += (random() % 3 == 0 ? "HAM," : "VER,");
    bytes += std::to_string(random() % 4 == 0 ? random() % 50 : std::uint64_t(row)) + (random() % 50 == 0 ? ".0," : ",");
    for (int i = 0; i < 4; ++i) bytes += number() + ",";
    bytes += random() % 9 == 0 ? "SUPER," : random() % 9 == 0 ? "," : "SOFT,";
    bytes += random() % 20 == 0 ? "soon," : "2024-05-0" + std::to_string(1 + random() % 9) + ",";
    bytes += note + "\n";
  }
  return bytes;
}

}  // namespace

TEST_CASE("every fault file is judged alike for every form, chunk size and number of threads") {
  const Checks checks;
  for (const FaultClass& fault : fault_classes()) {
    CAPTURE(std::string(fault.name));
    LapTable table = LapTable::clean();
    const std::string bytes = fault.pollute(table);
    if (bytes.size() > 50'000) continue;
    checks.same_every_way(bytes, {600}, {1, 3});
  }
}

TEST_CASE("random tables with many faults are judged alike in chunks from 64 bytes up") {
  Checks checks;
  checks.data.session_column = "race";
  std::mt19937_64 random(21);
  for (int round = 0; round < 4; ++round) {
    checks.same_every_way(random_laps(random, 200, round % 2 == 0 ? "" : "\"a, \"\"b\"\"\""), {64, 1000, 1U << 22U}, {1, 2, 8});
  }
}

TEST_CASE("rows that are read with care are judged as those that are not") {
  Checks checks;
  checks.data.session_column = "race";
  checks.data.allow_embedded_newlines = true;
  // The columns of keys differ as well: they are found by their texts, not by runs.
  for (const auto& unique : {std::vector<std::string>{"driver", "lap"}, {"lap", "driver"}, {"lap"}, {"date", "sector1"}}) {
    checks.data.unique = unique;
    for (std::uint64_t seed = 1; seed < 6; ++seed) {
      std::mt19937_64 random(seed), again(seed);
      const CheckedFile quick = checks.check(random_laps(random, 300, "\"a b\""), {});
      const CheckedFile careful = checks.check(random_laps(again, 300, "\"a\nb\""), {});

      REQUIRE(quick.sessions.size() == careful.sessions.size());
      for (std::size_t i = 0; i < quick.sessions.size(); ++i) {
        CHECK(quick.sessions[i].id == careful.sessions[i].id);
        CHECK(quick.sessions[i].rows == careful.sessions[i].rows);
        CHECK(quick.sessions[i].used_rows == careful.sessions[i].used_rows);
        CHECK(quick.sessions[i].time == careful.sessions[i].time);
      }
      const auto all = [](const std::string&) { return true; };
      const auto a = quick.log.findings(all), b = careful.log.findings(all);
      REQUIRE(a.size() == b.size());
      CHECK(a.size() > 50);
      for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].rule == b[i].rule);
        CHECK(a[i].session == b[i].session);
        CHECK(a[i].column == b[i].column);
        CHECK(a[i].value == b[i].value);
        CHECK(a[i].count == b[i].count);
        if (a[i].row > 1) CHECK(2 * a[i].row - 2 == b[i].row);  // two lines a record, behind the header
      }
    }
  }
}

TEST_CASE("many duplicates and laps in any order are found exactly, each with the first row that it repeats") {
  Checks checks;
  checks.data.unique = {"driver", "lap"};
  checks.data.rising.clear();
  std::mt19937_64 random(22);
  std::string bytes = "driver,lap,lap_time,sector1,sector2,sector3,compound,date,note\n";
  std::map<std::pair<std::string, std::uint64_t>, int> first;
  std::int64_t duplicates = 0;
  for (int row = 0; row < 6000; ++row) {
    const std::string driver = random() % 5 == 0 ? "HAM" : "VER";
    const std::uint64_t lap = random() % 3 == 0 ? std::uint64_t(row) : random() % 4000;
    if (!first.try_emplace({driver, lap}, row + 2).second) ++duplicates;
    bytes += driver + "," + std::to_string(lap) + ",90,30,30,30,SOFT,2024-05-05,\n";
  }

  const auto found = of_rule(checks.check(bytes, {}).log.findings([](const std::string&) { return true; }), "unique");

  REQUIRE(found.size() == kept_findings);
  CHECK(found[0].count == duplicates);
  for (const Finding& finding : found) {
    const auto begin = bytes.begin() + finding.byte;
    const std::string driver(begin, begin + 3);
    const std::uint64_t lap = std::stoull(std::string(begin + 4, std::find(begin + 4, bytes.end(), ',')));
    CHECK(finding.message.find("stands in line " + std::to_string(first.at({driver, lap})) + " already") != std::string::npos);
  }
}

TEST_CASE("a check without a hash finds the same and says no hash") {
  const Checks checks;
  LapTable table = LapTable::clean();
  const std::string bytes = table.text();

  CHECK(checks.check(bytes, {}).sessions[0].sha256 == base::sha256(bytes));
  CheckOptions options;
  options.hash = false;
  CHECK(checks.check(bytes, options).sessions[0].sha256.empty());
  CHECK(checks.check(bytes, options).sessions[0].rows == 120);
}
