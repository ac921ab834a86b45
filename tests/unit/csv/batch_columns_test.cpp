// Columns of batches against the cells themselves, whatever was known of the batch before.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "csv/batch_columns.hpp"
#include "csv/number.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::csv;

namespace {

/// Columns that hardly change beside such that do, in stretches; each may turn into the other.
std::string random_file(std::mt19937_64& random, std::size_t columns, std::size_t rows) {
  std::string text;
  for (std::size_t column = 0; column < columns; ++column) text += (column > 0 ? ",c" : "c") + std::to_string(column);
  text += '\n';
  std::vector<std::string> cells(columns);
  for (std::size_t row = 0; row < rows; ++row) {
    const bool calm = row / 700 % 2 == 0;
    for (std::size_t column = 0; column < columns; ++column) {
      if (row > 0 && column < columns / 2 && random() % (calm ? 90 : 2) != 0) continue;
      static const char* const odd[] = {"", "NA", "\"\"", "\"12\"", "x", "1e3", "-4", "0.5", "007", "a \"\" b"};
      const auto kind = random() % 8;
      cells[column] = kind == 0   ? odd[random() % (std::size(odd) - 1)]
                      : kind == 1 ? std::string(random() % 90, 'y')
                                  : std::to_string(random() % 500);
    }
    for (std::size_t column = 0; column < columns; ++column) text += (column > 0 ? "," : "") + cells[column];
    text += '\n';
  }
  return text;
}

class ComparingSink final : public RowSink {
 public:
  ComparingSink(std::mt19937_64& random, const base::MissingValues& missing) : random_(random), missing_(missing) {}

  bool take_header(std::string_view, const base::CsvReader&, const base::CsvRecord* record) override {
    width_ = record->fields.size();
    columns_.emplace(width_, missing_);
    return true;
  }
  void prepare(const Segment&, std::size_t) override {}
  void take(const Segment& segment, std::size_t, std::int64_t) override {
    for (const auto& part : segment.parts()) {
      if (part.careful) continue;
      columns_->bind(segment, part);
      for (std::size_t field = 0; field < width_; ++field) {
        if (random_() % 4 != 0) compare_texts(segment, part, field);
        if (random_() % 4 != 0) compare_numbers(segment, part, field);
      }
      ++batches;
    }
  }
  std::size_t batches = 0;

 private:
  void compare_texts(const Segment& segment, const Segment::Part& part, std::size_t field) {
    const RowBits changed = columns_->changed(field), empty = columns_->empty(field);
    for (std::uint32_t row = 0; row < part.rows; ++row) {
      const std::string_view cell = segment.raw(part, row, field);
      REQUIRE(changed.test(row) == (row == 0 || cell != segment.raw(part, row - 1, field)));
      REQUIRE(empty.test(row) == (cell.empty() || cell == "\"\""));
    }
  }
  void compare_numbers(const Segment& segment, const Segment::Part& part, std::size_t field) {
    const auto& numbers = columns_->numbers(field);
    std::string buffer;
    for (std::uint32_t row = 0; row < part.rows; ++row) {
      const std::string_view cell = unquote(segment.raw(part, row, field), buffer);
      const auto value = missing_.contain(cell) ? std::nullopt : parse_number(cell);
      REQUIRE(numbers.missing.test(row) == missing_.contain(cell));
      REQUIRE(numbers.bad.test(row) == (!value && !missing_.contain(cell)));
      REQUIRE(std::isnan(numbers.values[row]) == !value.has_value());
      if (!value) continue;
      REQUIRE(numbers.values[row] == *value);
      REQUIRE(numbers.least <= *value);
      REQUIRE(numbers.most >= *value);
    }
  }

  std::mt19937_64& random_;
  const base::MissingValues& missing_;
  std::size_t width_ = 0;
  std::optional<BatchColumns> columns_;
};

}  // namespace

TEST_CASE("columns that hardly change are read as if each cell were read by itself") {
  std::mt19937_64 random(11);
  const test::TemporaryFolder folder;
  for (const auto& texts : {std::vector<std::string>{"", "NA"}, std::vector<std::string>{"", "999"}}) {
    const base::MissingValues missing(texts);
    for (const std::size_t width : {1, 2, 7, 12}) {
      const std::string path = folder.write("laps.csv", random_file(random, width, 3000));
      for (const auto set : supported_sets()) {
        ComparingSink sink(random, missing);
        ScanOptions options;
        options.instructions = set;
        options.chunk = 16 << 10U;

        REQUIRE(scan_file(**SourceFile::open(path), options, sink).ok());

        REQUIRE(sink.batches > 20);
      }
    }
  }
}
