#include "file_check.hpp"

#include <deque>
#include <map>
#include <optional>

#include "base/csv.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cell_check.hpp"
#include "header.hpp"
#include "row_keys.hpp"

namespace retrain::readiness {
namespace {

/// What is counted of one session while its rows pass.
struct Tally {
  struct Missing {
    std::int64_t count = 0, first_line = 0;
  };
  Session session;
  std::vector<Missing> missing;  // by checked cell
  UniqueRows unique;
  std::vector<RisingValues> rising;
};

class FileCheck {
 public:
  FileCheck(const SessionFile& file, std::string_view bytes, const Schema& schema, const TimeParser& times)
      : file_(file), bytes_(bytes), schema_(schema), log_(file.path, file.name), time_(times), cell_time_(times) {}

  CheckedFile run() {
    sha256_ = base::sha256(bytes_);
    if (schema_.session_column.empty()) tally(file_.stem);
    if (check_content()) {
      for (auto& tally : tallies_) finish(tally);
      if (tallies_.empty() && schema_.min_rows > 0) log_.error("min_rows", {}, [] { return "has no row, and so no session"; });
    }
    CheckedFile result{{}, std::move(log_)};
    for (auto& tally : tallies_) result.sessions.push_back(std::move(tally.session));
    return result;
  }

 private:
  /// The session to which what concerns the whole file belongs.
  std::string_view file_session() const {
    return schema_.session_column.empty() ? std::string_view(file_.stem) : std::string_view();
  }

  bool check_content() {
    if (const char* encoding = foreign_encoding(bytes_)) {
      log_.error("encoding", {file_session()}, [&] { return std::string("is ") + encoding + ", not UTF-8"; });
      return false;
    }
    utf8_ = base::valid_utf8(bytes_);
    base::CsvReader reader(bytes_, schema_.allow_embedded_newlines);
    base::CsvRecord record;
    if (!reader.next(record)) {
      log_.error("empty_file", {file_session()}, [] { return "is empty: it has no header"; });
      return false;
    }
    check_format(reader, record);
    header_ = resolve_header(record, schema_, log_, file_session());
    for (auto& tally : tallies_) fit(tally);
    if (!schema_.session_column.empty() && !header_.session) return false;
    while (reader.next(record)) check_record(reader, record);
    return true;
  }

  /// Faults of the format in one record; true when its fields can be trusted.
  bool check_format(const base::CsvReader& reader, const base::CsvRecord& record) {
    for (const auto& fault : reader.faults()) {
      log_.error(fault.rule, {file_session(), fault.line, {}, std::int64_t(fault.byte)}, [&] { return fault.message; });
    }
    if (reader.missing_final_newline()) {
      log_.warning("missing_final_newline", {file_session(), record.line}, [] { return "the last line has no line end"; });
    }
    if (!utf8_) {
      for (const auto& field : record.fields) {
        if (base::valid_utf8(field.text)) continue;
        log_.error("utf8", {file_session(), record.line, {}, std::int64_t(field.byte)},
                   [&] { return "'" + base::printable(field.text) + "' is not UTF-8"; });
      }
    }
    return reader.faults().empty();
  }

  void check_record(const base::CsvReader& reader, const base::CsvRecord& record) {
    const bool trusted = check_format(reader, record);
    if (reader.blank()) {
      log_.error("blank_line", {file_session(), record.line, {}, std::int64_t(record.byte)}, [] { return "blank line"; });
      return;
    }
    const bool ragged = trusted && record.fields.size() != header_.width;
    if (ragged) {
      log_.error("ragged_row", {file_session(), record.line, {}, std::int64_t(record.byte)}, [&] {
        return std::to_string(record.fields.size()) + " fields, the header has " + std::to_string(header_.width);
      });
    }
    if (!trusted || ragged) {
      // It is a row all the same, of the only session it can be.
      if (schema_.session_column.empty()) ++tallies_.front().session.rows;
      return;
    }
    std::string_view id = file_.stem;
    if (header_.session) {
      const auto& field = record.fields[*header_.session];
      id = field.text;
      if (!base::safe_id(id)) {
        log_.error("session_id", {{}, record.line, schema_.session_column, std::int64_t(field.byte)}, [&] {
          return "'" + base::printable(id) + "' is not a session id: letters, digits, '.', '_' and '-', at most 128";
        });
        return;
      }
    }
    Tally& session = tally(id);
    ++session.session.rows;
    check_cells(session, record);
    check_time(session, record);
    check_keys(session, record);
    if (used(record)) ++session.session.used_rows;
  }

  void check_cells(Tally& tally, const base::CsvRecord& record) {
    for (std::size_t i = 0; i < header_.cells.size(); ++i) {
      const CheckedColumn& column = *header_.cells[i].column;
      const base::CsvField& field = record.fields[header_.cells[i].field];
      if (missing_in(column, field.text)) {
        auto& missing = tally.missing[i];
        if (missing.count++ == 0) missing.first_line = record.line;
      } else if (auto fault = check_cell(column, field.text, cell_time_)) {
        log_.error(fault->rule, place(tally, record, column.name, field), [&] { return std::move(fault->message); });
      }
    }
  }

