#include <doctest/doctest.h>

#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// The rule that `cell` breaks in line 3 of column x under `rule`; empty when it breaks none.
std::string broken_rule(const ColumnRule& rule, const std::string& cell) {
  ReadinessBench bench;
  bench.data.columns = {rule};
  std::string broken;
  for (const auto& finding : bench.findings("y,x\n1,\n1,\"" + cell + "\"\n")) {
    if (finding.level != FindingLevel::error) continue;
    CHECK(finding.row == 3);
    CHECK(finding.column == "x");
    CHECK(finding.byte == 9);
    CHECK(finding.message.find("a.csv line 3, x: '" + cell + "'") == 0);
    broken += finding.rule;
  }
  return broken;
}

}  // namespace

TEST_CASE("a number column takes finite decimals, and names what else it finds") {
  const ColumnRule number{"x", ColumnType::number, -5.0, 100.0};

  for (const char* good : {"", "NA", "12.5", "-5", "100", "1e1", "+3", "007"}) CHECK(broken_rule(number, good) == "");
  for (const char* bad : {"abc", "1,5", "0x10", "1e999", "1.2.3", "#N/A", "true"}) CHECK(broken_rule(number, bad) == "type");
  for (const char* bad : {" 12.5", "12.5 ", "\t12.5"}) {
    ReadinessBench bench;
    bench.data.columns = {number};
    CHECK(of_rule(bench.findings(std::string("y,x\n1,") + bad + "\n"), "padding").size() == 1);
  }
  for (const char* bad : {"nan", "NaN", "inf", "-Infinity"}) CHECK(broken_rule(number, bad) == "not_finite");
  CHECK(broken_rule(number, "-5.0001") == "min");
  CHECK(broken_rule(number, "100.0001") == "max");
}

TEST_CASE("what does not fit a float32 is an error before it becomes an infinity") {
  CHECK(broken_rule({"x", ColumnType::number}, "3.4e38") == "");
  CHECK(broken_rule({"x", ColumnType::number}, "-3.5e38") == "float32_range");
}

TEST_CASE("an integer column refuses a decimal, even a whole one") {
  const ColumnRule integer{"x", ColumnType::integer};

  for (const char* good : {"12", "-3", "0"}) CHECK(broken_rule(integer, good) == "");
  for (const char* bad : {"12.0", "1e3", "99999999999999999999"}) CHECK(broken_rule(integer, bad) == "type");
}

TEST_CASE("a date column takes the documented forms only") {
  const ColumnRule date{"x", ColumnType::date};

  for (const char* good : {"2013-02-14", "2013-02-14 13:05", "2013-02-14T13:05:10.5Z", "NA"})
    CHECK(broken_rule(date, good) == "");
  for (const char* bad : {"14.02.2013", "2013-02-30", "2013-2-4", "yesterday"}) CHECK(broken_rule(date, bad) == "date");
  CHECK(broken_rule(date, "2013-02-14 ") == "padding");
}

TEST_CASE("allowed values compare as text, and as numbers where both are") {
  ColumnRule compound{"x", ColumnType::text};
  compound.values = {"SOFT", "1"};

  for (const char* good : {"SOFT", "1", "1.0", ""}) CHECK(broken_rule(compound, good) == "");
  for (const char* bad : {"soft", "WET", "2"}) CHECK(broken_rule(compound, bad) == "values");
}

TEST_CASE("a numeric feature must be a number whatever else is said of its column") {
  ReadinessBench bench;
  bench.model.numeric = {"x"};
  bench.data.columns = {{"x", ColumnType::text}};

  CHECK(of_rule(bench.findings("y,x\n1,abc\n"), "type").size() == 1);
}

TEST_CASE("a bad cell is said once, however many rules look at it") {
  ReadinessBench bench;
  bench.data.time_column = "at";
  bench.model.numeric = {"x"};
  bench.data.columns = {{"at", ColumnType::date}, {"x", ColumnType::number}};
  bench.data.rising = {{"x", {}}, {"at", {}}};

  const auto findings = bench.findings("y,x,at\n1,1,2013-01-01\n1,bad,never\n");

  REQUIRE(findings.size() == 2);
  CHECK(findings[0].rule == "type");
  CHECK(findings[1].rule == "date");
}

