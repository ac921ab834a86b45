#include "batch_columns.hpp"

#include <cstring>
#include <limits>

#include "number.hpp"

namespace retrain::csv {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t most_decimals = 6;

std::uint32_t decimals_of(std::string_view cell) {
  const auto point = cell.find('.');
  const std::size_t decimals = point == std::string_view::npos ? 0 : cell.size() - point - 1;
  return decimals <= most_decimals ? std::uint32_t(decimals) : 0;
}

/// The last bytes of a cell, at most eight; what lies before it is shifted out.
std::uint64_t tail(const char* end, std::uint32_t length) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, end - sizeof bytes, sizeof bytes);
  if (length >= sizeof bytes) return bytes;
  if constexpr (std::endian::native == std::endian::big) return bytes & ((std::uint64_t{1} << (8 * length)) - 1);
  return length == 0 ? 0 : bytes >> (64 - 8 * length);
}

}  // namespace

BatchColumns::BatchColumns(std::size_t width, const base::MissingValues& missing) : missing_(&missing), columns_(width) {
  for (const auto& text : missing.texts()) {
    if (const auto number = parse_number(text)) missing_numbers_.push_back(*number);
  }
}

void BatchColumns::bind(const Segment& segment, const Segment::Part& part) {
  segment_ = &segment;
  part_ = &part;
  ++batch_;
}

const BatchColumns::Numbers& BatchColumns::numbers(std::size_t field) {
  Column& column = columns_[field];
  if (column.numbers_of == batch_) return *column.numbers;
  column.numbers_of = batch_;
  if (!column.numbers) column.numbers = std::make_unique<Numbers>();
  Numbers& numbers = *column.numbers;
  numbers.missing = numbers.bad = {};
  NumberCells cells = segment_->cells(*part_, field);
  cells.decimals = column.decimals;
  segment_->kernels().numbers(cells, numbers.values, numbers.hard.words);
  for (const double missing : missing_numbers_) {
    for (std::uint32_t row = 0; row < cells.count; ++row) {
      if (numbers.values[row] == missing) numbers.hard.set(row);
    }
  }
  if (numbers.hard.any()) read_hard(column, field);
  return numbers;
}

void BatchColumns::read_hard(Column& column, std::size_t field) {
  Numbers& numbers = *column.numbers;
  std::string_view first;
  std::uint32_t plain = 0;
  numbers.hard.for_each([&](std::uint32_t row) {
    const std::string_view cell = raw(row, field);
    std::optional<double> value;
    const std::string_view bare = cell.empty() || cell.front() != '"' ? cell : unquote(cell, buffer_);
    if (missing_->contain(bare)) {
      numbers.missing.set(row);
    } else if ((value = parse_number(bare))) {
      if (plain++ == 0) first = cell;
    } else {
      numbers.bad.set(row);
    }
    numbers.values[row] = value.value_or(nan);
  });
  // Most of this batch was written with other decimals than expected: the next one will be too.
  if (!column.integer && 2 * plain > rows()) column.decimals = decimals_of(first);
}

RowBits BatchColumns::changed(std::size_t field) {
  Column& column = columns_[field];
  if (column.changed_of == batch_) return column.changed;
  column.changed_of = batch_;
  const NumberCells cells = segment_->cells(*part_, field);
  std::uint64_t words[2] = {0, 0};
  std::uint32_t last_length = UINT32_MAX;
  std::uint64_t last_tail = 0;
  const char* last_end = nullptr;
  for (std::uint32_t row = 0; row < cells.count; ++row) {
    const std::uint32_t end_at = cells.ends[row * cells.end_stride];
    const std::uint32_t length = end_at - cells.begins[row * cells.begin_stride] - cells.begin_offset;
    const char* const end = cells.text + end_at;
    const std::uint64_t bytes = tail(end, length);
    bool differs = length != last_length || bytes != last_tail;
    if (!differs && length > 8) differs = std::memcmp(end - length, last_end - length, length - 8) != 0;
    words[row / 64] |= std::uint64_t{differs} << (row % 64);
    last_length = length;
    last_tail = bytes;
    last_end = end;
  }
  column.changed = {{words[0], words[1]}};
  return column.changed;
}

RowBits BatchColumns::empty(std::size_t field) const {
  const NumberCells cells = segment_->cells(*part_, field);
  std::uint64_t words[2] = {0, 0};
  for (std::uint32_t row = 0; row < cells.count; ++row) {
    const std::uint32_t begin = cells.begins[row * cells.begin_stride] + cells.begin_offset;
    const std::uint32_t length = cells.ends[row * cells.end_stride] - begin;
    const bool empty = length == 0 || (length == 2 && cells.text[begin] == '"');
    words[row / 64] |= std::uint64_t{empty} << (row % 64);
  }
  return {{words[0], words[1]}};
}

}  // namespace retrain::csv
