// What is known of the rows only at their end.
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "row_messages.hpp"
#include "row_tally.hpp"

namespace retrain::readiness {
namespace {

std::string readable_key(const RowFinder::Row& row, const std::vector<std::size_t>& fields) {
  std::vector<std::string> texts;
  for (const std::size_t field : fields) texts.push_back("'" + base::printable(row.texts[field]) + "'");
  return base::join(texts, ", ");
}

}  // namespace

/// Rows that break a rule together with rows of a stretch before.
Status RowTally::log_late(const csv::SourceFile& source) {
  auto finished = memory_.finish();
  if (!finished) return finished.status();
  using Tell = std::function<void(const RowFinder::Row&)>;
  std::map<std::int64_t, std::vector<Tell>> by_line;
  const auto unique = [&](std::string_view session, const RowFinder::Row& row) {
    return Place{session, row.line, unique_name_, row.offsets[header_->unique.front()]};
  };
  for (const auto& [number, rows] : finished->told) {
    const std::string_view id = tallies_[number].session.id;
    for (const auto& late : rows) {
      by_line[late.line].push_back([&, id](const RowFinder::Row& row) {
        log_.amend_error("unique", unique(id, row),
                         [&] { return stands_already(readable_key(row, header_->unique), late.earlier); });
      });
    }
  }
  for (const auto& [number, rows] : finished->duplicates) {
    const std::string_view id = tallies_[number].session.id;
    log_.count_errors("unique", id, rows.count);
    for (const auto& late : rows.first) {
      by_line[late.line].push_back([&, id](const RowFinder::Row& row) {
        log_.insert_error("unique", unique(id, row),
                          [&] { return stands_already(readable_key(row, header_->unique), late.earlier); });
      });
    }
  }
  for (const auto& [number, rows] : finished->falls) {
    const std::string_view id = tallies_[number].session.id;
    log_.count_errors("rising", id, rows.count);
    for (const auto& late : rows.first) {
      by_line[late.line].push_back([&, id](const RowFinder::Row& row) {
        const auto& rising = header_->rising[late.rising];
        const std::string& text = row.texts[rising.field];
        const Place place{id, row.line, *rising.column, row.offsets[rising.field], text, late.rising};
        log_.insert_error("rising", place, [&] { return does_not_rise(text, readable_key(row, rising.keys), late.earlier); });
      });
    }
  }
  std::vector<std::int64_t> lines;
  for (const auto& [line, tells] : by_line) lines.push_back(line);
  if (lines.empty()) return {};
  const auto tell = [&](const RowFinder::Row& row) {
    for (const Tell& say : by_line[row.line]) say(row);
  };
  if (Status status = finder_.find(source, schema_.dialect, header_->width, lines, tell); !status) return status;
  return source.unchanged();
}

Result<std::vector<Session>> RowTally::finish(const Session& file, const csv::SourceFile& source) {
  if (Status status = log_late(source); !status) return status;
  std::vector<Session> sessions;
  sessions.reserve(tallies_.size());
  last_ = nullptr;
  tally_of_.clear();
  for (; !tallies_.empty(); tallies_.pop_front()) {  // one by one: there may be many
    Tally& tally = tallies_.front();
    tally.session.path = file.path;
    tally.session.sha256 = file.sha256;
    tally.session.size = file.size;
    if (header_ != nullptr) judge(tally);
    sessions.push_back(std::move(tally.session));
  }
  return sessions;
}

void RowTally::judge(const Tally& tally) {
  const Session& session = tally.session;
  const std::int64_t rows = session.rows;
  if (rows < schema_.min_rows) {
    log_.error("min_rows", {session.id}, [&] {
      return "session " + session.id + " has " + std::to_string(rows) + " rows, fewer than " + std::to_string(schema_.min_rows);
    });
  }
  for (const Missing& missing : tally.missing) {
    const CheckedColumn& column = *header_->cells[missing.cell].column;
    if (!column.missing || double(missing.count) <= *column.missing * double(rows)) continue;
    log_.error("missing", {session.id, missing.first_line, column.name}, [&] {
      return std::to_string(missing.count) + " of " + std::to_string(rows) + " cells are missing, first here: a share of " +
             base::format_short(double(missing.count) / double(rows)) + ", over " + base::format_double(*column.missing);
    });
  }
  if (log_.has_errors(session.id) || log_.has_errors({})) return;
  if (header_->time && !session.time) {
    log_.error("no_time", {session.id, 0, schema_.time_column},
               [&] { return "no row of session " + session.id + " says when it was"; });
  } else if (session.used_rows == 0) {
    log_.warning("no_used_rows", {session.id},
                 [&] { return "no row of session " + session.id + " passes data.where and has a target: it is left out"; });
  }
}

}  // namespace retrain::readiness
