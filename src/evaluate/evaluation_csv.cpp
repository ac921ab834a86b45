#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <filesystem>
#include <limits>
#include <retrain/evaluation_csv.hpp>
#include <unordered_map>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "loss_rule.hpp"
#include "number_cell.hpp"

namespace retrain {
namespace {

Status invalid(std::string message) {
  return {StatusCode::invalid_argument, std::move(message)};
}

/// The different texts of a column, numbered as they first appear.
class Dictionary {
 public:
  std::uint32_t number_of(std::string_view text) {
    // Rows of a session mostly stand together.
    if (!names_.empty() && names_[last_] == text) return last_;
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return last_ = found->second;
    last_ = static_cast<std::uint32_t>(names_.size());
    numbers_.emplace(names_.emplace_back(text), last_);
    return last_;
  }
  std::vector<std::string> take() { return {std::make_move_iterator(names_.begin()), std::make_move_iterator(names_.end())}; }

 private:
  std::deque<std::string> names_;  // stay in place while it grows
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::uint32_t last_ = 0;
};

/// What a column of the file is read into.
struct Column {
  enum class Kind { unused, number, session, group } kind = Kind::unused;
  std::string name;
  std::vector<double> numbers;
  Dictionary dictionary;
  std::vector<std::int32_t> codes;  // of a group; -1 = an empty cell
  bool required = false;            // an empty cell of the group is a fault
};

/// Columns by what they mean, as numbers of columns of the file.
struct Layout {
  std::vector<std::size_t> actual, candidate, production, anchor, session, second, segments;
  std::string loss;
  bool given = false;
};

class Header {
 public:
  explicit Header(std::vector<std::string> names) : names_(std::move(names)) {}

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t column) const { return names_[column]; }
  bool has(const std::string& name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }

  Status find(const std::string& name, std::vector<std::size_t>& into) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) {
      return invalid("there is no column " + base::printable(name) + "; the columns are " +
                     base::printable(base::join(names_, ", "), 400));
    }
    if (std::find(at + 1, names_.end(), name) != names_.end()) return invalid("two columns are named " + base::printable(name));
    into.push_back(static_cast<std::size_t>(at - names_.begin()));
    return {};
  }

  /// The column `name`, or name_0, name_1, … where there is none of that name.
  Status find_outputs(const std::string& name, std::vector<std::size_t>& into) const {
    if (has(name) || !has(name + "_0")) return find(name, into);
    for (std::size_t k = 0; has(name + "_" + std::to_string(k)); ++k) {
      if (Status found = find(name + "_" + std::to_string(k), into); !found) return found;
    }
    return {};
  }

 private:
  std::vector<std::string> names_;
};

Result<Layout> lay_out(const Header& header, const EvaluationColumns& columns) {
  Layout layout{.loss = columns.loss};
  const bool predicted = header.has("candidate") || header.has("candidate_0");
  layout.given = columns.loss == "given" ||
                 (header.has("loss_candidate") && header.has("loss_production") && (columns.loss == "auto" || !predicted));
  Status failure;
  const auto keep = [&](Status found) {
    if (failure.ok()) failure = std::move(found);
  };
  if (layout.given) {
    layout.loss = "given";
    keep(header.find("loss_candidate", layout.candidate));
    keep(header.find("loss_production", layout.production));
    if (header.has("loss_anchor")) keep(header.find("loss_anchor", layout.anchor));
    if (header.has("actual")) keep(header.find("actual", layout.actual));
  } else {
    keep(header.find("actual", layout.actual));
    keep(header.find_outputs("candidate", layout.candidate));
    keep(header.find_outputs("production", layout.production));
    if (header.has("anchor") || header.has("anchor_0")) keep(header.find_outputs("anchor", layout.anchor));
    if (layout.loss == "auto") layout.loss = layout.candidate.size() > 1 ? "log_loss" : "absolute_error";
  }
  if (header.has(columns.session) || columns.session_required || columns.session != EvaluationColumns{}.session) {
    keep(header.find(columns.session, layout.session));
  }
  if (!columns.second_cluster.empty()) keep(header.find(columns.second_cluster, layout.second));
  for (const auto& segment : columns.segments) keep(header.find(segment, layout.segments));
  if (!failure.ok()) return failure;
  for (const auto* outputs : {&layout.production, &layout.anchor}) {
    if (outputs->empty() || outputs->size() == layout.candidate.size()) continue;
    return invalid(std::to_string(layout.candidate.size()) + " columns of the candidate, but " + std::to_string(outputs->size()) +
                   " of another model");
  }
  return layout;
}

