#include <doctest/doctest.h>

#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::string_literals;

namespace {

struct Fault {
  const char* rule;
  std::string bytes;
  std::int64_t row, byte;
  const char* message;
};

/// The file has this one error, at this place, and the verdict follows from it.
void check_fault(const ReadinessBench& bench, const Fault& fault) {
  CAPTURE(fault.rule);
  CAPTURE(fault.bytes);

  bench.folder.write("a.csv", fault.bytes);
  const Readiness readiness = bench.check();

  std::vector<Finding> errors;
  for (const auto& finding : readiness.findings) {
    if (finding.level == FindingLevel::error) errors.push_back(finding);
  }
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].rule == fault.rule);
  CHECK(errors[0].row == fault.row);
  CHECK(errors[0].byte == fault.byte);
  CHECK(errors[0].message == fault.message);
  CHECK(errors[0].file == bench.folder / "a.csv");
  CHECK(errors[0].session == "a");
  CHECK(readiness.verdict == ReadinessVerdict::broken);
  CHECK(readiness.reason == "1 of 1 session has errors: "s + fault.message);
  CHECK(readiness.snapshot.sessions.empty());
  CHECK(ids(readiness.sessions) == std::vector<std::string>{"a"});
}

}  // namespace

TEST_CASE("clean files give no finding, whatever their line ends, byte order mark and quotes") {
  const ReadinessBench bench;

  for (const std::string& bytes : {"y,x\n1,2\n"s, "y,x\r\n1,2\r\n"s, "\xEF\xBB\xBFy,x\n1,2\n"s,
                                   "\"y\",\"x\"\n\"1\",\"a \"\"b\"\", c\"\n"s, "y,x\n1,K\xC3\xB6ln\n"s, "y,x\n1e-3,\n+2,\n"s}) {
    CAPTURE(bytes);

    bench.folder.write("a.csv", bytes);
    const Readiness readiness = bench.check();

    CHECK(readiness.findings.empty());
    CHECK(readiness.verdict == ReadinessVerdict::ready);
    CHECK(readiness.snapshot.sessions.size() == 1);
    CHECK(readiness.data_bytes == bytes.size());
  }
}

