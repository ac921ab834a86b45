#include "row_memory.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "finding_log.hpp"

namespace retrain::readiness {
namespace {

using Kind = SpillRecord::Kind;
using FoundRows = std::vector<Spill::Found>;

/// Rows with the same key and window of counts, stretch after stretch: the first with a count stays, the others are late.
void compare_rows(const FoundRows& found, LateFindings& late) {
  if (found.size() < 2) return;
  std::int64_t first_line[64] = {};
  std::uint64_t seen = 0;
  for (const auto& [record, lines] : found) {
    const std::uint32_t session = record->key.session();
    if (record->kind == Kind::told) {
      const std::int64_t first = first_line[record->bits % 64];
      if (first < std::int64_t(record->bits / 64)) late.told[session].push_back({record->line, first});
      continue;
    }
    std::uint32_t rank = 0;
    for (std::uint64_t bits = record->bits; bits != 0; bits &= bits - 1, ++rank) {
      const auto bit = std::uint32_t(std::countr_zero(bits));
      const std::int64_t line = record->line + (lines == nullptr ? rank : lines[rank]);
      if ((seen >> bit & 1U) != 0) {
        late.duplicates[session].add({line, first_line[bit]});
      } else {
        first_line[bit] = line;
      }
    }
    seen |= record->bits;
  }
}

/// The first and last values of a key, stretch after stretch.
void compare_values(const FoundRows& found, LateFindings& late) {
  const SpillRecord* last = nullptr;
  for (const auto& [record, lines] : found) {
    const bool falls = record->kind == Kind::first && last != nullptr &&
                       !(std::bit_cast<double>(record->bits) > std::bit_cast<double>(last->bits));
    if (falls) late.falls[record->key.session()].add({record->line, last->line, record->window & INT32_MAX});
    if (record->kind == Kind::last) last = record;
  }
}

}  // namespace

void LateFindings::Rows::add(const Row& row) {
  ++count;
  if (first.size() == kept_findings) {
    if (!(row < first.front())) return;
    std::pop_heap(first.begin(), first.end());
    first.pop_back();
  }
  first.push_back(row);
  std::push_heap(first.begin(), first.end());
}

void RowMemory::begin(std::size_t key_lists, std::size_t unique_list, std::vector<std::size_t> rising_lists) {
  keys_.resize(key_lists);
  unique_list_ = unique_list;
  rising_.resize(rising_lists.size());
  for (std::size_t i = 0; i < rising_.size(); ++i) rising_[i].list = rising_lists[i];
}

std::size_t RowMemory::used() const {
  std::size_t bytes = rows_.bytes() + whole_keys_.bytes() + whole_lines_.bytes();
  for (const auto& keys : keys_) bytes += keys.bytes();
  for (const auto& rising : rising_) bytes += rising.last_of.bytes();
  return bytes;
}

std::optional<std::int64_t> RowMemory::insert(std::uint32_t group, std::uint32_t count, std::int64_t line) {
  const auto earlier = rows_.insert(group, count, std::uint32_t(line - first_line_));
  return earlier ? std::optional(first_line_ + *earlier) : std::nullopt;
}

std::optional<std::int64_t> RowMemory::insert(const KeyPrint& key, std::int64_t line) {
  const std::uint32_t number = whole_keys_.number_of(key);
  if (number < whole_lines_.size()) return first_line_ + whole_lines_[number];
  whole_lines_.push_back(std::uint32_t(line - first_line_));
  return std::nullopt;
}

void RowMemory::told(std::uint32_t group, std::uint32_t count, std::int64_t line, std::int64_t earlier) {
  if (!spill_) return;  // in the first stretch nothing is earlier than what insert() says
  write({keys_[unique_list_][group], count / 64, Kind::told, 0, std::uint64_t(earlier) * 64 + count % 64, line});
}

void RowMemory::told(const KeyPrint& key, std::int64_t line, std::int64_t earlier) {
  if (spill_) write({key, SpillRecord::whole_key, Kind::told, 0, std::uint64_t(earlier) * 64, line});
}

bool RowMemory::extend_rising(std::size_t index, std::uint32_t number, const double* values, std::uint32_t count,
                              std::int64_t line) {
  auto& last_of = rising_[index].last_of;
  last_of.reach(number, {});
  Last& last = last_of[number];
  bool rises = last.line == 0 ? values[0] == values[0] : values[0] > last.value;
  for (std::uint32_t i = 1; i < count; ++i) rises &= values[i] > values[i - 1];
  if (!rises) return false;
  if (last.line == 0 && spill_) write_value(Kind::first, index, number, values[0], line);
  last = {values[count - 1], std::uint32_t(line - first_line_) + count};
  return true;
}

std::optional<std::int64_t> RowMemory::insert_rising(std::size_t index, std::uint32_t number, double value, std::int64_t line) {
  auto& last_of = rising_[index].last_of;
  last_of.reach(number, {});
  const Last before = last_of[number];
  last_of[number] = {value, std::uint32_t(line - first_line_) + 1};
  if (before.line == 0 && spill_) write_value(Kind::first, index, number, value, line);
  if (before.line == 0 || value > before.value) return std::nullopt;
  return first_line_ + before.line - 1;
}

void RowMemory::end_stretch(std::int64_t line) {
  if (!spill_) spill_.emplace();
  write_rows();
  for (auto& keys : keys_) keys.clear();
  for (auto& rising : rising_) rising.last_of.clear();
  rows_.clear();
  whole_keys_.clear();
  whole_lines_.clear();
  first_line_ = line;
}

void RowMemory::write_rows() {
  if (rows_.size() > 0) {
    const KeyTable& groups = keys_[unique_list_];
    rows_.for_each([&](std::uint32_t group, const CountWindow& window) { write(groups[group], window); });
  }
  for (std::uint32_t i = 0; i < whole_keys_.size(); ++i) {
    write(whole_keys_[i], {SpillRecord::whole_key, 1, whole_lines_[i], nullptr});
  }
  for (std::size_t i = 0; i < rising_.size(); ++i) {
    const auto& last_of = rising_[i].last_of;
    for (std::uint32_t number = 0; number < last_of.size(); ++number) {
      const Last& last = last_of[number];
      if (last.line != 0) write_value(Kind::last, i, number, last.value, first_line_ + last.line - 1);
    }
  }
}

void RowMemory::write(const KeyPrint& key, const CountWindow& window) {
  SpillRecord record{key, window.number, Kind::rows, 0, window.bits, first_line_};
  if (window.lines == nullptr) {
    record.line += window.line;
  } else {
    record.line_count = std::uint16_t(std::popcount(window.bits));
  }
  write(record, window.lines);
}

void RowMemory::write_value(Kind kind, std::size_t index, std::uint32_t number, double value, std::int64_t line) {
  write({keys_[rising_[index].list][number], SpillRecord::rising(index), kind, 0, std::bit_cast<std::uint64_t>(value), line});
}

void RowMemory::write(const SpillRecord& record, const std::uint32_t* lines) {
  if (status_.ok()) status_ = spill_->add(record, lines);
}

Result<LateFindings> RowMemory::finish() {
  LateFindings late;
  if (!spill_) return late;
  write_rows();
  if (!status_) return status_;
  // What was kept for the next stretch would stand beside what is read back.
  keys_.clear();
  rising_.clear();
  rows_ = UniqueRows();
  whole_keys_ = KeyTable();
  whole_lines_ = Blocks<std::uint32_t>();
  const Status status = spill_->visit(budget_ / 4, [&](const FoundRows& found) {
    const Kind kind = found.front().record->kind;
    return kind == Kind::rows || kind == Kind::told ? compare_rows(found, late) : compare_values(found, late);
  });
  spill_.reset();
  if (!status) return status;
  return late;
}

}  // namespace retrain::readiness
