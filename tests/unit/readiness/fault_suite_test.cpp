// The detection suite: every class of faults is noticed, with the right rule and place, and clean files are not accused.
#include <doctest/doctest.h>

#include <retrain/data_source.hpp>
#include <set>

#include "bench.hpp"
#include "fault_files.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

struct LapBench : ReadinessBench {
  LapBench() { set_lap_rules(data, model); }
};

}  // namespace

TEST_CASE("every class of faults is noticed, with its rule, its level and its place") {
  const LapBench bench;
  std::set<std::string> names;
  for (const FaultClass& fault : fault_classes()) {
    CAPTURE(std::string(fault.name));
    names.insert(fault.name);
    LapTable table = LapTable::clean();
    const std::string bytes = fault.pollute(table);

    const auto all = bench.findings(bytes);

    const auto found = of_rule(all, fault.rule);
    CHECK_MESSAGE(!found.empty(), std::string(fault.rule));
    if (found.empty()) continue;
    const auto expected = std::find_if(found.begin(), found.end(), [&](const Finding& finding) {
      return finding.row == fault.row && finding.column == fault.column;
    });
    CHECK_MESSAGE(expected != found.end(), found.front().message);
    if (expected == found.end()) continue;
    if (*fault.value != '\0') CHECK(expected->value == fault.value);
    CHECK(expected->session == "a");
    CHECK(expected->file == bench.folder / "a.csv");
    CHECK(expected->count >= 1);
    CHECK(expected->level == (std::string(fault.rule) == "missing_final_newline" ? FindingLevel::warning : FindingLevel::error));
    if (expected->byte >= 0 && fault.row > 0) {
      const auto line = 1 + std::count(bytes.begin(), bytes.begin() + expected->byte, '\n');
      CHECK(line >= fault.row);
    }
  }
  CHECK(names.size() >= 100);
}

TEST_CASE("clean tables are not accused, with a byte order mark, CRLF, quotes or missing cells") {
  const LapBench bench;
  const auto quiet = [&](const LapTable& table) { CHECK(bench.findings(table.text()).empty()); };

  quiet(LapTable::clean());
  LapTable marked = LapTable::clean();
  marked.before = "\xEF\xBB\xBF";
  quiet(marked);
  LapTable windows = LapTable::clean();
  windows.ends.assign(windows.rows.size(), "\r\n");
  quiet(windows);
  LapTable quoted = LapTable::clean();
  for (auto& row : quoted.rows) {
    for (auto& cell : row) {
      if (!cell.starts_with('"')) cell = "\"" + cell + "\"";
    }
  }
  quiet(quoted);
  LapTable missing = LapTable::clean();
  missing.cell(7, "sector1") = "NA";
  missing.cell(8, "lap_time") = "";
  missing.cell(9, "sector1") = "+30";
  missing.cell(10, "sector1") = "3.0e1";
  quiet(missing);
}

TEST_CASE("the twelve shapes of a well-formed file are read as what they say") {
  struct Shape {
    const char* name;
    std::string bytes;
    std::vector<std::vector<std::string>> cells;
  };
  const Shape shapes[] = {
      {"a separator in quotes", "y,a\n1,\"x, z\"\n", {{"1", "x, z"}}},
      {"nothing in cells", "y,a\n1,\"\"\n2,\n", {{"1", ""}, {"2", ""}}},
      {"nothing in cells, CRLF", "y,a\r\n1,\"\"\r\n2,\r\n", {{"1", ""}, {"2", ""}}},
      {"quotes in quotes", "y,a\n1,\"say \"\"yes\"\"\"\n", {{"1", "say \"yes\""}}},
      {"JSON in a cell", "y,a\n1,\"{\"\"k\"\": [1, 2]}\"\n", {{"1", "{\"k\": [1, 2]}"}}},
      {"a line break in quotes", "y,a\n1,\"up\ndown\"\n", {{"1", "up\ndown"}}},
      {"a CRLF in quotes", "y,a\r\n1,\"up\r\ndown\"\r\n", {{"1", "up\r\ndown"}}},
      {"quotes beside line breaks", "y,a\n1,\"\n\"\"in\"\"\n\"\n", {{"1", "\n\"in\"\n"}}},
      {"plain", "y,a\n1,b\n", {{"1", "b"}}},
      {"plain, CRLF", "y,a\r\n1,b\r\n", {{"1", "b"}}},
      {"letters of the world",
       "y,a\n1,\xCA\xA4 \xE2\x82\xAC \xF0\x9F\x8F\x8E\n",
       {{"1", "\xCA\xA4 \xE2\x82\xAC \xF0\x9F\x8F\x8E"}}},
      {"cells over many lines", "y,a\n1,\"one\n\nthree\"\n2,\"x\"\n", {{"1", "one\n\nthree"}, {"2", "x"}}},
  };
  ReadinessBench bench;
  bench.data.allow_embedded_newlines = true;
  bench.model.categorical = {"a"};
  for (const Shape& shape : shapes) {
    CAPTURE(std::string(shape.name));
    bench.folder.write("a.csv", shape.bytes);

    const Readiness readiness = bench.check();
    const auto stream =
        make_csv_data_source(bench.data)->open(readiness.snapshot, row_selection(bench.model, bench.data, {}), {});
    const auto frame = stream.value()->next().value();

    CHECK(readiness.findings.empty());
    REQUIRE(frame->rows == shape.cells.size());
    for (std::size_t row = 0; row < frame->rows; ++row) {
      CHECK(frame->target.values[row] == std::stof(shape.cells[row][0]));
      const auto& column = frame->categorical[0];
      CHECK((column.codes[row] < 0 ? "" : column.dictionary[std::size_t(column.codes[row])]) == shape.cells[row][1]);
    }
  }
}