TEST_CASE("each fault of the structure is one error with its line and offset") {
  const ReadinessBench bench;
  const Fault faults[] = {
      {"stray_quote", "y,x\n1,a\"b\n", 2, 7, "a.csv line 2: quote inside a field that does not begin with one"},
      {"text_after_quote", "y,x\n1,\"a\"b\n", 2, 9, "a.csv line 2: text behind a closing quote"},
      {"open_quote", "y,x\n1,\"a\n2,b\n", 2, 6, "a.csv line 2: quote is opened and not closed on its line"},
      {"embedded_newline", "y,x\n1,\"a\nb\"\n", 2, 8, "a.csv line 2: quoted field runs over lines 2 to 3"},
      {"nul_byte", "y,x\n1,a\0b\n"s, 2, 7, "a.csv line 2: NUL byte"},
      {"bare_cr", "y,x\n1,2\r3\n", 2, 7, "a.csv line 2: carriage return without line feed"},
      {"long_field", "y,x\n1," + std::string(70'000, 'a') + "\n", 2, 6,
       "a.csv line 2: field of 70000 bytes, over the limit of 65536"},
      {"ragged_row", "y,x\n1,2\n3\n", 3, 8, "a.csv line 3: 1 fields, the header has 2"},
      {"ragged_row", "y,x\n1,2,\n", 2, 4, "a.csv line 2: 3 fields, the header has 2"},
      {"blank_line", "y,x\n1,2\n\n3,4\n", 3, 8, "a.csv line 3: blank line"},
      {"utf8", "y,x\n1,K\xF6ln\n", 2, 6, "a.csv line 2: 'K\\xf6ln' is not UTF-8"},
      {"encoding", "\xFF\xFEy\0\n\0"s, 0, -1, "a.csv: is UTF-16, not UTF-8"},
      {"encoding", "\xFE\xFF\0y\0\n"s, 0, -1, "a.csv: is UTF-16, not UTF-8"},
      {"encoding", "\xFF\xFE\0\0y\0\0\0"s, 0, -1, "a.csv: is UTF-32, not UTF-8"},
      {"empty_file", "", 0, -1, "a.csv: is empty: it has no header"},
      {"min_rows", "y,x\n", 0, -1, "a.csv: session a has 0 rows, fewer than 1"},
  };

  for (const Fault& fault : faults) check_fault(bench, fault);
}

TEST_CASE("each fault of the header is one error naming the column") {
  ReadinessBench bench;
  bench.model.numeric = {"tyre_life"};
  const Fault faults[] = {
      {"duplicate_header", "y,tyre_life,y\n1,2,3\n", 1, 12, "a.csv line 1, y: fields 1 and 3 have the same name"},
      {"empty_header", "y,,tyre_life\n1,2,3\n", 1, 2, "a.csv line 1: the name of field 2 is empty"},
      {"missing_column", "y,tyre_live\n1,2\n", 1, -1,
       "a.csv line 1, tyre_life: column is missing: a numeric feature needs it; the nearest is tyre_live"},
  };

  for (const Fault& fault : faults) check_fault(bench, fault);
}

TEST_CASE("a file with another separator is told so") {
  const ReadinessBench bench;

  const auto missing = of_rule(bench.findings("y;x\n1;2\n"), "missing_column");

  REQUIRE(missing.size() == 1);
  CHECK(missing[0].message == "a.csv line 1, y: column is missing: the target needs it; fields are separated by commas only");
}

TEST_CASE("every column that the configuration names must exist, and the finding says who needs it") {
  ReadinessBench bench;
  bench.model.numeric = {"n"};
  bench.model.categorical = {"c"};
  bench.data.time_column = "t";
  bench.data.where = {{"w", {"1"}}};
  bench.data.unique = {"u"};
  bench.data.rising = {{"r", {"k"}}};
  bench.data.columns = {{"typed"}};
  bench.data.required_columns = {"q"};

  const auto missing = of_rule(bench.findings("other\n1\n"), "missing_column");

  std::map<std::string, std::string> by_column;
  for (const auto& finding : missing) by_column[finding.column] = finding.message;
  CHECK(by_column.size() == 10);
  for (const auto& [column, why] : std::map<std::string, std::string>{{"y", "the target"},
                                                                      {"n", "a numeric feature"},
                                                                      {"c", "a categorical feature"},
                                                                      {"t", "data.time"},
                                                                      {"w", "data.where"},
                                                                      {"u", "data.unique"},
                                                                      {"r", "data.rising"},
                                                                      {"k", "data.rising"},
                                                                      {"typed", "data.columns"},
                                                                      {"q", "data.required_columns"}}) {
    CAPTURE(column);
    CHECK(by_column[column].find(why + " needs it") != std::string::npos);
  }
}

TEST_CASE("a missing final line end is a warning and no more") {
  const ReadinessBench bench;

  bench.folder.write("a.csv", "y,x\n1,2\n3,4");
  const Readiness readiness = bench.check();

  REQUIRE(readiness.findings.size() == 1);
  CHECK(readiness.findings[0].rule == "missing_final_newline");
  CHECK(readiness.findings[0].level == FindingLevel::warning);
  CHECK(readiness.findings[0].row == 3);
  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(readiness.snapshot.sessions[0].rows == 2);
}

TEST_CASE("line breaks in quotes pass when the configuration allows them") {
  ReadinessBench bench;
  bench.data.allow_embedded_newlines = true;

  CHECK(bench.findings("y,x\n1,\"a\nb\"\n").empty());
}

TEST_CASE("one bad file shows all its faults at once, by line") {
  ReadinessBench bench;
  bench.model.numeric = {"x"};

  const auto findings = bench.findings("y,x\n1,abc\n1\n\n1,2\n1,inf\n");

  std::vector<std::pair<std::int64_t, std::string>> places;
  for (const auto& finding : findings) {
    if (finding.level == FindingLevel::error) places.emplace_back(finding.row, finding.rule);
  }
  CHECK(places ==
        std::vector<std::pair<std::int64_t, std::string>>{{2, "type"}, {3, "ragged_row"}, {4, "blank_line"}, {6, "not_finite"}});
}