TEST_CASE("a share of missing cells is allowed up to the limit and named beyond it") {
  ReadinessBench bench;
  bench.data.columns = {{"x", ColumnType::number, {}, {}, 0.5}};

  CHECK(bench.findings("y,x\n1,\n1,2\n").empty());
  const auto over = of_rule(bench.findings("y,x\n1,2\n1,\n1,NA\n"), "missing");

  REQUIRE(over.size() == 1);
  CHECK(over[0].message == "a.csv line 3, x: 2 of 3 cells are missing, first here: a share of 0.6667, over 0.5");
}

TEST_CASE("a row may stand once under its key, and the finding names both lines") {
  ReadinessBench bench;
  bench.data.unique = {"driver", "lap"};

  CHECK(bench.findings("y,driver,lap\n1,a,12\n1,a1,2\n1,a,2\n").empty());
  const auto doubled = of_rule(bench.findings("y,driver,lap\n1,HAM,1\n1,VER,1\n1,HAM,1\n"), "unique");

  REQUIRE(doubled.size() == 1);
  CHECK(doubled[0].row == 4);
  CHECK(doubled[0].message == "a.csv line 4, driver, lap: 'HAM', '1' stands in line 2 already");
}

TEST_CASE("a key of which one column is missing is not judged by the others") {
  ReadinessBench bench;
  bench.data.unique = {"driver", "lap"};
  bench.data.rising = {{"y", {"driver", "stint"}}};

  const auto findings = bench.findings("y,driver\n1,HAM\n1,HAM\n");

  CHECK(findings.size() == 2);
  CHECK(of_rule(findings, "missing_column").size() == 2);
}

TEST_CASE("what should date a row and does not is an error without any rule for its column") {
  ReadinessBench bench;
  bench.data.time_column = "at";

  const auto findings = of_rule(bench.findings("y,at\n1,2013-01-01\n1,01.01.2013\n"), "date");

  REQUIRE(findings.size() == 1);
  CHECK(findings[0].row == 3);
}

TEST_CASE("a rising column must rise strictly within each key, by number and not by text") {
  ReadinessBench bench;
  bench.data.rising = {{"lap", {"driver"}}};

  CHECK(bench.findings("y,driver,lap\n1,HAM,9\n1,VER,1\n1,HAM,10\n1,HAM,\n1,VER,2\n").empty());
  const auto fallen = of_rule(bench.findings("y,driver,lap\n1,HAM,1\n1,VER,1\n1,HAM,1\n1,VER,0\n1,HAM,2\n"), "rising");
  const auto text = of_rule(bench.findings("y,driver,lap\n1,HAM,first\n"), "type");

  REQUIRE(fallen.size() == 2);
  CHECK(fallen[0].message == "a.csv line 4, lap: '1' of 'HAM' does not rise above that in line 2");
  CHECK(fallen[1].row == 5);
  REQUIRE(text.size() == 1);
  CHECK(text[0].message == "a.csv line 2, lap: 'first' is neither a number nor a date");
}

TEST_CASE("times rise too, and without keys over the whole session") {
  ReadinessBench bench;
  bench.data.rising = {{"at", {}}};

  CHECK(bench.findings("y,at\n1,2013-01-01 09:59\n1,2013-01-01 10:00\n").empty());
  CHECK(of_rule(bench.findings("y,at\n1,2013-01-01 10:00\n1,2013-01-01 10:00\n"), "rising").size() == 1);
}

TEST_CASE("a session needs its least number of rows, and rows that cannot be used are counted apart") {
  ReadinessBench bench;
  bench.data.min_rows = 3;
  bench.data.where = {{"ok", {"1"}}};

  bench.folder.write("a.csv", "y,ok\n1,1\n2,0\n,1\n4,1.0\n");
  const Readiness enough = bench.check();
  const auto few = of_rule(bench.findings("y,ok\n1,1\n2,1\n"), "min_rows");

  CHECK(enough.snapshot.sessions[0].rows == 4);
  CHECK(enough.snapshot.sessions[0].used_rows == 2);
  REQUIRE(few.size() == 1);
  CHECK(few[0].message == "a.csv: session a has 2 rows, fewer than 3");
}
