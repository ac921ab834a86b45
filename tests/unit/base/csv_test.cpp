#include "base/csv.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace std::string_literals;
using retrain::base::CsvFault;
using retrain::base::CsvReader;
using retrain::base::CsvRecord;

namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Reading {
  Rows rows;
  std::vector<std::int64_t> lines;
  std::vector<CsvFault> faults;
  bool missing_final_newline = false;
};

Reading read(std::string_view bytes, bool allow_embedded_newlines = false) {
  Reading reading;
  CsvReader reader(bytes, allow_embedded_newlines);
  CsvRecord record;
  while (reader.next(record)) {
    std::vector<std::string> row;
    for (const auto& field : record.fields) row.emplace_back(field.text);
    reading.rows.push_back(row);
    reading.lines.push_back(record.line);
    reading.faults.insert(reading.faults.end(), reader.faults().begin(), reader.faults().end());
    reading.missing_final_newline = reader.missing_final_newline();
  }
  return reading;
}

void check_one_fault(const Reading& reading, std::string_view rule, std::int64_t line, std::size_t byte) {
  REQUIRE(reading.faults.size() == 1);
  CHECK(reading.faults[0].rule == rule);
  CHECK(reading.faults[0].line == line);
  CHECK(reading.faults[0].byte == byte);
}

}  // namespace

