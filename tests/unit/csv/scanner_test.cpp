#include "csv/scanner.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/sha256.hpp"
#include "reading.hpp"

using namespace retrain;
using namespace retrain::csv;
using namespace retrain::test;
using namespace std::string_literals;

namespace {

std::string random_bytes(std::mt19937_64& random, std::string_view alphabet, std::size_t length) {
  std::string bytes;
  while (bytes.size() < length) bytes += alphabet[random() % alphabet.size()];
  return bytes;
}

/// Rows that are mostly well formed, as a writer would make them, some broken.
std::string random_table(std::mt19937_64& random, std::size_t rows, bool breaks) {
  static const std::string cells[] = {"1",          "12.5",        "",     "NA",         "\"a,b\"", "\"\"",
                                      "\"x\"\"y\"", "K\xC3\xB6ln", "-3e5", "abc def ghi"};
  static const std::string broken[] = {"\"", "a\"b", "\"a\"b", "\xF6", "\0"s, "1,2", "\r", "\"a\nb\"", "\n", "\"a\r\nb"};
  const std::string end = random() % 3 == 0 ? "\r\n" : "\n";
  std::string bytes = random() % 4 == 0 ? "\xEF\xBB\xBF" : "";
  bytes += "a,b,c" + end;
  for (std::size_t row = 0; row < rows; ++row) {
    for (int field = 0; field < 3; ++field) {
      if (field > 0) bytes += ',';
      bytes += breaks && random() % 40 == 0 ? broken[random() % std::size(broken)] : cells[random() % std::size(cells)];
    }
    bytes += end;
  }
  if (random() % 3 == 0) bytes.resize(bytes.size() - end.size());
  return bytes;
}

void check_all_ways(const TemporaryFolder& folder, const std::string& bytes, std::initializer_list<std::uint32_t> chunks) {
  CAPTURE(bytes.substr(0, 400));
  for (const bool embedded : {false, true}) {
    const Dialect dialect{',', embedded};
    const Reading expected = read_slowly(bytes, dialect);
    for (const auto set : supported_sets()) {
      for (const std::uint32_t chunk : chunks) {
        for (const unsigned threads : {1U, 3U}) {
          CAPTURE(to_string(set));
          CAPTURE(chunk);
          CAPTURE(threads);
          REQUIRE(scan(folder, bytes, {dialect, threads, set, chunk, false}) == expected);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("any bytes are read as the slow reader reads them, by every form, chunk size and number of threads") {
  const TemporaryFolder folder;
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    check_all_ways(folder, random_bytes(random, "\",\n\r\0a\xC3\xA9"s, random() % 300), {1, 7, 64, 4096});
  }
}

TEST_CASE("tables are read as the slow reader reads them, broken or not") {
  const TemporaryFolder folder;
  std::mt19937_64 random(6);
  for (int round = 0; round < 30; ++round) {
    check_all_ways(folder, random_table(random, 1 + random() % 60, round % 2 == 0), {64, 100, 1U << 20U});
  }
}

TEST_CASE("a clean table takes the fast lane whole, also with CRLF, quotes and letters beyond ASCII") {
  const TemporaryFolder folder;
  for (const std::string end : {"\n", "\r\n"}) {
    std::string bytes = "\xEF\xBB\xBF";
    bytes += "a,b,c" + end;
    for (int row = 0; row < 3000; ++row) bytes += std::to_string(row) + ",\"x, \"\"y\"\"\",S\xC3\xA3o Paulo" + end;
    for (const auto set : supported_sets()) {
      const Reading reading = scan(folder, bytes, {{}, 1, set, 5000});

      CHECK(reading == read_slowly(bytes));
      CHECK(reading.careful == 0);
    }
  }
}

TEST_CASE("another delimiter is taken as stated, and the comma is text then") {
  const TemporaryFolder folder;
  for (const auto set : supported_sets()) {
    const Reading reading = scan(folder, "a;b\n1,5;\"x;y\"\n", {{';', false}, 1, set});

    REQUIRE(reading.records.size() == 2);
    CHECK(reading.records[1].fields == std::vector<std::string>{"1,5", "x;y"});
    CHECK(reading.careful == 0);
  }
}

TEST_CASE("the hash is that of all bytes, whatever the chunks and threads, also when no row is wanted") {
  const TemporaryFolder folder;
  std::mt19937_64 random(7);
  const std::string bytes = random_table(random, 2000, true);
  const auto source = SourceFile::open(folder.write("a.csv", bytes)).value();
  for (const std::uint32_t chunk : {64U, 1000U, 1U << 20U}) {
    for (const unsigned threads : {1U, 2U, 5U}) {
      ReadingSink sink({});
      CHECK(scan_file(*source, {{}, threads, best_set(), chunk}, sink).value() == base::sha256(bytes));
    }
  }
  ReadingSink sink({});
  CHECK(scan_file(*SourceFile::open(folder.write("b.csv", "")).value(), {}, sink).value() == base::sha256(""));
}

TEST_CASE("a record beyond all limits is cut at the end of its line, and reading goes on there in bounded memory") {
  const TemporaryFolder folder;
  std::string bytes = "a,b\n1,2\n";
  bytes += std::string(record_window + 100'000, 'x') + "\n3,4\n";
  for (const unsigned threads : {1U, 3U}) {
    const Reading reading = scan(folder, bytes, {{}, threads, best_set(), 1U << 16U, false});

    REQUIRE(reading.records.size() == 4);
    CHECK(reading.records[1].fields == std::vector<std::string>{"1", "2"});
    CHECK(reading.records[3].fields == std::vector<std::string>{"3", "4"});
    CHECK(reading.records[3].line == 4);
  }
}

TEST_CASE("rows that all need care cost time that grows with the file, no faster") {
  const TemporaryFolder folder;
  std::string bytes = "a,b\n";
  for (int row = 0; row < 30'000; ++row) bytes += row % 3 == 0 ? "1\n" : row % 3 == 1 ? "1,\xFF\n" : "1,a\"b\n";

  const Reading reading = scan(folder, bytes, {});

  CHECK(reading.careful == 30'000);
  CHECK(reading == read_slowly(bytes));
}
