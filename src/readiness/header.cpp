#include "header.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.hpp"

namespace retrain::readiness {
namespace {

using Fields = std::map<std::string, std::size_t, std::less<>>;

std::optional<std::size_t> find(const Fields& fields, const std::string& column) {
  const auto found = fields.find(column);
  return found == fields.end() ? std::nullopt : std::optional(found->second);
}

/// All of `columns`, or nothing when one is missing.
std::vector<std::size_t> find_all(const Fields& fields, const std::vector<std::string>& columns) {
  std::vector<std::size_t> found;
  for (const auto& column : columns) {
    if (const auto field = find(fields, column)) found.push_back(*field);
  }
  if (found.size() != columns.size()) found.clear();
  return found;
}

std::string name_of(char delimiter) {
  return delimiter == ',' ? std::string("commas") : "'" + base::printable(std::string(1, delimiter)) + "'";
}

/// Columns that nothing in the configuration names.
void log_unknown(const base::CsvRecord& record, const Schema& schema, FindingLog& log, std::string_view session) {
  std::vector<std::string> names;
  for (const auto& needed : schema.needed) names.push_back(needed.column);
  for (const auto& field : record.fields) {
    if (field.text.empty() || std::find(names.begin(), names.end(), field.text) != names.end()) continue;
    log.error("unknown_column", {session, record.line, field.text, std::int64_t(field.byte), field.text}, [&] {
      std::string text = "data.exact_header asks for no column but those that the configuration names";
      if (const auto near = base::nearest(field.text, names)) text += "; the nearest is " + base::printable(*near);
      return text;
    });
  }
}

std::size_t key_list(Header& header, const std::vector<std::size_t>& fields) {
  const auto found = std::find(header.key_lists.begin(), header.key_lists.end(), fields);
  if (found != header.key_lists.end()) return std::size_t(found - header.key_lists.begin());
  header.key_lists.push_back(fields);
  return header.key_lists.size() - 1;
}

/// Chooses the column of `unique` that most likely counts: a rising one, an integer, else the last.
void choose_count(Header& header, const Schema& schema) {
  if (header.unique.empty()) return;
  std::size_t chosen = header.unique.size() - 1;
  for (std::size_t i = 0; i < header.unique.size(); ++i) {
    const auto counts = [&](const CheckedColumn& column) { return column.name == schema.unique[i] && column.integer; };
    const auto rises = [&](const Schema::Rising& rising) { return rising.column == schema.unique[i]; };
    if (std::any_of(schema.columns.begin(), schema.columns.end(), counts)) chosen = i;
    if (std::any_of(schema.rising.begin(), schema.rising.end(), rises)) {
      chosen = i;
      break;
    }
  }
  header.count = header.unique[chosen];
  auto others = header.unique;
  others.erase(others.begin() + std::ptrdiff_t(chosen));
  header.unique_list = key_list(header, others);
}

void log_missing(const Fields& fields, const base::CsvRecord& record, const Schema& schema, FindingLog& log,
                 std::string_view session) {
  std::vector<std::string> names;
  for (const auto& [name, field] : fields) names.push_back(name);
  const bool other_separator =
      record.fields.size() == 1 && record.fields[0].text.find_first_of(",;\t|") != std::string_view::npos;
  for (const auto& needed : schema.needed) {
    if (fields.contains(needed.column)) continue;
    log.error("missing_column", {session, record.line, needed.column}, [&] {
      std::string text = "column is missing: " + needed.why + " needs it";
      if (other_separator) return text + "; fields are separated by " + name_of(schema.dialect.delimiter) + " only";
      if (const auto near = base::nearest(needed.column, names)) text += "; the nearest is " + base::printable(*near);
      return text;
    });
  }
}

}  // namespace

bool adds_up(const Schema::Sum& rule, double sum, double expected) {
  return !(std::fabs(sum - expected) > rule.tolerance + 1e-9 * std::max(1.0, std::fabs(expected)));
}

Header resolve_header(const base::CsvRecord& record, const Schema& schema, FindingLog& log, std::string_view session) {
  Fields fields;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const auto& field = record.fields[i];
    const Place place{session, record.line, field.text, std::int64_t(field.byte), field.text};
    if (field.text.empty()) {
      log.error("empty_header", place, [&] { return "the name of field " + std::to_string(i + 1) + " is empty"; });
      continue;
    }
    const auto [entry, inserted] = fields.try_emplace(std::string(field.text), i);
    if (!inserted) {
      log.error("duplicate_header", place, [&] {
        return "fields " + std::to_string(entry->second + 1) + " and " + std::to_string(i + 1) + " have the same name";
      });
    }
  }
  log_missing(fields, record, schema, log, session);
  if (schema.exact_header) log_unknown(record, schema, log, session);

  Header header;
  header.width = record.fields.size();
  for (const auto& column : schema.columns) {
    if (const auto field = find(fields, column.name)) header.cells.push_back({&column, *field});
  }
  header.session = find(fields, schema.session_column);
  header.time = find(fields, schema.time_column);
  header.target = find(fields, schema.target);
  header.unique = find_all(fields, schema.unique);
  choose_count(header, schema);
  for (const auto& rising : schema.rising) {
    auto keys = find_all(fields, rising.keys);
    const auto field = find(fields, rising.column);
    if (!field || keys.size() != rising.keys.size()) continue;
    const bool checked = std::any_of(schema.columns.begin(), schema.columns.end(), [&](const CheckedColumn& column) {
      return column.name == rising.column && (column.number || column.date);
    });
    const std::size_t list = key_list(header, keys);
    header.rising.push_back({&rising.column, *field, std::move(keys), list, checked});
  }
  for (const auto& sum : schema.sums) {
    auto columns = find_all(fields, sum.columns);
    const auto equals = find(fields, sum.equals);
    if (equals && columns.size() == sum.columns.size()) header.sums.push_back({&sum, std::move(columns), *equals});
  }
  for (const auto& condition : schema.where) {
    if (const auto field = find(fields, condition.column)) header.where.push_back({&condition.values, *field});
  }
  return header;
}

const char* foreign_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv) || bytes.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) return "UTF-16";
  return nullptr;
}

}  // namespace retrain::readiness
