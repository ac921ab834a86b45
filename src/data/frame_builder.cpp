#include "frame_builder.hpp"

#include <cfloat>
#include <cmath>
#include <numeric>
#include <limits>

#include "base/pages.hpp"
#include "csv/number.hpp"

namespace retrain::data {
namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

Status bad_cell(std::string_view text, std::int64_t line, const std::string& column, bool number) {
  return {StatusCode::data_not_ready, "line " + std::to_string(line) + ", " + base::printable(column) + ": '" +
                                          base::printable(text) + "' is not a " + (number ? "float32" : "number")};
}

Result<float> parse_cell(std::string_view text, std::int64_t line, const std::string& column,
                         const base::MissingValues& missing) {
  if (missing.contain(text)) return nothing;
  const auto value = csv::parse_number(text);
  const auto narrow = value ? base::to_float32(*value) : std::nullopt;
  if (narrow) return *narrow;
  return bad_cell(text, line, column, value.has_value());
}

NumericColumn numeric_column(std::string name, std::vector<float>&& values) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  const std::span<const float> view(*owner);
  return {std::move(name), view, std::move(owner)};
}

Result<std::vector<std::size_t>> find_columns(const std::vector<std::string>& header, const std::vector<std::string>& columns) {
  std::vector<std::size_t> fields;
  for (const auto& column : columns) {
    const auto field = find_column(header, column);
    if (!field) return field.status();
    fields.push_back(*field);
  }
  return fields;
}

}  // namespace

Result<std::size_t> find_column(const std::vector<std::string>& header, const std::string& column) {
  const auto found = std::find(header.begin(), header.end(), column);
  if (found == header.end()) return Status{StatusCode::data_not_ready, "column " + base::printable(column) + " is missing"};
  if (std::find(found + 1, header.end(), column) != header.end()) {
    return Status{StatusCode::data_not_ready, "column " + base::printable(column) + " stands twice in the header"};
  }
  return std::size_t(found - header.begin());
}

Result<ColumnMap> ColumnMap::create(const std::vector<std::string>& header, const RowSelection& selection) {
  ColumnMap map;
  map.width = header.size();
  map.number_names = selection.numeric;
  map.weighted = !selection.weight.empty();
  if (map.weighted) map.number_names.push_back(selection.weight);
  const std::pair<std::vector<std::size_t>*, const std::vector<std::string>*> groups[] = {
      {&map.numeric, &map.number_names}, {&map.categorical, &selection.categorical}, {&map.extra, &selection.extra}};
  for (const auto& [fields, columns] : groups) {
    auto found = find_columns(header, *columns);
    if (!found) return found.status();
    *fields = std::move(*found);
  }
  if (!selection.target.empty()) {
    const auto target = find_column(header, selection.target);
    if (!target) return target.status();
    map.target = *target;
  }
  for (const auto& condition : selection.where) {
    const auto field = find_column(header, condition.column);
    if (!field) return field.status();
    map.where.push_back({*field, base::ValueSet(condition.values)});
  }
  return map;
}

BatchReader::BatchReader(const ColumnMap& map, const RowSelection& selection, const base::MissingValues& missing)
    : map_(map), selection_(selection), own_(map.width, missing) {}

void BatchReader::read(csv::BatchColumns& columns, std::uint32_t first, BatchValues& values, SegmentNumbers& numbers) const {
  values.first = first;
  values.changed.clear();
  values.problem = {};
  values.used = csv::RowBits::range(0, columns.rows());
  for (const auto& condition : map_.where) values.used = values.used & passing(columns, condition);
  std::size_t at = 0;
  const auto next_column = [&] { return numbers.column(at++) + first; };
  if (map_.target) {
    add_numbers(columns, *map_.target, selection_.target, next_column(), values);
    values.used = values.used & ~columns.numbers(*map_.target).missing;
  }
  for (std::size_t i = 0; i < map_.numeric.size(); ++i) {
    add_numbers(columns, map_.numeric[i], map_.number_names[i], next_column(), values);
  }
  for (const auto* fields : {&map_.categorical, &map_.extra}) {
    for (const std::size_t field : *fields) values.changed.push_back(columns.changed(field));
  }
}

