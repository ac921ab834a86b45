#include "statement.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace retrain::store {
namespace {

StatusCode status_code(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL: return StatusCode::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StatusCode::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM: return StatusCode::unavailable;
    case SQLITE_TOOBIG: return StatusCode::invalid_argument;
    case SQLITE_CONSTRAINT: {
      const bool taken =
          code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
      return taken ? StatusCode::conflict : StatusCode::internal;
    }
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: {
      // A full disk can also show when a file is created or the shared index grows. A failed fsync is never softened to that.
      const bool full = system_error == ENOSPC || system_error == EDQUOT;
      const bool sync = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
      return full && !sync ? StatusCode::no_space : StatusCode::io_error;
    }
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
    case SQLITE_PROTOCOL: return StatusCode::io_error;
    default: return StatusCode::internal;
  }
}

}  // namespace

Status sqlite_failure(sqlite3* database, int code, std::string_view what) {
  const bool detailed = database != nullptr && sqlite3_extended_errcode(database) == code;
  const int primary = code & 0xff;
  const int system_error =
      detailed && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) ? sqlite3_system_errno(database) : 0;
  std::string message = std::string(what) + ": " + (detailed ? sqlite3_errmsg(database) : sqlite3_errstr(code));
  if (system_error != 0) message += std::string(" (") + std::strerror(system_error) + ")";
  return {status_code(code, system_error), base::printable(message, 400)};
}

Statement::Statement(sqlite3* database, sqlite3_stmt* statement, Keep keep, Status prepared)
    : database_(database), statement_(statement), keep_(keep), failed_(std::move(prepared)) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      keep_(other.keep_),
      failed_(std::move(other.failed_)) {}

Statement::~Statement() {
  if (keep_ == Keep::owned) {
    sqlite3_finalize(statement_);
  } else if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
}

int Statement::place(int number) const {
  // To SQLite "$2" is a name, numbered by where it first stands: the number in it has to be looked up.
  const std::string name = "$" + std::to_string(number);
  return sqlite3_bind_parameter_index(statement_, name.c_str());
}

void Statement::check(int code) {
  if (code == SQLITE_OK || !failed_) return;
  failed_ = sqlite_failure(database_, code, base::printable(sqlite3_sql(statement_), 120));
}

Statement& Statement::bind(int index, std::int64_t value) & {
  if (failed_) check(sqlite3_bind_int64(statement_, place(index), value));
  return *this;
}

Statement& Statement::bind(int index, double value) & {
  if (failed_) check(sqlite3_bind_double(statement_, place(index), value));
  return *this;
}

Statement& Statement::bind(int index, std::string_view value) & {
  // SQLite binds NULL for a null pointer, and an empty view may hold one.
  const char* const bytes = value.data() == nullptr ? "" : value.data();
  if (failed_) check(sqlite3_bind_text64(statement_, place(index), bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, std::nullptr_t) & {
  if (failed_) check(sqlite3_bind_null(statement_, place(index)));
  return *this;
}

Result<bool> Statement::next() {
  if (!failed_) return failed_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  check(code);
  return failed_;
}

Status Statement::run() {
  for (;;) {
    const Result<bool> more = next();
    if (!more) return more.status();
    if (!*more) break;
  }
  // Ready to be bound and run again.
  sqlite3_reset(statement_);
  return {};
}

std::int64_t Statement::changes() const {
  return sqlite3_changes64(database_);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
  const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<double> Statement::maybe_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

std::optional<std::string> Statement::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<Time> Statement::maybe_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

}  // namespace retrain::store
