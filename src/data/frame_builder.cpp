#include "frame_builder.hpp"

#include <limits>

namespace retrain::data {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

Result<float> parse_cell(std::string_view text, std::int64_t line, const std::string& column) {
  if (base::is_missing(text)) return missing;
  const auto value = base::parse_double(text);
  const auto narrow = value ? base::to_float32(*value) : std::nullopt;
  if (narrow) return *narrow;
  return Status{StatusCode::data_not_ready, "line " + std::to_string(line) + ", " + base::printable(column) + ": '" +
                                                base::printable(text) + "' is not a " + (value ? "float32" : "number")};
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
  const std::pair<std::vector<std::size_t>*, const std::vector<std::string>*> groups[] = {
      {&map.numeric, &selection.numeric}, {&map.categorical, &selection.categorical}, {&map.extra, &selection.extra}};
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

FrameBuilder::FrameBuilder(const ColumnMap& map, const RowSelection& selection)
    : map_(map),
      selection_(selection),
      numeric_(map.numeric.size()),
      categorical_(map.categorical.size()),
      extra_(map.extra.size()) {}

void FrameBuilder::Texts::add(std::string_view text) {
  if (text.empty()) {
    codes.push_back(-1);
    return;
  }
  // Values of one session mostly repeat the row above: that saves the look-up.
  if (!codes.empty() && codes.back() >= 0 && dictionary[std::size_t(codes.back())] == text) {
    codes.push_back(codes.back());
    return;
  }
  const auto [entry, inserted] = code_of.try_emplace(std::string(text), std::int32_t(dictionary.size()));
  if (inserted) dictionary.emplace_back(text);
  codes.push_back(entry->second);
}

Status FrameBuilder::add(const base::CsvRecord& record) {
  for (const auto& condition : map_.where) {
    if (!condition.values.contains(record.fields[condition.field].text)) return {};
  }
  if (map_.target) {
    const auto target = parse_cell(record.fields[*map_.target].text, record.line, selection_.target);
    if (!target) return target.status();
    if (std::isnan(*target)) return {};
    target_.push_back(*target);
  }
  for (std::size_t i = 0; i < numeric_.size(); ++i) {
    const auto value = parse_cell(record.fields[map_.numeric[i]].text, record.line, selection_.numeric[i]);
    if (!value) return value.status();
    numeric_[i].push_back(*value);
  }
  for (std::size_t i = 0; i < categorical_.size(); ++i) categorical_[i].add(record.fields[map_.categorical[i]].text);
  for (std::size_t i = 0; i < extra_.size(); ++i) extra_[i].add(record.fields[map_.extra[i]].text);
  row_numbers_.push_back(record.line);
  return {};
}

std::shared_ptr<const Frame> FrameBuilder::finish(std::string session) {
  auto frame = std::make_shared<Frame>();
  frame->session = std::move(session);
  frame->rows = row_numbers_.size();
  for (std::size_t i = 0; i < numeric_.size(); ++i) {
    frame->numeric.push_back(numeric_column(selection_.numeric[i], std::move(numeric_[i])));
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