csv::RowBits BatchReader::passing(csv::BatchColumns& columns, const ColumnMap::Condition& condition) {
  const csv::RowBits changed = columns.changed(condition.field);
  csv::RowBits rows;
  for (std::uint32_t row = 0; row < columns.rows();) {
    const std::uint32_t next = std::min(changed.next(row + 1), columns.rows());
    if (condition.values.contains(columns.text(row, condition.field))) rows = rows | csv::RowBits::range(row, next);
    row = next;
  }
  return rows;
}

void BatchReader::add_numbers(csv::BatchColumns& columns, std::size_t field, const std::string& column, float* out,
                              BatchValues& values) {
  const auto& numbers = columns.numbers(field);
  for (std::uint32_t row = 0; row < columns.rows(); ++row) out[row] = static_cast<float>(numbers.values[row]);
  const bool beyond = numbers.most > double{FLT_MAX} || numbers.least < -double{FLT_MAX};
  if (!beyond && !numbers.bad.any()) return;
  for (std::uint32_t row = 0; row < std::min(columns.rows(), values.problem.row); ++row) {
    if (!values.used.test(row)) continue;
    const bool number = !numbers.bad.test(row);
    if (number && !(std::fabs(numbers.values[row]) > double{FLT_MAX})) continue;
    values.problem = {row, field, &column, number};
  }
}

FrameBuilder::FrameBuilder(const ColumnMap& map, const RowSelection& selection, const base::MissingValues& missing)
    : map_(map),
      selection_(selection),
      missing_(missing),
      numeric_(map.numeric.size()),
      categorical_(map.categorical.size()),
      extra_(map.extra.size()) {}

void FrameBuilder::reserve(std::size_t rows) {
  for (auto& column : numeric_) base::reserve_large(column, rows);
  for (auto& column : categorical_) base::reserve_large(column.codes, rows);
  for (auto& column : extra_) base::reserve_large(column.codes, rows);
  if (map_.target) base::reserve_large(target_, rows);
  base::reserve_large(row_numbers_, rows);
}

std::int32_t FrameBuilder::Texts::code(std::string_view text) {
  if (text.empty()) return -1;
  // Values of one session mostly repeat the row above: that saves the look-up.
  if (!codes.empty() && codes.back() >= 0 && dictionary[std::size_t(codes.back())] == text) return codes.back();
  const auto [entry, inserted] = code_of.try_emplace(std::string(text), std::int32_t(dictionary.size()));
  if (inserted) dictionary.emplace_back(text);
  return entry->second;
}

Status FrameBuilder::add(const base::CsvRecord& record) {
  for (const auto& condition : map_.where) {
    if (!condition.values.contains(record.fields[condition.field].text)) return {};
  }
  if (map_.target) {
    const auto target = parse_cell(record.fields[*map_.target].text, record.line, selection_.target, missing_);
    if (!target) return target.status();
    if (std::isnan(*target)) return {};
    target_.push_back(*target);
  }
  for (std::size_t i = 0; i < numeric_.size(); ++i) {
    const auto value = parse_cell(record.fields[map_.numeric[i]].text, record.line, map_.number_names[i], missing_);
    if (!value) return value.status();
    numeric_[i].push_back(*value);
  }
  const auto add_text = [&](Texts& texts, std::size_t field) { texts.codes.push_back(texts.code(record.fields[field].text)); };
  for (std::size_t i = 0; i < categorical_.size(); ++i) add_text(categorical_[i], map_.categorical[i]);
  for (std::size_t i = 0; i < extra_.size(); ++i) add_text(extra_[i], map_.extra[i]);
  row_numbers_.push_back(record.line);
  return {};
}

