// The rows that need care, one record at a time: the same rules as for batches, told in the same words.
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "csv/number.hpp"
#include "row_messages.hpp"
#include "row_tally.hpp"

namespace retrain::readiness {
namespace {

std::string readable_key(const base::CsvRecord& record, const std::vector<std::size_t>& fields) {
  std::vector<std::string> texts;
  for (const std::size_t field : fields) texts.push_back("'" + base::printable(record.fields[field].text) + "'");
  return base::join(texts, ", ");
}

}  // namespace

void RowTally::take_record(const base::CsvRecord& record, std::uint64_t base) {
  finder_.pass(base, record.line);
  std::string_view id = stem_;
  if (header_->session) {
    const auto& field = record.fields[*header_->session];
    id = field.text;
    if (!check_id(id, record.line, base + field.byte)) return;
  }
  Tally& of = tally(id);
  ++of.session.rows;
  take_record_cells(of, record, base);
  take_record_sums(of, record, base);
  if (header_->time) take_time(of, record.fields[*header_->time].text);
  take_record_keys(of, record, base);
  memory_.settle(record.line + 1);
  const bool selected = selects(record);
  if (selected) ++of.session.selected_rows;
  if (selected && labelled(record)) ++of.session.used_rows;
}

void RowTally::take_record_cells(Tally& tally, const base::CsvRecord& record, std::uint64_t base) {
  for (std::size_t i = 0; i < header_->cells.size(); ++i) {
    const CheckedColumn& column = *header_->cells[i].column;
    const base::CsvField& field = record.fields[header_->cells[i].field];
    if (missing_in(column, field.text, schema_.missing_values)) {
      count_missing(tally, i, 1, record.line);
    } else if (const CellRule rule = check_cell(column, field.text, cell_time_); rule != CellRule::none) {
      log_.error(to_string(rule), {tally.session.id, record.line, column.name, std::int64_t(base + field.byte), field.text},
                 [&] { return describe(rule, column, field.text); });
    }
  }
}

void RowTally::take_record_sums(const Tally& tally, const base::CsvRecord& record, std::uint64_t base) {
  const auto number = [&](std::size_t field) {
    const std::string_view text = record.fields[field].text;
    const auto value = schema_.missing_values.contain(text) ? std::nullopt : csv::parse_number(text);
    return value.value_or(std::nan(""));
  };
  for (const auto& sum : header_->sums) {
    double total = 0;
    for (const std::size_t field : sum.fields) total += number(field);
    if (adds_up(*sum.rule, total, number(sum.equals))) continue;
    const auto& field = record.fields[sum.equals];
    log_.error("sum_equals", {tally.session.id, record.line, sum.rule->equals, std::int64_t(base + field.byte), field.text},
               [&] { return does_not_add_up(*sum.rule, field.text, total); });
  }
}

void RowTally::take_record_keys(const Tally& tally, const base::CsvRecord& record, std::uint64_t base) {
  const auto print = [&](std::uint32_t kind, const std::vector<std::size_t>& fields) {
    KeyHash hash(tally.number, kind);
    for (const std::size_t field : fields) hash.add(record.fields[field].text);
    return hash.print();
  };
  for (std::size_t list = 0; list < header_->key_lists.size(); ++list) {
    groups_[list] = memory_.number_of(list, print(std::uint32_t(list), header_->key_lists[list]));
  }
  if (header_->count) {
    const auto count = plain_count(record.fields[*header_->count].text);
    const std::uint32_t group = groups_[header_->unique_list];
    const KeyPrint whole = print(whole_key_kind, header_->unique);
    if (const auto earlier = count ? memory_.insert(group, *count, record.line) : memory_.insert(whole, record.line)) {
      if (log_.keeps("unique", tally.session.id)) {
        count ? memory_.told(group, *count, record.line, *earlier) : memory_.told(whole, record.line, *earlier);
      }
      const auto& field = record.fields[header_->unique.front()];
      const Place place{tally.session.id, record.line, unique_name_, std::int64_t(base + field.byte)};
      log_.error("unique", place, [&] { return stands_already(readable_key(record, header_->unique), *earlier); });
    }
  }
  for (std::size_t i = 0; i < header_->rising.size(); ++i) {
    const auto& rising = header_->rising[i];
    const base::CsvField& field = record.fields[rising.field];
    if (schema_.missing_values.contain(field.text)) continue;
    const Place place{tally.session.id, record.line,     *rising.column, std::int64_t(base + field.byte),
                      field.text,       std::uint32_t(i)};
    const auto value = order_value(field.text);
    if (!value) {
      if (!rising.checked) log_.error("type", place, [&] { return unordered(field.text); });
    } else if (const auto before = memory_.insert_rising(i, groups_[rising.key_list], *value, record.line)) {
      log_.error("rising", place, [&] { return does_not_rise(field.text, readable_key(record, rising.keys), *before); });
    }
  }
}

std::optional<double> RowTally::order_value(std::string_view cell) {
  if (const auto number = csv::parse_number(cell)) return number;
  if (const auto time = cell_time_.parse(cell)) return double(time->time_since_epoch().count());
  return std::nullopt;
}

bool RowTally::selects(const base::CsvRecord& record) const {
  if (header_->where.size() != schema_.where.size()) return false;
  return std::all_of(header_->where.begin(), header_->where.end(),
                     [&](const auto& condition) { return condition.values->contains(record.fields[condition.field].text); });
}

bool RowTally::labelled(const base::CsvRecord& record) const {
  if (!header_->target) return false;
  const std::string_view target = record.fields[*header_->target].text;
  return !schema_.missing_values.contain(target) && csv::parse_number(target).has_value();
}

}  // namespace retrain::readiness