TEST_CASE("every rule of RFC 4180 reads as it is written there") {
  struct Case {
    std::string bytes;
    Rows rows;
  };
  const Case cases[] = {
      {"a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},  // records end with a line break
      {"a,b\n1,2", {{"a", "b"}, {"1", "2"}}},        // the last may lack it
      {"a b , c\n", {{"a b ", " c"}}},               // blanks belong to the field
      {"\"a\",\"b\"\n", {{"a", "b"}}},               // quoted fields
      {"\"a,b\",c\n", {{"a,b", "c"}}},               // a separator in quotes
      {"\"a\"\"b\",\"\"\"\"\n", {{"a\"b", "\""}}},   // a doubled quote is one
      {"\"\",,\n", {{"", "", ""}}},                  // empty fields
      {"\xEF\xBB\xBF"
       "a\n1\n",
       {{"a"}, {"1"}}},  // a byte order mark is no part of the first name
      {"\xEF\xBB\xBF\"a\"\n", {{"a"}}},
      {"", {}},
      {"\xEF\xBB\xBF", {}},
  };
  for (const auto& [bytes, rows] : cases) {
    CAPTURE(bytes);

    const Reading reading = read(bytes);

    CHECK(reading.rows == rows);
    CHECK(reading.faults.empty());
  }
}

TEST_CASE("line breaks inside quotes are read when they are allowed, and a fault when not") {
  const std::string bytes = "a,b\n1,\"x\r\ny\nz\"\n2,w\n";

  const Reading allowed = read(bytes, true);
  const Reading refused = read(bytes, false);

  CHECK(allowed.rows == Rows{{"a", "b"}, {"1", "x\r\ny\nz"}, {"2", "w"}});
  CHECK(allowed.lines == std::vector<std::int64_t>{1, 2, 5});
  CHECK(allowed.faults.empty());
  CHECK(refused.rows == allowed.rows);
  check_one_fault(refused, "embedded_newline", 2, 8);
  CHECK(refused.faults[0].message == "quoted field runs over lines 2 to 4");
}

TEST_CASE("each break of the format is found once, with its line and offset") {
  CHECK(read("a,b\n1,2\n").faults.empty());
  check_one_fault(read("a,b\n1,x\"y\"\n"), "stray_quote", 2, 7);
  check_one_fault(read("a,b\n\"x\"y,2\n"), "text_after_quote", 2, 7);
  check_one_fault(read("a,b\n1,\"x\n"), "open_quote", 2, 6);
  check_one_fault(read("a,b\n1,\"x"), "open_quote", 2, 6);
  check_one_fault(read("a,b\n1,\"x", true), "open_quote", 2, 6);
  check_one_fault(read("a,b\n1,\""), "open_quote", 2, 6);
  check_one_fault(read("a,b\n1,\0\n"s), "nul_byte", 2, 6);
  check_one_fault(read("a,b\n1,\"\n\0\"\n"s, true), "nul_byte", 3, 8);
  check_one_fault(read("a,b\n1,2\r3\n"), "bare_cr", 2, 7);
  check_one_fault(read("a,b\n1,2\r\r\n"), "bare_cr", 2, 7);
  check_one_fault(read("a,b\n1,2\r"), "bare_cr", 2, 7);
  check_one_fault(read("a,b\n1,\"2\r3\"\n"), "embedded_newline", 2, 8);
  check_one_fault(read("a,b\n\"x\"\r,2\n"), "text_after_quote", 2, 7);
}

TEST_CASE("a quote that is never closed costs its own line and no other") {
  const Reading reading = read("a,b\n\"1,2\n3,4\n5,\"6\"\n7,8\n");

  check_one_fault(reading, "open_quote", 2, 4);
  CHECK(reading.rows == Rows{{"a", "b"}, {"1,2"}, {"3", "4"}, {"5", "6"}, {"7", "8"}});
  CHECK(reading.lines == std::vector<std::int64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("a quote that closes a hundred lines later is reported with both lines") {
  std::string bytes = "driver,lap\n\"HAM,1\n";
  for (int lap = 2; lap < 100; ++lap) bytes += "HAM," + std::to_string(lap) + "\n";
  bytes += "HAM\",100\n";

  const Reading reading = read(bytes);

  check_one_fault(reading, "embedded_newline", 2, 17);
  CHECK(reading.faults[0].message == "quoted field runs over lines 2 to 101");
}

TEST_CASE("limits of fields, records and columns hold at the boundary and break one beyond it") {
  using namespace retrain::base;
  const auto text = [](std::size_t size) { return std::string(size, 'x'); };
  std::string record = text(csv_max_record_bytes % csv_max_field_bytes);
  while (record.size() + csv_max_field_bytes < csv_max_record_bytes) record += "," + text(csv_max_field_bytes - 1);
  record += "," + text(csv_max_record_bytes - record.size() - 2) + "\n";
  REQUIRE(record.size() == csv_max_record_bytes);

  CHECK(read(text(csv_max_field_bytes) + "\n").faults.empty());
  check_one_fault(read("a\n" + text(csv_max_field_bytes + 1) + "\n"), "long_field", 2, 2);
  check_one_fault(read("a\n\"" + text(csv_max_field_bytes + 1) + "\"\n"), "long_field", 2, 2);
  CHECK(read(record).faults.empty());
  check_one_fault(read("x" + record), "long_line", 1, 0);
  CHECK(read(std::string(csv_max_fields - 1, ',') + "\n").faults.empty());
  check_one_fault(read("a\n" + std::string(csv_max_fields, ',') + "\n"), "many_fields", 2, 2);
  CHECK(read(std::string(100'000, ',') + "\n").rows[0].size() == csv_max_fields);
}

TEST_CASE("blank lines and a missing last line end are told apart from empty fields") {
  CsvReader reader("a\n\n\r\n\"\"\n,\nx", false);
  CsvRecord record;
  std::vector<bool> blank;

  while (reader.next(record)) blank.push_back(reader.blank());

  CHECK(blank == std::vector<bool>{false, true, true, false, false, false});
  CHECK(read("a\n1").missing_final_newline);
  CHECK(read("a\n1,").missing_final_newline);
  CHECK(read("a\n\"1\"").missing_final_newline);
  CHECK_FALSE(read("a\n1\n").missing_final_newline);
}

TEST_CASE("reading can go on at any record found before") {
  const std::string bytes = "a,b\n1,\"x\ny\"\n2,z\n3,w\n";
  CsvReader reader(bytes, true);
  CsvRecord record;
  reader.next(record);
  reader.next(record);
  reader.next(record);
  const CsvRecord third = record;

  reader.seek(third.byte, third.line);
  reader.next(record);

  CHECK(record.fields[0].text == "2");
  CHECK(record.line == 4);
  CHECK(record.fields[1].byte == third.fields[1].byte);
}

TEST_CASE("what a writer quotes comes back unchanged, with the offset and line of every field") {
  std::mt19937_64 random(7);
  const std::string alphabet = "ab,\"\n\r \xC3\xA9";
  for (int round = 0; round < 2000; ++round) {
    Rows rows(1 + random() % 4);
    std::string bytes;
    std::vector<std::size_t> offsets;
    std::vector<std::int64_t> lines;
    for (auto& row : rows) {
      lines.push_back(1 + std::count(bytes.begin(), bytes.end(), '\n'));
      row.resize(2);
      for (auto& field : row) {
        for (std::size_t length = random() % 6; length > 0; --length) field += alphabet[random() % alphabet.size()];
        if (&field != &row[0]) bytes += ',';
        offsets.push_back(bytes.size());
        bytes += '"';
        for (const char c : field) bytes += c == '"' ? "\"\"" : std::string(1, c);
        bytes += '"';
      }
      bytes += round % 2 == 0 ? "\n" : "\r\n";
    }
    CAPTURE(bytes);
    CsvReader reader(bytes, true);
    CsvRecord record;
    Rows read_rows;
    std::vector<std::size_t> read_offsets;
    std::vector<std::int64_t> read_lines;

    while (reader.next(record)) {
      REQUIRE(reader.faults().empty());
      read_lines.push_back(record.line);
      read_rows.emplace_back();
      for (const auto& field : record.fields) {
        read_rows.back().emplace_back(field.text);
        read_offsets.push_back(field.byte);
      }
    }

    REQUIRE(read_rows == rows);
    REQUIRE(read_offsets == offsets);
    REQUIRE(read_lines == lines);
  }
}

TEST_CASE("any bytes at all are read to their end in linear time, with faults inside the input") {
  std::mt19937_64 random(11);
  const std::string alphabet = "\",\n\r\0a"s;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (std::size_t length = random() % 40; length > 0; --length) bytes += alphabet[random() % alphabet.size()];
    CAPTURE(bytes);

    const Reading reading = read(bytes, round % 2 == 0);

    for (const auto& fault : reading.faults) {
      REQUIRE(fault.byte < bytes.size());
      REQUIRE(fault.line == 1 + std::count(bytes.begin(), bytes.begin() + std::ptrdiff_t(fault.byte), '\n'));
    }
    REQUIRE(std::is_sorted(reading.lines.begin(), reading.lines.end()));
  }
  std::string quotes;
  for (int line = 0; line < 300'000; ++line) quotes += "\"a\n";
  CHECK(read(quotes).rows.size() == 300'000);
}
