// Connection: one SQLite connection, prepared statements only, hardened. The only door to SQL.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace retrain::store {

/// SQL text that was written in the source: text made at run time does not compile.
class Sql {
 public:
  consteval Sql(const char* text) : text_(text) {}
  const char* text() const { return text_; }

 private:
  const char* text_;
};

/// A prepared statement in use; resets itself when it goes. Parameters are numbered from 1 ($1 …). A failure is remembered: binding goes
/// on harmlessly and next() or run() reports it.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement, Status prepared);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int index, std::int64_t value) &;
  Statement& bind(int index, int value) & { return bind(index, std::int64_t{value}); }
  Statement& bind(int index, bool value) & { return bind(index, std::int64_t{value ? 1 : 0}); }
  Statement& bind(int index, std::size_t value) & { return bind(index, static_cast<std::int64_t>(value)); }
  Statement& bind(int index, double value) &;
  Statement& bind(int index, std::string_view value) &;
  Statement& bind(int index, const std::string& value) & { return bind(index, std::string_view(value)); }
  Statement& bind(int index, const char* value) & { return bind(index, std::string_view(value)); }
  Statement& bind(int index, Time value) & { return bind(index, std::int64_t{value.time_since_epoch().count()}); }
  Statement& bind(int index, std::nullptr_t) &;
  template <class T>
  Statement& bind(int index, const std::optional<T>& value) & {
    return value ? bind(index, *value) : bind(index, nullptr);
  }
  /// Binds every value in order from $1.
  template <class... Values>
  Statement& with(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  /// Steps to the next row. False at the end.
  Result<bool> next();
  /// Runs a statement that gives no rows to its end.
  Status run();
  /// Rows changed by the last run().
  std::int64_t changes() const;

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  Time time(int column) const { return Time(Duration(integer(column))); }
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<std::string> maybe_text(int column) const;
  std::optional<Time> maybe_time(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  Status failed_;
};

/// Threads: one at a time.
class Connection {
 public:
  enum class Access { read_write, read_only };
  /// Opens `path` with the settings of docs/formats/state.md: WAL, synchronous=FULL, foreign keys, no trusted schema, defensive, no mmap,
  /// no autocheckpoint, links not followed. Creates the file (0600) only with read_write. Applies no schema.
  /// Fails with io_error, no_space, corrupt or invalid_argument, naming the path.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// A cached prepared statement, ready for binding.
  Statement prepare(Sql sql);
  /// For one statement without parameters: BEGIN, SAVEPOINT, PRAGMA.
  Status execute(Sql sql);
  /// A Status for SQLite's last failure: SQLITE_FULL → no_space, SQLITE_CORRUPT/NOTADB → corrupt, SQLITE_BUSY → unavailable, …
  Status failure(int code, std::string_view what) const;
  sqlite3* handle() const { return database_; }

 private:
  explicit Connection(sqlite3* database, std::string path);
  sqlite3* database_;
  std::string path_;
  std::map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace retrain::store
