// NannyML: the table of a calculator, one row a chunk, or the rows it writes to a database; JSON records, or CSV.
#include <algorithm>

#include "adapter.hpp"
#include "base/csv.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

constexpr std::string_view alert_suffix = "_alert";

bool is_chunk(const Json& row) {
  return row.is_object() && row.contains("chunk_key");
}
bool is_metric_row(const Json& row) {
  return row.is_object() && row.contains("metric_name") && row.contains("alert") && row.contains("value");
}

/// A cell as true or false; nothing when it is empty or something else.
std::optional<bool> truth(const Json& cell) {
  if (cell.is_boolean()) return cell.get<bool>();
  if (cell.is_number()) return cell.get<double>() != 0;
  if (!cell.is_string()) return std::nullopt;
  const std::string text = base::lower(cell.get<std::string>());
  if (text == "true" || text == "1" || text == "1.0") return true;
  if (text == "false" || text == "0" || text == "0.0") return false;
  return std::nullopt;
}

std::string period_of(const Json& row) {
  const std::string period = text_of(row, "chunk_period");
  return period.empty() ? text_of(row, "period") : period;
}

double index_of(const Json& row) {
  const auto found = row.find("chunk_index");
  if (found == row.end()) return 0;
  if (found->is_number()) return found->get<double>();
  return found->is_string() ? base::parse_double(found->get<std::string>()).value_or(0) : 0;
}

/// The columns of a chunk or the rows of a moment: how many there are and which of them raise an alert.
struct Count {
  int total = 0, alerting = 0;
  Json names = Json::array(), read = Json::object();

  void add(const std::string& name, const Json& cell) {
    const auto alerts = truth(cell);
    if (!alerts) return;
    ++total;
    read[name] = *alerts;
    if (!*alerts) return;
    ++alerting;
    names.push_back(name);
  }
};

Result<Alert> alert_of(const Count& count, const std::string& place, Json known) {
  if (count.total == 0) return invalid("no column of " + place + " says whether it raises an alert");
  Alert alert;
  alert.source = "nannyml";
  alert.dedup_key = "nannyml";
  set_share(alert, double(count.alerting) / count.total, "nannyml.share");
  alert.summary =
      line_from(std::to_string(count.alerting) + " of " + std::to_string(count.total) + " columns raise an alert in " + place);
  known["alerting"] = count.names;
  known["columns"] = count.read;
  alert.detail = evidence(known);
  alert.id = digest_id(alert.detail);
  return alert;
}

Result<Alert> last_chunk(const Json& rows) {
  const Json* last = nullptr;
  for (const Json& row : elements(rows)) {
    if (!is_chunk(row)) continue;
    const std::string period = period_of(row);
    if (!period.empty() && period != "analysis") continue;
    if (last == nullptr || index_of(row) >= index_of(*last)) last = &row;
  }
  if (last == nullptr) return invalid("no row is of period analysis");
  Count count;
  for (const auto& [name, cell] : last->items()) {
    if (name.size() > alert_suffix.size() && name.ends_with(alert_suffix)) {
      count.add(name.substr(0, name.size() - alert_suffix.size()), cell);
    }
  }
  const std::string key = text_of(*last, "chunk_key");
  auto alert =
      alert_of(count, "chunk " + key,
               {{"chunk_key", key}, {"chunk_index", index_of(*last)}, {"chunk_end_date", text_of(*last, "chunk_end_date")}});
  if (!alert) return alert;
  // Of a time with a zone only: what the others mean is not said.
  if (const auto end = parse_time(text_of(*last, "chunk_end_date"))) alert->raised_at = *end;
  return alert;
}

Result<Alert> last_moment(const Json& rows) {
  std::string last;
  for (const Json& row : elements(rows)) {
    if (is_metric_row(row)) last = std::max(last, text_of(row, "end_timestamp"));
  }
  Count count;
  for (const Json& row : elements(rows)) {
    if (!is_metric_row(row) || text_of(row, "end_timestamp") != last) continue;
    const std::string column = text_of(row, "column_name"), metric = text_of(row, "metric_name");
    count.add(column.empty() ? metric : column + " " + metric, row.at("alert"));
  }
  return alert_of(count, "the chunk that ends at " + (last.empty() ? "no time" : last), {{"end_timestamp", last}});
}

}  // namespace

bool is_nannyml(const Json& document) {
  return any_object(document, is_chunk) || any_object(document, is_metric_row);
}

void read_nannyml(const Json& document, Intake& intake) {
  intake.add(
      any_object(document, is_metric_row) && !any_object(document, is_chunk) ? last_moment(document) : last_chunk(document),
      document);
}

std::optional<Json> nannyml_rows(std::string_view csv) {
  base::CsvReader reader(csv, false);
  base::CsvRecord record;
  if (!reader.next(record) || !reader.faults().empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& field : record.fields) {
    if (!base::valid_utf8(field.text)) return std::nullopt;
    names.emplace_back(field.text);
  }
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (!has("chunk_key") && !(has("metric_name") && has("alert") && has("value"))) return std::nullopt;
  Json rows = Json::array();
  while (reader.next(record)) {
    if (reader.blank()) continue;
    if (!reader.faults().empty() || record.fields.size() != names.size()) return std::nullopt;
    Json row = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!base::valid_utf8(record.fields[i].text)) return std::nullopt;
      row[names[i]] = std::string(record.fields[i].text);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace retrain::intake
