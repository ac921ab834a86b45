#include "column_check.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "row_keys.hpp"

namespace retrain::readiness {
namespace {

using csv::RowBits;

/// Faults of one cell's rows by rule.
class Found {
 public:
  void add(CellRule rule, std::uint32_t row) {
    rows_[std::size_t(rule)].set(row);
    all_.set(row);
  }
  const RowBits& all() const { return all_; }
  void store(std::uint32_t index, SegmentNotes& notes) const {
    for (std::size_t rule = 1; rule < std::size(rows_); ++rule) {
      if (rows_[rule].any()) notes.faults.push_back({SegmentNotes::Kind::cell, index, CellRule(rule), rows_[rule]});
    }
  }

 private:
  RowBits rows_[std::size_t(CellRule::values) + 1];
  RowBits all_;
};

}  // namespace

std::string_view rule_of(const SegmentNotes::Fault& fault) {
  switch (fault.kind) {
    case SegmentNotes::Kind::cell: break;
    case SegmentNotes::Kind::rising: return "type";
    case SegmentNotes::Kind::sum: return "sum_equals";
  }
  return to_string(fault.rule);
}

void SegmentNotes::clear() {
  batches.clear();
  missing.clear();
  faults.clear();
  new_keys.clear();
  orders.clear();
  counts.clear();
  rows = 0;
}

ColumnCheck::ColumnCheck(const Schema& schema, const Header& header, const TimeParser& times)
    : schema_(schema),
      header_(header),
      columns_(header.width, schema.missing_values),
      cell_time_(times),
      value_memos_(header.cells.size()),
      where_memos_(header.where.size()) {
  for (const auto& cell : header.cells) {
    if (cell.column->integer) columns_.expect_integers(cell.field);
  }
  if (header.count) columns_.expect_integers(*header.count);
}

csv::BatchColumns& ColumnCheck::bind(const csv::Segment& segment, std::uint32_t part) {
  part_ = part;
  columns_.bind(segment, segment.parts()[part]);
  return columns_;
}

void ColumnCheck::check(SegmentNotes& notes) {
  SegmentNotes::Batch batch;
  batch.part = part_;
  batch.first_row = notes.rows;
  notes.rows += columns_.rows();
  batch.missing_begin = std::uint32_t(notes.missing.size());
  batch.fault_begin = std::uint32_t(notes.faults.size());
  read_keys(notes);  // first: where key columns change, others need not look again
  check_cells(notes);
  check_rising(notes);
  check_sums(notes);
  if (header_.session) batch.new_session = columns_.changed(*header_.session);
  if (header_.time) batch.new_time = columns_.changed(*header_.time);
  batch.selected = selected_rows();
  batch.used = batch.selected & labelled_rows();
  batch.missing_end = std::uint32_t(notes.missing.size());
  batch.fault_end = std::uint32_t(notes.faults.size());
  notes.batches.push_back(batch);
}

template <class Claim>
RowBits ColumnCheck::rows_where(std::size_t field, Claim&& claim) {
  const RowBits changed = columns_.changed(field);
  RowBits rows;
  for (std::uint32_t row = 0; row < columns_.rows();) {
    const std::uint32_t next = std::min(changed.next(row + 1), columns_.rows());
    if (claim(row)) rows = rows | RowBits::range(row, next);
    row = next;
  }
  return rows;
}

RowBits ColumnCheck::missing_rows(const Header::Cell& cell) {
  if (cell.column->number) return columns_.numbers(cell.field).missing;
  if (!cell.column->date) return columns_.empty(cell.field);
  return rows_where(cell.field,
                    [&](std::uint32_t row) { return schema_.missing_values.contain(columns_.text(row, cell.field)); });
}

void ColumnCheck::check_cells(SegmentNotes& notes) {
  const RowBits all = RowBits::range(0, columns_.rows());
  for (std::uint32_t i = 0; i < header_.cells.size(); ++i) {
    const Header::Cell& cell = header_.cells[i];
    const CheckedColumn& column = *cell.column;
    const bool plain_text = !column.number && !column.date && column.values.empty();
    if (plain_text && !column.missing) continue;
    const RowBits missing = missing_rows(cell);
    if (missing.any()) notes.missing.push_back({i, missing});
    if (plain_text) continue;

    RowBits faulted;
    if (column.number) check_number(cell, i, notes, faulted);
    Found found;
    const auto ask = [&](auto&& rule_of) {
      const RowBits wrong =
          rows_where(cell.field, [&](std::uint32_t row) { return !missing.test(row) && rule_of(row) != CellRule::none; }) & all &
          ~missing & ~faulted & ~found.all();
      wrong.for_each([&](std::uint32_t row) { found.add(rule_of(row), row); });
    };
    if (column.date) ask([&](std::uint32_t row) { return check_date(columns_.text(row, cell.field), cell_time_); });
    if (!column.values.empty()) {
      ask([&](std::uint32_t row) {
        const bool allowed = value_memos_[i].get(columns_.raw(row, cell.field), [&](std::string_view) {
          return column.values.contains(columns_.text(row, cell.field));
        });
        return allowed ? CellRule::none : CellRule::values;
      });
    }
    if (found.all().any()) found.store(i, notes);
  }
}

void ColumnCheck::check_number(const Header::Cell& cell, std::uint32_t index, SegmentNotes& notes, RowBits& faulted) {
  const CheckedColumn& column = *cell.column;
  const auto& numbers = columns_.numbers(cell.field);
  const double least = std::max(column.min.value_or(-DBL_MAX), -double{FLT_MAX});
  const double most = std::min(column.max.value_or(DBL_MAX), double{FLT_MAX});
  const bool outside = numbers.least < least || numbers.most > most;
  const RowBits odd = column.integer ? numbers.hard & ~numbers.missing : numbers.bad;
  if (!outside && !odd.any()) return;
  Found found;
  odd.for_each([&](std::uint32_t row) {
    const std::string_view text = columns_.text(row, cell.field);
    if (numbers.bad.test(row) || !base::parse_integer(text)) found.add(unreadable_number(text), row);
  });
  if (outside) {
    for (std::uint32_t row = 0; row < columns_.rows(); ++row) {
      if (std::isnan(numbers.values[row]) || found.all().test(row)) continue;
      if (const CellRule rule = check_range(column, numbers.values[row]); rule != CellRule::none) found.add(rule, row);
    }
  }
  found.store(index, notes);
  faulted = found.all();
}

void ColumnCheck::check_rising(SegmentNotes& notes) {
  for (std::uint32_t i = 0; i < header_.rising.size(); ++i) {
    const Header::Rising& rising = header_.rising[i];
    const auto& numbers = columns_.numbers(rising.field);
    const std::size_t first = notes.orders.size();
    notes.orders.insert(notes.orders.end(), numbers.values, numbers.values + columns_.rows());
    if (!numbers.bad.any()) continue;
    RowBits unordered;
    numbers.bad.for_each([&](std::uint32_t row) {
      if (const auto time = cell_time_.parse(columns_.text(row, rising.field))) {
        notes.orders[first + row] = double(time->time_since_epoch().count());
      } else if (!rising.checked) {
        unordered.set(row);
      }
    });
    if (unordered.any()) notes.faults.push_back({SegmentNotes::Kind::rising, i, CellRule::none, unordered});
  }
}

void ColumnCheck::check_sums(SegmentNotes& notes) {
  for (std::uint32_t i = 0; i < header_.sums.size(); ++i) {
    const Header::Sum& sum = header_.sums[i];
    double total[csv::batch_rows] = {};
    for (const std::size_t field : sum.fields) {
      const double* values = columns_.numbers(field).values;
      for (std::uint32_t row = 0; row < columns_.rows(); ++row) total[row] += values[row];
    }
    const double* expected = columns_.numbers(sum.equals).values;
    RowBits wrong;
    for (std::uint32_t row = 0; row < columns_.rows(); ++row) {
      if (!adds_up(*sum.rule, total[row], expected[row])) wrong.set(row);
    }
    if (wrong.any()) notes.faults.push_back({SegmentNotes::Kind::sum, i, CellRule::none, wrong});
  }
}

void ColumnCheck::read_keys(SegmentNotes& notes) {
  for (const auto& fields : header_.key_lists) {
    RowBits changed;
    changed.set(0);
    for (const std::size_t field : fields) changed = changed | columns_.changed(field);
    notes.new_keys.push_back(changed);
  }
  if (!header_.count) return;
  // Cells that are easy without decimals are one to eight digits: plain ones do not begin with zero.
  const auto& numbers = columns_.numbers(*header_.count);
  const csv::TextCells cells = columns_.cells(*header_.count);
  const std::size_t first = notes.counts.size();
  notes.counts.resize(first + columns_.rows());
  std::uint32_t* const counts = notes.counts.data() + first;
  for (std::uint32_t row = 0; row < columns_.rows(); ++row) {
    const std::uint32_t begin = cells.begins[row * cells.begin_stride] + cells.begin_offset;
    const std::uint32_t length = cells.ends[row * cells.end_stride] - begin;
    const double value = numbers.values[row];
    const bool plain = (cells.text[begin] != '0') | (length == 1);
    const bool counts_rows = plain & (value >= 0) & (value < 1e8);
    counts[row] = counts_rows ? std::uint32_t(value) : SegmentNotes::no_count;
  }
  numbers.hard.for_each(
      [&](std::uint32_t row) { counts[row] = plain_count(columns_.text(row, *header_.count)).value_or(SegmentNotes::no_count); });
}

RowBits ColumnCheck::selected_rows() {
  if (header_.where.size() != schema_.where.size()) return {};
  RowBits rows = RowBits::range(0, columns_.rows());
  for (std::size_t i = 0; i < header_.where.size(); ++i) {
    const auto& condition = header_.where[i];
    rows = rows & rows_where(condition.field, [&](std::uint32_t row) {
             return where_memos_[i].get(columns_.raw(row, condition.field), [&](std::string_view) {
               return condition.values->contains(columns_.text(row, condition.field));
             });
           });
  }
  return rows;
}

RowBits ColumnCheck::labelled_rows() {
  if (!header_.target) return {};
  const auto& target = columns_.numbers(*header_.target);
  return ~target.missing & ~target.bad;
}

}  // namespace retrain::readiness