/// Reads the records behind the header into columns.
class Body {
 public:
  Body(std::string_view bytes, const Header& header, const Layout& layout) : bytes_(bytes), columns_(header.size()) {
    const auto rows = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
    for (const auto* numbers : {&layout.actual, &layout.candidate, &layout.production, &layout.anchor}) {
      for (const auto column : *numbers) {
        columns_[column].kind = Column::Kind::number;
        columns_[column].numbers.reserve(rows);
      }
    }
    for (const auto* groups : {&layout.segments, &layout.second}) {
      for (const auto column : *groups) columns_[column].kind = Column::Kind::group;
    }
    for (const auto column : layout.second) columns_[column].required = true;
    for (const auto column : layout.session) columns_[column].kind = Column::Kind::session;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].name = header.name(i);
      if (columns_[i].kind == Column::Kind::group || columns_[i].kind == Column::Kind::session) columns_[i].codes.reserve(rows);
    }
    lines_.reserve(rows);
  }

  /// `line` is the one at which the records begin, at offset `begin`.
  Status read(std::size_t begin, std::int64_t line) {
    if (!is_plain(bytes_.substr(begin))) return read_quoted(begin, line);
    return read_plain(bytes_.substr(begin), line);
  }

  Column& column(std::size_t number) { return columns_[number]; }
  std::vector<std::int64_t>& lines() { return lines_; }

 private:
  // Whether lines and commas are all there is to the format: no quote, and nothing that the full reader would find fault with.
  static bool is_plain(std::string_view bytes) {
    if (bytes.find('"') != std::string_view::npos || bytes.find('\0') != std::string_view::npos) return false;
    for (auto at = bytes.find('\r'); at != std::string_view::npos; at = bytes.find('\r', at + 1)) {
      if (at + 1 == bytes.size() || bytes[at + 1] != '\n') return false;
    }
    return true;
  }

  static Status fault(std::int64_t line, const std::string& message) {
    return {StatusCode::data_not_ready, "line " + std::to_string(line) + ": " + message};
  }
  static Status wrong_width(std::int64_t line, std::size_t fields, std::size_t expected) {
    return fault(line, std::to_string(fields) + " fields, but the header has " + std::to_string(expected));
  }

  Status take(Column& column, std::string_view cell, std::int64_t line) {
    if (column.kind == Column::Kind::unused) return {};
    if (column.kind == Column::Kind::number) {
      const auto value = evaluate::read_number_cell(cell);
      if (!value) return fault(line, "column " + base::printable(column.name) + " is '" + base::printable(cell) + "', no number");
      column.numbers.push_back(*value);
      return {};
    }
    if (cell.empty()) {
      if (column.kind == Column::Kind::session || column.required) {
        return fault(line, "column " + base::printable(column.name) + " is empty");
      }
      column.codes.push_back(-1);
      return {};
    }
    column.codes.push_back(static_cast<std::int32_t>(column.dictionary.number_of(cell)));
    return {};
  }

  // Without quotes a record is a line and its fields lie between commas; numbers are read where they stand.
  Status read_plain(std::string_view bytes, std::int64_t line) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    for (; at != end; ++line) {
      if (*at == '\n' || (*at == '\r' && at + 1 != end && at[1] == '\n')) {  // nothing on it
        at += *at == '\n' ? 1 : 2;
        continue;
      }
      bool more = true;
      for (std::size_t field = 0; more; ++field) {
        if (field == columns_.size()) return wrong_width(line, fields_of_line(bytes, at), columns_.size());
        Column& column = columns_[field];
        const char* stop = at;
        double value = 0;
        if (column.kind == Column::Kind::number) {
          const auto read = std::from_chars(at, end, value);
          if (read.ec == std::errc{} && (read.ptr == end || *read.ptr == ',' || *read.ptr == '\n')) {
            column.numbers.push_back(value);
            more = read.ptr != end && *read.ptr == ',';
            at = read.ptr == end ? end : read.ptr + 1;
            if (!more && field + 1 != columns_.size()) return wrong_width(line, field + 1, columns_.size());
            continue;
          }
        }
        while (stop != end && *stop != ',' && *stop != '\n') ++stop;
        more = stop != end && *stop == ',';
        std::string_view cell(at, static_cast<std::size_t>(stop - at));
        if (!more && stop != end && cell.ends_with('\r')) cell.remove_suffix(1);
        if (Status taken = take(column, cell, line); !taken) return taken;
        at = stop == end ? end : stop + 1;
        if (!more && field + 1 != columns_.size()) return wrong_width(line, field + 1, columns_.size());
      }
      lines_.push_back(line);
    }
    return {};
  }

  static std::size_t fields_of_line(std::string_view bytes, const char* inside) {
    const auto offset = static_cast<std::size_t>(inside - bytes.data());
    const auto before = bytes.rfind('\n', offset - 1);
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    const auto line = bytes.substr(begin, bytes.find('\n', offset - 1) - begin);
    return static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
  }

  Status read_quoted(std::size_t begin, std::int64_t line) {
    base::CsvReader reader(bytes_, true);
    reader.seek(begin, line);
    base::CsvRecord record;
    while (reader.next(record)) {
      if (reader.blank()) continue;
      if (!reader.faults().empty()) return fault(reader.faults().front().line, reader.faults().front().message);
      if (record.fields.size() != columns_.size()) return wrong_width(record.line, record.fields.size(), columns_.size());
      for (std::size_t field = 0; field < columns_.size(); ++field) {
        if (Status taken = take(columns_[field], record.fields[field].text, record.line); !taken) return taken;
      }
      lines_.push_back(record.line);
    }
    return {};
  }

  std::string_view bytes_;
  std::vector<Column> columns_;
  std::vector<std::int64_t> lines_;
};

