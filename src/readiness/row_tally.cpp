#include "row_tally.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "csv/number.hpp"
#include "row_messages.hpp"

namespace retrain::readiness {

using csv::RowBits;

/// A batch with what was noted of it.
struct RowTally::Batch {
  const csv::Segment& segment;
  const csv::Segment::Part& part;
  const SegmentNotes& notes;
  const SegmentNotes::Batch& noted;
  std::size_t index = 0;      // among the notes' batches
  std::size_t first_row = 0;  // rows of the batches before
  std::int64_t line = 0;

  std::string_view raw(std::uint32_t row, std::size_t field) const { return segment.raw(part, row, field); }
  std::string text(std::uint32_t row, std::size_t field) const {
    std::string buffer;
    return std::string(csv::unquote(raw(row, field), buffer));
  }
  std::int64_t byte(std::uint32_t row, std::size_t field) const { return std::int64_t(segment.offset(raw(row, field).data())); }
  std::string readable(std::uint32_t row, const std::vector<std::size_t>& fields) const {
    std::vector<std::string> texts;
    for (const std::size_t field : fields) texts.push_back("'" + base::printable(text(row, field)) + "'");
    return base::join(texts, ", ");
  }
};

RowTally::RowTally(const Schema& schema, const TimeParser& times, FindingLog& log, std::string_view stem, std::size_t memory)
    : schema_(schema),
      log_(log),
      stem_(stem),
      unique_name_(base::join(schema.unique, ", ")),
      time_(times),
      cell_time_(times),
      memory_(memory) {
  if (schema_.session_column.empty()) tally(stem);
}

void RowTally::set_header(const Header& header) {
  header_ = &header;
  const std::size_t lists = header.key_lists.size();
  groups_.resize(lists);
  prints_.resize(lists);
  numbers_.resize(lists);
  std::vector<std::size_t> rising_lists;
  for (const auto& rising : header.rising) rising_lists.push_back(rising.key_list);
  memory_.begin(lists, header.unique_list, std::move(rising_lists));
}

RowTally::Tally& RowTally::tally(std::string_view id) {
  if (last_ != nullptr && last_->session.id == id) return *last_;
  const auto entry = tally_of_.find(id);
  if (entry != tally_of_.end()) {
    last_ = &tallies_[entry->second];
  } else {
    last_ = &tallies_.emplace_back();
    last_->session.id = id;
    last_->number = std::uint32_t(tallies_.size()) - 1;
    tally_of_.try_emplace(last_->session.id, last_->number);
  }
  return *last_;
}

bool RowTally::check_id(std::string_view id, std::int64_t line, std::uint64_t byte) {
  if (base::safe_id(id)) return true;
  log_.error("session_id", {{}, line, schema_.session_column, std::int64_t(byte), id},
             [&] { return "'" + base::printable(id) + "' is not a session id: letters, digits, '.', '_' and '-', at most 128"; });
  return false;
}

void RowTally::take_broken_row() {
  // It is a row all the same, of the only session it can be.
  if (schema_.session_column.empty()) ++tallies_.front().session.rows;
}

void RowTally::take_batch(const csv::Segment& segment, const SegmentNotes& notes, const SegmentNotes::Batch& noted,
                          std::int64_t line) {
  Batch batch{segment, segment.parts()[noted.part], notes, noted, std::size_t(&noted - notes.batches.data()), noted.first_row,
              line};
  const std::uint32_t rows = batch.part.rows;
  finder_.pass(segment.offset(batch.raw(0, 0).data()), line);
  for (std::uint32_t first = 0; first < rows;) {
    std::uint32_t last = rows;
    std::string_view id = stem_;
    std::string buffer;
    if (header_->session) {
      last = std::min(noted.new_session.next(first + 1), rows);
      id = csv::unquote(batch.raw(first, *header_->session), buffer);
    }
    if (!header_->session || base::safe_id(id)) {
      take_rows(batch, tally(id), first, last);
    } else {
      for (std::uint32_t row = first; row < last; ++row) {
        check_id(id, line + row, std::uint64_t(batch.byte(row, *header_->session)));
      }
    }
    first = last;
  }
  memory_.settle(line + rows);
}

/// Rows of one session, next to each other.
void RowTally::take_rows(const Batch& batch, Tally& tally, std::uint32_t first, std::uint32_t last) {
  const RowBits here = RowBits::range(first, last);
  tally.session.rows += last - first;
  tally.session.selected_rows += (batch.noted.selected & here).count();
  tally.session.used_rows += (batch.noted.used & here).count();
  count_missing(batch, tally, here);
  log_faults(batch, tally, here);
  std::string buffer;
  if (header_->time) {
    for (std::uint32_t row = first; row < last; row = batch.noted.new_time.next(row + 1)) {
      take_time(tally, csv::unquote(batch.raw(row, *header_->time), buffer));
    }
  }
  if (!header_->unique.empty() || !header_->rising.empty()) take_keys(batch, tally, first, last);
}

void RowTally::count_missing(const Batch& batch, Tally& tally, const RowBits& rows) {
  for (std::uint32_t i = batch.noted.missing_begin; i < batch.noted.missing_end; ++i) {
    const auto& found = batch.notes.missing[i];
    const RowBits here = found.rows & rows;
    if (here.any()) count_missing(tally, found.cell, here.count(), batch.line + here.next(0));
  }
}

void RowTally::count_missing(Tally& tally, std::size_t cell, std::int64_t count, std::int64_t first_line) {
  auto& all = tally.missing;
  const auto known = std::lower_bound(all.begin(), all.end(), cell,
                                      [](const Missing& missing, std::size_t wanted) { return missing.cell < wanted; });
  if (known == all.end() || known->cell != cell) {
    all.insert(known, {cell, count, first_line});
  } else {
    known->count += count;
  }
}

/// Faults of the same rule are told row by row, in the order of the cells; those beyond the kept ones are only counted.
void RowTally::log_faults(const Batch& batch, Tally& tally, const RowBits& rows) {
  RowBits told;
  for (std::uint32_t i = batch.noted.fault_begin; i < batch.noted.fault_end; ++i) {
    const auto& fault = batch.notes.faults[i];
    const RowBits here = fault.rows & rows;
    if (!here.any()) continue;
    if (log_.keeps(rule_of(fault), tally.session.id)) {
      told = told | here;
    } else {
      log_.count_errors(rule_of(fault), tally.session.id, here.count());
    }
  }
  // A rule that still kept places before this loop keeps being told one by one in it.
  std::vector<const SegmentNotes::Fault*> open;
  if (!told.any()) return;
  for (std::uint32_t i = batch.noted.fault_begin; i < batch.noted.fault_end; ++i) {
    const auto& fault = batch.notes.faults[i];
    if ((fault.rows & rows).any() && log_.keeps(rule_of(fault), tally.session.id)) open.push_back(&fault);
  }
  told.for_each([&](std::uint32_t row) {
    for (const auto* fault : open) {
      if (fault->rows.test(row)) log_fault(batch, tally, *fault, row);
    }
  });
}

void RowTally::log_fault(const Batch& batch, const Tally& tally, const SegmentNotes::Fault& fault, std::uint32_t row) {
  const auto tell = [&](std::string_view rule, std::string_view column, std::size_t field, auto&& describe) {
    const std::string text = batch.text(row, field);
    const Place place{tally.session.id, batch.line + row, column, batch.byte(row, field), text};
    log_.error(rule, place, [&] { return describe(text); });
  };
  switch (fault.kind) {
    case SegmentNotes::Kind::cell: {
      const auto& cell = header_->cells[fault.index];
      return tell(to_string(fault.rule), cell.column->name, cell.field,
                  [&](std::string_view text) { return describe(fault.rule, *cell.column, text); });
    }
    case SegmentNotes::Kind::rising: {
      const auto& rising = header_->rising[fault.index];
      return tell("type", *rising.column, rising.field, unordered);
    }
    case SegmentNotes::Kind::sum: {
      const auto& sum = header_->sums[fault.index];
      double total = 0;
      for (const std::size_t field : sum.fields) total += csv::parse_number(batch.text(row, field)).value_or(0);
      return tell("sum_equals", sum.rule->equals, sum.equals,
                  [&](std::string_view text) { return does_not_add_up(*sum.rule, text, total); });
    }
  }
}

void RowTally::take_time(Tally& tally, std::string_view text) {
  const auto time = time_.parse(text);
  if (time && (!tally.session.time || *time > *tally.session.time)) tally.session.time = time;
}

/// Numbers the keys of the rows that begin a group. All are looked for in the tables at once: each by itself would wait for
/// memory.
void RowTally::number_keys(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last) {
  const std::size_t lists = header_->key_lists.size();
  const RowBits* const new_keys = batch.notes.new_keys.data() + batch.index * lists;
  const std::uint32_t* const counts = batch.notes.counts.data() + batch.first_row;
  std::string buffer;
  for (std::size_t list = 0; list < lists; ++list) {
    for (std::uint32_t row = first; row < last; row = new_keys[list].next(row + 1)) {
      KeyHash hash(tally.number, std::uint32_t(list));
      for (const std::size_t field : header_->key_lists[list]) hash.add(csv::unquote(batch.raw(row, field), buffer));
      prints_[list][row] = hash.print();
      memory_.prefetch(list, prints_[list][row]);
    }
  }
  for (std::size_t list = 0; list < lists; ++list) {
    for (std::uint32_t row = first; row < last; row = new_keys[list].next(row + 1)) {
      numbers_[list][row] = memory_.number_of(list, prints_[list][row]);
      if (header_->count && list == header_->unique_list) memory_.prefetch(numbers_[list][row], counts[row]);
    }
  }
}

void RowTally::take_keys(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last) {
  const std::size_t lists = header_->key_lists.size();
  const RowBits* const new_keys = batch.notes.new_keys.data() + batch.index * lists;
  number_keys(batch, tally, first, last);
  for (std::uint32_t row = first; row < last;) {
    std::uint32_t next = last;
    for (std::size_t list = 0; list < lists; ++list) {
      next = std::min(next, new_keys[list].next(row + 1));
      if (row == first || new_keys[list].test(row)) groups_[list] = numbers_[list][row];
    }
    if (header_->count) take_unique(batch, tally, row, next);
    take_rising(batch, tally, row, next);
    row = next;
  }
}

/// Rows of one group, which mostly count up.
void RowTally::take_unique(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last) {
  const std::uint32_t* const counts = batch.notes.counts.data() + batch.first_row;
  const std::uint32_t group = groups_[header_->unique_list];
  std::string buffer;
  for (std::uint32_t row = first; row < last;) {
    const std::int64_t line = batch.line + row;
    std::uint32_t size = 1;
    std::optional<std::int64_t> earlier;
    KeyPrint whole;
    if (counts[row] == SegmentNotes::no_count) {
      KeyHash hash(tally.number, whole_key_kind);
      for (const std::size_t field : header_->unique) hash.add(csv::unquote(batch.raw(row, field), buffer));
      whole = hash.print();
      earlier = memory_.insert(whole, line);
    } else {
      while (row + size < last && counts[row + size] == counts[row] + size) ++size;
      if (!memory_.extend(group, counts[row], size, line)) {
        size = 1;
        earlier = memory_.insert(group, counts[row], line);
      }
    }
    if (earlier) {
      if (log_.keeps("unique", tally.session.id)) {
        counts[row] == SegmentNotes::no_count ? memory_.told(whole, line, *earlier)
                                              : memory_.told(group, counts[row], line, *earlier);
      }
      const Place place{tally.session.id, line, unique_name_, batch.byte(row, header_->unique.front())};
      log_.error("unique", place, [&] { return stands_already(batch.readable(row, header_->unique), *earlier); });
    }
    row += size;
  }
}

void RowTally::take_rising(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last) {
  const std::size_t rows = batch.part.rows;
  const double* const orders = batch.notes.orders.data() + batch.first_row * header_->rising.size();
  if (header_->rising.size() == 1 &&
      memory_.extend_rising(0, groups_[header_->rising[0].key_list], orders + first, last - first, batch.line + first)) {
    return;
  }
  for (std::uint32_t row = first; row < last; ++row) {
    for (std::size_t i = 0; i < header_->rising.size(); ++i) {
      const double value = orders[i * rows + row];
      if (std::isnan(value)) continue;
      const auto& rising = header_->rising[i];
      const auto before = memory_.insert_rising(i, groups_[rising.key_list], value, batch.line + row);
      if (!before) continue;
      if (!log_.keeps("rising", tally.session.id)) {
        log_.count_errors("rising", tally.session.id, 1);
        continue;
      }
      const std::string text = batch.text(row, rising.field);
      const Place place{tally.session.id, batch.line + row, *rising.column, batch.byte(row, rising.field), text,
                        std::uint32_t(i)};
      log_.error("rising", place, [&] { return does_not_rise(text, batch.readable(row, rising.keys), *before); });
    }
  }
}

}  // namespace retrain::readiness
