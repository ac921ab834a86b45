#include "batch_columns.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "number.hpp"

namespace retrain::csv {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t most_decimals = 6;
constexpr std::uint32_t most_changes = 8;  // in a batch of a steady column

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
  for (std::size_t first = 0; first < columns_.size(); ++first) {
    if (!columns_[first].steady) continue;
    std::size_t last = first;
    bool asked = false;
    for (; last < columns_.size() && columns_[last].steady; ++last) asked |= columns_[last].asked;
    // To read numbers anew costs less than to compare their texts.
    if (asked) compare_steady(first, last);
    first = last;
  }
}

/// Fields that stand side by side, up to `last`: where all of them together are as in the row above, each of them is.
void BatchColumns::compare_steady(std::size_t first, std::size_t last) {
  TextCells cells = segment_->cells(*part_, first);
  cells.ends += last - 1 - first;
  RowBits together;
  segment_->kernels().changes(cells, together.words);
  const bool alone = last - first == 1;
  for (std::size_t field = first; field < last; ++field) {
    RowBits changed = together;
    if (!alone) {
      together.for_each([&](std::uint32_t row) {
        if (row > 0 && raw(row, field) == raw(row - 1, field)) changed.words[row / 64] &= ~(std::uint64_t{1} << (row % 64));
      });
    }
    set_changed(columns_[field], changed);
  }
}

void BatchColumns::set_changed(Column& column, RowBits rows) {
  column.changed = rows;
  column.changed_of = batch_;
  column.steady = rows.count() <= most_changes;
}

const BatchColumns::Numbers& BatchColumns::numbers(std::size_t field) {
  Column& column = columns_[field];
  if (column.numbers_of == batch_) return *column.numbers;
  column.numbers_of = batch_;
  if (!column.numbers) column.numbers = std::make_unique<Numbers>();
  if (column.changed_of == batch_ && read_repeated(column, field)) return *column.numbers;
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
  if (numbers.hard.any()) {
    read_hard(column, field);
  } else if (numbers.least == numbers.most) {
    column.steady = true;
  }
  return numbers;
}

/// Reads the cells of a steady column that are not as the one above. False when one of them is hard.
bool BatchColumns::read_repeated(Column& column, std::size_t field) {
  Numbers& numbers = *column.numbers;
  if (column.changed.count() > most_changes || !missing_numbers_.empty()) return false;
  numbers.missing = numbers.bad = numbers.hard = {};
  numbers.least = std::numeric_limits<double>::infinity();
  numbers.most = -numbers.least;
  const TextCells all = segment_->cells(*part_, field);
  for (std::uint32_t row = 0; row < all.count;) {
    const std::uint32_t next = std::min(column.changed.next(row + 1), all.count);
    TextCells cell = all;
    cell.begins += std::size_t{row} * all.begin_stride;
    cell.ends += std::size_t{row} * all.end_stride;
    cell.count = 1;
    NumberValues value{numbers.values + row};
    segment_->kernels().numbers(cell, column.decimals, value);
    if (value.hard[0] != 0) return false;
    std::fill(numbers.values + row + 1, numbers.values + next, numbers.values[row]);
    numbers.least = std::min(numbers.least, value.least);
    numbers.most = std::max(numbers.most, value.most);
    row = next;
  }
  return true;
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
  column.asked = true;
  if (column.changed_of == batch_) return column.changed;
  RowBits rows;
  segment_->kernels().changes(segment_->cells(*part_, field), rows.words);
  set_changed(column, rows);
  return column.changed;
}

RowBits BatchColumns::empty(std::size_t field) {
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
  // Where it changes will be asked for, as it was before: then only those rows need be looked at.
  if (columns_[field].asked) {
    const RowBits changed = this->changed(field);
    for (std::uint32_t row = 0; row < cells.count;) {
      const std::uint32_t last = std::min(changed.next(row + 1), cells.count);
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