std::vector<double> outputs_of(Body& body, const std::vector<std::size_t>& columns) {
  if (columns.empty()) return {};
  if (columns.size() == 1) return std::move(body.column(columns.front()).numbers);
  std::vector<double> values;
  const std::size_t rows = body.column(columns.front()).numbers.size();
  values.reserve(rows * columns.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (const auto column : columns) values.push_back(body.column(column).numbers[row]);
  }
  return values;
}

SegmentColumn group_of(Body& body, std::size_t number) {
  Column& column = body.column(number);
  return {column.name, column.codes, column.dictionary.take()};
}

// Classes as numbers, beyond the two of a probability: the predictions are classes too.
bool names_classes(const Evaluation& evaluation) {
  bool beyond = false;
  for (const auto* values : {&evaluation.actual, &evaluation.candidate, &evaluation.production, &evaluation.anchor}) {
    for (const double value : *values) {
      if (!std::isfinite(value)) continue;
      if (value != std::floor(value)) return false;
      beyond = beyond || (value != 0 && value != 1);
    }
  }
  return beyond;
}

void add_sessions(Evaluation& evaluation, Body& body, const Layout& layout, std::size_t recent) {
  if (layout.session.empty()) {
    for (std::size_t row = 0; row < evaluation.row_number.size(); ++row) {
      evaluation.sessions.push_back("line " + std::to_string(evaluation.row_number[row]));
      evaluation.session_of_row.push_back(static_cast<std::uint32_t>(row));
    }
  } else {
    Column& column = body.column(layout.session.front());
    evaluation.session_of_row.assign(column.codes.begin(), column.codes.end());
    evaluation.sessions = column.dictionary.take();
  }
  const std::size_t count = std::min(recent, evaluation.sessions.size());
  evaluation.recent.assign(evaluation.sessions.end() - static_cast<std::ptrdiff_t>(count), evaluation.sessions.end());
}

Result<Evaluation> evaluation_of(Body& body, const Layout& layout, std::size_t recent) {
  const auto rule = evaluate::read_loss(layout.loss);
  if (!rule) return rule.status();
  Evaluation evaluation;
  evaluation.loss = layout.loss;
  evaluation.outputs_per_row = layout.candidate.size();
  evaluation.row_number = std::move(body.lines());
  evaluation.candidate = outputs_of(body, layout.candidate);
  evaluation.production = outputs_of(body, layout.production);
  evaluation.anchor = outputs_of(body, layout.anchor);
  evaluation.actual = layout.actual.empty() ? std::vector<double>(evaluation.row_number.size()) : outputs_of(body, layout.actual);
  if (!rule->of_errors() && !layout.given) {
    const bool several =
        evaluation.outputs_per_row > 1 || (rule->kind == evaluate::LossKind::zero_one && names_classes(evaluation));
    evaluation.task = several ? Task::multiclass : Task::binary;
  }
  if (const auto fits = evaluate::parse_loss(layout.loss, evaluation.task, evaluation.outputs_per_row); !fits)
    return fits.status();
  for (const auto column : layout.segments) evaluation.segments.push_back(group_of(body, column));
  for (const auto column : layout.second) evaluation.second_cluster = group_of(body, column);
  add_sessions(evaluation, body, layout, recent);
  return evaluation;
}

}  // namespace

Result<Evaluation> read_evaluation_csv(const std::string& path, const EvaluationColumns& columns) {
  // A link that the caller names is a file that the caller means.
  std::error_code unresolved;
  const auto real = std::filesystem::canonical(path, unresolved);
  const auto bytes = base::read_file(unresolved ? path : real.string());
  if (!bytes) return bytes.status();

  base::CsvReader reader(*bytes, true);
  base::CsvRecord record;
  if (!reader.next(record) || reader.blank()) return Status{StatusCode::data_not_ready, path + " line 1: there is no header"};
  if (!reader.faults().empty()) {
    return Status{StatusCode::data_not_ready, path + " line 1: " + reader.faults().front().message};
  }
  std::vector<std::string> names;
  for (const auto& field : record.fields) names.emplace_back(base::trim(field.text));
  const Header header(std::move(names));
  const auto layout = lay_out(header, columns);
  if (!layout) return layout.status().within(path);
  Body body(*bytes, header, *layout);
  if (Status read = body.read(reader.byte(), reader.line()); !read) return read.within(path);
  auto evaluation = evaluation_of(body, *layout, columns.recent_sessions);
  if (!evaluation) return evaluation.status().within(path);
  return evaluation;
}

}  // namespace retrain
