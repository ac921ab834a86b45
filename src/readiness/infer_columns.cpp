#include <retrain/infer_columns.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/csv.hpp"
#include "base/csv_value.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "time_parser.hpp"

namespace retrain {
namespace {

using namespace readiness;

constexpr std::size_t most_values = 20;  // distinct texts that are listed
constexpr std::int64_t rows_per_value = 5;

/// What the cells of one column have in common so far.
class Profile {
 public:
  Profile(std::string name, const base::MissingValues& missing) : name_(std::move(name)), missing_(missing) {}

  void see(std::string_view cell, const TimeParser& times) {
    if (values_.size() <= most_values && !cell.empty()) values_.emplace(cell);
    if (cell.empty()) ++empty_;
    if (missing_.contain(cell)) {
      ++lacking_;
      return;
    }
    ++seen_;
    const auto number = base::parse_double(cell);
    if (!number || !base::to_float32(*number)) numbers_ = false;
    if (numbers_) {
      low_ = std::min(low_, *number);
      high_ = std::max(high_, *number);
    }
    integers_ = integers_ && numbers_ && base::parse_integer(cell).has_value();
    dates_ = dates_ && times.parse(cell).has_value();
  }

  ColumnRule rule(std::int64_t rows) const {
    ColumnRule rule;
    rule.name = name_;
    if (rows == 0) return text_rule(rule, rows);
    if (seen_ > 0 && numbers_) {
      rule.type = integers_ ? ColumnType::integer : ColumnType::number;
      set_range(rule);
      rule.missing = share(lacking_, rows);
    } else if (seen_ > 0 && dates_) {
      rule.type = ColumnType::date;
      rule.missing = share(lacking_, rows);
    } else {
      return text_rule(rule, rows);
    }
    return rule;
  }

 private:
  ColumnRule text_rule(ColumnRule rule, std::int64_t rows) const {
    rule.type = ColumnType::text;
    rule.missing = share(empty_, rows);
    if (!values_.empty() && values_.size() <= most_values && rows >= rows_per_value * std::int64_t(values_.size()))
      rule.values.assign(values_.begin(), values_.end());
    return rule;
  }

  /// What was seen and half as much again, in hundredths.
  static double share(std::int64_t count, std::int64_t rows) {
    if (count == 0 || rows == 0) return 0;
    return std::min(1.0, std::ceil(150.0 * double(count) / double(rows)) / 100);
  }

  /// A tenth of the range on either side, rounded outwards to a readable number; what never was negative stays so.
  void set_range(ColumnRule& rule) const {
    const double range = high_ - low_;
    const double slack = range > 0 ? range / 10 : std::max(std::fabs(high_) / 10, 1.0);
    double step = std::pow(10, std::floor(std::log10(slack)));
    if (integers_) step = std::max(step, 1.0);
    double low = std::floor((low_ - slack) / step) * step, high = std::ceil((high_ + slack) / step) * step;
    if (low_ >= 0) low = std::max(low, 0.0);
    if (high_ <= 0) high = std::min(high, 0.0);
    rule.min = std::min(rounded(low), low_);
    rule.max = std::max(rounded(high), high_);
  }

  /// Without the last bits that multiplying by a power of ten leaves.
  static double rounded(double value) { return base::parse_double(base::format_short(value, 12)).value_or(value); }

  std::string name_;
  const base::MissingValues& missing_;
  std::set<std::string, std::less<>> values_;
  std::int64_t seen_ = 0, lacking_ = 0, empty_ = 0;
  bool numbers_ = true, integers_ = true, dates_ = true;
  double low_ = HUGE_VAL, high_ = -HUGE_VAL;
};

/// Plain where YAML cannot take it for something else, else in double quotes.
std::string yaml_text(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto plain = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-'; };
  static const std::set<std::string, std::less<>> words = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
  const bool safe = !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), plain);
  if (safe && !words.contains(base::lower(text))) return text;
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += std::string("\\x") + "0123456789abcdef"[byte >> 4U] + "0123456789abcdef"[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Status malformed(const std::string& path, const base::CsvRecord& record, const std::string& what) {
  return {StatusCode::invalid_argument, path + " line " + std::to_string(record.line) + ": " + what};
}

}  // namespace

std::string_view to_string(ColumnType type) {
  switch (type) {
    case ColumnType::number: return "float";
    case ColumnType::integer: return "integer";
    case ColumnType::text: return "text";
    case ColumnType::date: return "date";
  }
  return "";
}

Result<InferredColumns> infer_columns(const std::string& path, const DataSettings& data) {
  const auto times = TimeParser::in_zone(data.time_zone);
  if (!times) return times.status();
  const auto bytes = base::read_file(path);
  if (!bytes) return bytes.status();
  if (!base::valid_utf8(*bytes)) return Status{StatusCode::invalid_argument, path + " is not UTF-8"};
  base::CsvReader reader(*bytes, data.allow_embedded_newlines, data.delimiter.empty() ? ',' : data.delimiter.front());
  base::CsvRecord record;
  if (!reader.next(record)) return Status{StatusCode::invalid_argument, path + " is empty: it has no header"};
  const base::MissingValues missing(data.missing_values);
  std::vector<Profile> profiles;
  std::set<std::string> names;
  for (const auto& field : record.fields) {
    const std::string name(field.text);
    if (name.empty() || !names.insert(name).second)
      return malformed(path, record,
                       name.empty() ? "a column has no name" : "two columns are named '" + base::printable(name) + "'");
    profiles.emplace_back(name, missing);
  }
  InferredColumns inferred;
  while (reader.next(record)) {
    if (!reader.faults().empty()) return malformed(path, record, reader.faults().front().message);
    if (record.fields.size() != profiles.size()) {
      return malformed(path, record,
                       std::to_string(record.fields.size()) + " fields, the header has " + std::to_string(profiles.size()));
    }
    ++inferred.rows;
    for (std::size_t i = 0; i < profiles.size(); ++i) profiles[i].see(record.fields[i].text, *times);
  }
  for (const auto& profile : profiles) inferred.columns.push_back(profile.rule(inferred.rows));
  return inferred;
}

std::string to_json(const ColumnRule& rule) {
  const auto or_null = [](const std::optional<double>& value) { return value ? base::number(*value) : base::Json(nullptr); };
  return base::dump(base::Json{{"name", rule.name},
                               {"type", to_string(rule.type)},
                               {"min", or_null(rule.min)},
                               {"max", or_null(rule.max)},
                               {"missing", or_null(rule.missing)},
                               {"values", rule.values}});
}

std::string columns_yaml(const std::vector<ColumnRule>& columns) {
  std::string out = "data:\n  columns:\n";
  for (const ColumnRule& rule : columns) {
    out += "    " + yaml_text(rule.name) + ": {type: " + std::string(to_string(rule.type));
    if (rule.min) out += ", min: " + base::format_double(*rule.min);
    if (rule.max) out += ", max: " + base::format_double(*rule.max);
    if (rule.missing) out += ", missing: " + base::format_double(*rule.missing);
    for (std::size_t i = 0; i < rule.values.size(); ++i) out += (i == 0 ? ", values: [" : ", ") + yaml_text(rule.values[i]);
    out += rule.values.empty() ? "}\n" : "]}\n";
  }
  return columns.empty() ? "data:\n  columns: {}\n" : out;
}

}  // namespace retrain