Status FrameBuilder::add(const csv::Segment& segment, const csv::Segment::Part& part, const BatchValues& values,
                         const SegmentNumbers& numbers, std::uint32_t first, std::uint32_t last, std::int64_t line) {
  std::string buffer;
  const auto& problem = values.problem;
  if (problem.row >= first && problem.row < last) {
    const std::string_view text = csv::unquote(segment.raw(part, problem.row, problem.field), buffer);
    return bad_cell(text, line + problem.row, *problem.column, problem.number);
  }
  const csv::RowBits used = values.used & csv::RowBits::range(first, last);
  const std::uint32_t count = used.count();
  if (count == 0) return {};
  std::size_t at = 0;
  const auto add_numbers = [&](std::vector<float>& column) {
    const float* const rows = numbers.column(at++) + values.first;
    if (count == last - first) {
      column.insert(column.end(), rows + first, rows + last);
    } else {
      used.for_each([&](std::uint32_t row) { column.push_back(rows[row]); });
    }
  };
  if (map_.target) add_numbers(target_);
  for (auto& column : numeric_) add_numbers(column);

  const csv::RowBits* changed = values.changed.data();
  const auto add_texts = [&](Texts& texts, std::size_t field) {
    for (std::uint32_t row = first; row < last;) {
      const std::uint32_t next = std::min(changed->next(row + 1), last);
      const std::uint32_t rows = (used & csv::RowBits::range(row, next)).count();
      if (rows > 0) texts.codes.insert(texts.codes.end(), rows, texts.code(csv::unquote(segment.raw(part, row, field), buffer)));
      row = next;
    }
    ++changed;
  };
  for (std::size_t i = 0; i < categorical_.size(); ++i) add_texts(categorical_[i], map_.categorical[i]);
  for (std::size_t i = 0; i < extra_.size(); ++i) add_texts(extra_[i], map_.extra[i]);
  used.for_each([&](std::uint32_t row) { row_numbers_.push_back(line + row); });
  return {};
}

void FrameBuilder::add_whole(const csv::Segment& segment, std::span<const csv::Segment::Part> parts,
                             std::span<const BatchValues> values, const SegmentNumbers& numbers, std::int64_t line) {
  const std::size_t first = values.front().first, rows = values.back().first + parts.back().rows - first;
  std::size_t at = 0;
  const auto add_numbers = [&](std::vector<float>& column) {
    const float* const from = numbers.column(at++) + first;
    column.insert(column.end(), from, from + rows);
  };
  if (map_.target) add_numbers(target_);
  for (auto& column : numeric_) add_numbers(column);

  std::string buffer;
  std::size_t text_column = 0;
  const auto add_texts = [&](Texts& texts, std::size_t field) {
    for (std::size_t batch = 0; batch < parts.size(); ++batch) {
      const csv::RowBits& changed = values[batch].changed[text_column];
      for (std::uint32_t row = 0; row < parts[batch].rows;) {
        const std::uint32_t next = std::min(changed.next(row + 1), parts[batch].rows);
        const std::int32_t code = texts.code(csv::unquote(segment.raw(parts[batch], row, field), buffer));
        texts.codes.insert(texts.codes.end(), next - row, code);
        row = next;
      }
    }
    ++text_column;
  };
  for (std::size_t i = 0; i < categorical_.size(); ++i) add_texts(categorical_[i], map_.categorical[i]);
  for (std::size_t i = 0; i < extra_.size(); ++i) add_texts(extra_[i], map_.extra[i]);
  row_numbers_.resize(row_numbers_.size() + rows);
  std::iota(row_numbers_.end() - std::ptrdiff_t(rows), row_numbers_.end(), line);
}

std::shared_ptr<const Frame> FrameBuilder::finish(std::string session) {
  auto frame = std::make_shared<Frame>();
  frame->session = std::move(session);
  frame->rows = row_numbers_.size();
  for (std::size_t i = 0; i < numeric_.size(); ++i) {
    frame->numeric.push_back(numeric_column(map_.number_names[i], std::move(numeric_[i])));
  }
  if (map_.weighted) {
    frame->weight = std::move(frame->numeric.back());
    frame->numeric.pop_back();
  }
  const auto move_texts = [](const std::vector<std::string>& names, std::vector<Texts>& from, std::vector<CategoryColumn>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      auto owner = std::make_shared<const std::vector<std::int32_t>>(std::move(from[i].codes));
      const std::span<const std::int32_t> view(*owner);
      to.push_back({names[i], view, std::move(from[i].dictionary), std::move(owner)});
    }
  };
  move_texts(selection_.categorical, categorical_, frame->categorical);
  move_texts(selection_.extra, extra_, frame->extra);
  if (map_.target) frame->target = numeric_column(selection_.target, std::move(target_));
  frame->row_numbers = std::move(row_numbers_);
  return frame;
}

}  // namespace retrain::data