  void check_time(Tally& tally, const base::CsvRecord& record) {
    if (!header_.time) return;
    const base::CsvField& field = record.fields[*header_.time];
    const auto time = time_.parse(field.text);
    if (time && (!tally.session.time || *time > *tally.session.time)) tally.session.time = time;
  }

  void check_keys(Tally& tally, const base::CsvRecord& record) {
    if (!header_.unique.empty()) {
      if (const auto earlier = tally.unique.insert(record, header_.unique)) {
        log_.error("unique", place(tally, record, base::join(schema_.unique, ", "), record.fields[header_.unique.front()]), [&] {
          return readable_key(record, header_.unique) + " stands in line " + std::to_string(*earlier) + " already";
        });
      }
    }
    for (std::size_t i = 0; i < header_.rising.size(); ++i) {
      const auto& rising = header_.rising[i];
      const base::CsvField& field = record.fields[rising.field];
      if (base::is_missing(field.text)) continue;
      const auto value = order_value(field.text);
      if (!value) {
        if (rising.checked) continue;  // said already
        log_.error("type", place(tally, record, *rising.column, field),
                   [&] { return "'" + base::printable(field.text) + "' is neither a number nor a date"; });
      } else if (const auto before = tally.rising[i].insert(record, rising.keys, *value)) {
        log_.error("rising", place(tally, record, *rising.column, field), [&] {
          const std::string of = rising.keys.empty() ? "" : " of " + readable_key(record, rising.keys);
          return "'" + base::printable(field.text) + "'" + of + " does not rise above that in line " +
                 std::to_string(before->line);
        });
      }
    }
  }

  std::optional<double> order_value(std::string_view cell) {
    if (const auto number = base::parse_double(cell)) return number;
    if (const auto time = cell_time_.parse(cell)) return double(time->time_since_epoch().count());
    return std::nullopt;
  }

  bool used(const base::CsvRecord& record) const {
    if (header_.where.size() != schema_.where.size() || !header_.target) return false;
    for (const auto& condition : header_.where) {
      if (!condition.values->contains(record.fields[condition.field].text)) return false;
    }
    return base::parse_double(record.fields[*header_.target].text).has_value();
  }

  void finish(Tally& tally) {
    const Session& session = tally.session;
    const std::int64_t rows = session.rows;
    if (rows < schema_.min_rows) {
      log_.error("min_rows", {session.id}, [&] {
        return "session " + session.id + " has " + std::to_string(rows) + " rows, fewer than " + std::to_string(schema_.min_rows);
      });
    }
    for (std::size_t i = 0; i < tally.missing.size(); ++i) {
      const CheckedColumn& column = *header_.cells[i].column;
      const auto& missing = tally.missing[i];
      if (!column.missing || double(missing.count) <= *column.missing * double(rows)) continue;
      log_.error("missing", {session.id, missing.first_line, column.name}, [&] {
        return std::to_string(missing.count) + " of " + std::to_string(rows) + " cells are missing, first here: a share of " +
               base::format_short(double(missing.count) / double(rows)) + ", over " + base::format_double(*column.missing);
      });
    }
    if (log_.has_errors(session.id) || log_.has_errors({})) return;
    if (header_.time && !session.time) {
      log_.error("no_time", {session.id, 0, schema_.time_column},
                 [&] { return "no row of session " + session.id + " says when it was"; });
    } else if (session.used_rows == 0) {
      log_.warning("no_used_rows", {session.id},
                   [&] { return "no row of session " + session.id + " passes data.where and has a target: it is left out"; });
    }
  }

  Place place(const Tally& tally, const base::CsvRecord& record, std::string_view column, const base::CsvField& field) const {
    return {tally.session.id, record.line, column, std::int64_t(field.byte)};
  }

  Tally& tally(std::string_view id) {
    if (last_ != nullptr && last_->session.id == id) return *last_;
    const auto [entry, inserted] = tally_of_.try_emplace(std::string(id), tallies_.size());
    if (inserted) {
      tallies_.push_back({{std::string(id), file_.path, sha256_, bytes_.size()}});
      fit(tallies_.back());
    }
    last_ = &tallies_[entry->second];
    return *last_;
  }

  void fit(Tally& tally) const {
    tally.missing.resize(header_.cells.size());
    tally.rising.resize(header_.rising.size());
  }

  const SessionFile& file_;
  std::string_view bytes_;
  const Schema& schema_;
  FindingLog log_;
  RepeatedTime time_, cell_time_;
  std::string sha256_;
  bool utf8_ = true;
  Header header_;
  std::deque<Tally> tallies_;
  std::map<std::string, std::size_t> tally_of_;
  Tally* last_ = nullptr;
};

}  // namespace

CheckedFile check_file(const SessionFile& file, std::string_view bytes, const Schema& schema, const TimeParser& times) {
  return FileCheck(file, bytes, schema, times).run();
}

}  // namespace retrain::readiness
