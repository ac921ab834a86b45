#include "batch_columns.hpp"

#include <algorithm>
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
  const TextCells cells = segment_->cells(*part_, field);
  NumberValues easy{numbers.values};
  segment_->kernels().numbers(cells, column.decimals, easy);
  numbers.hard = {{easy.hard[0], easy.hard[1]}};
  numbers.least = easy.least;
  numbers.most = easy.most;
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
      numbers.least = std::min(numbers.least, *value);
      numbers.most = std::max(numbers.most, *value);
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
  segment_->kernels().changes(segment_->cells(*part_, field), column.changed.words);
  return column.changed;
}

RowBits BatchColumns::empty(std::size_t field) const {
  const TextCells cells = segment_->cells(*part_, field);
  const auto length_of = [&](std::uint32_t row) {
    return cells.ends[row * cells.end_stride] - cells.begins[row * cells.begin_stride] - cells.begin_offset;
  };
  RowBits rows;
  const auto look = [&](std::uint32_t row, std::uint32_t last) {
    const std::uint32_t length = length_of(row);
    if (length == 0 || (length == 2 && cells.text[cells.ends[row * cells.end_stride] - 2] == '"')) {
      rows = rows | RowBits::range(row, last);
    }
  };
  if (const Column& column = columns_[field]; column.changed_of == batch_) {
    for (std::uint32_t row = 0; row < cells.count;) {
      const std::uint32_t last = std::min(column.changed.next(row + 1), cells.count);
      look(row, last);
      row = last;
    }
    return rows;
  }
  bool perhaps = false;
  for (std::uint32_t row = 0; row < cells.count; ++row) perhaps |= (length_of(row) & ~2U) == 0;
  for (std::uint32_t row = 0; perhaps && row < cells.count; ++row) look(row, row + 1);
  return rows;
}

}  // namespace retrain::csv
