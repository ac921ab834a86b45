#include "schema.hpp"

#include <algorithm>

namespace retrain::readiness {
namespace {

CheckedColumn checked_column(const ColumnRule& rule) {
  CheckedColumn column{rule.name};
  column.number = rule.type == ColumnType::number || rule.type == ColumnType::integer;
  column.integer = rule.type == ColumnType::integer;
  column.date = rule.type == ColumnType::date;
  column.min = rule.min;
  column.max = rule.max;
  column.missing = rule.missing;
  column.values = base::ValueSet(rule.values);
  return column;
}

}  // namespace

Schema::Schema(const DataSettings& data, const ModelSettings& model)
    : session_column(data.session_column),
      time_column(data.time_column),
      target(model.target),
      unique(data.unique),
      min_rows(data.min_rows),
      exact_header(data.exact_header),
      missing_values(data.missing_values),
      dialect{data.delimiter.empty() ? ',' : data.delimiter.front(), data.allow_embedded_newlines} {
  const auto need = [&](const std::string& column, const char* why) {
    const auto same = [&](const Needed& other) { return other.column == column; };
    if (!column.empty() && std::none_of(needed.begin(), needed.end(), same)) needed.push_back({column, why});
  };
  const auto checked = [&](const std::string& name) -> CheckedColumn& {
    const auto same = [&](const CheckedColumn& other) { return other.name == name; };
    const auto column = std::find_if(columns.begin(), columns.end(), same);
    return column != columns.end() ? *column : columns.emplace_back(CheckedColumn{name});
  };

  for (const auto& rule : data.columns) columns.push_back(checked_column(rule));
  // What becomes a float32 must be a number, and what dates a session a date, whatever data.columns says of them.
  if (!model.target.empty()) checked(model.target).number = true;
  for (const auto& feature : model.numeric) checked(feature).number = true;
  if (!data.time_column.empty()) checked(data.time_column).date = true;

  need(model.target, "the target");
  for (const auto& feature : model.numeric) need(feature, "a numeric feature");
  for (const auto& feature : model.categorical) need(feature, "a categorical feature");
  need(data.session_column, "data.session");
  need(data.time_column, "data.time");
  for (const auto& condition : data.where) {
    need(condition.column, "data.where");
    where.push_back({condition.column, base::ValueSet(condition.values)});
  }
  for (const auto& key : data.unique) need(key, "data.unique");
  for (const auto& [column, keys] : data.rising) {
    need(column, "data.rising");
    for (const auto& key : keys) need(key, "data.rising");
    rising.push_back({column, keys});
  }
  for (const auto& rule : data.sum_equals) {
    for (const auto& column : rule.columns) need(column, "data.sum_equals");
    need(rule.equals, "data.sum_equals");
    sums.push_back({rule.columns, rule.equals, rule.tolerance});
  }
  for (const auto& rule : data.columns) need(rule.name, "data.columns");
  for (const auto& column : data.required_columns) need(column, "data.required_columns");
}

}  // namespace retrain::readiness
