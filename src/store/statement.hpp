// Statement: one prepared SQL statement in use; Sql: its text, which only the source can hold.
#pragma once

#include <cstdint>
#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>
#include <utility>

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

/// A prepared statement in use; resets itself and forgets its parameters when it goes. Parameters are numbered from 1 ($1 …),
/// columns from 0. A failure is remembered: binding goes on harmlessly and next() or run() reports it. Threads: those of its
/// Connection, one at a time; it must go before the Connection does.
class Statement {
 public:
  /// What becomes of the SQLite statement afterwards: back to the connection's cache, or finalized.
  enum class Keep { cached, owned };
  Statement(sqlite3* database, sqlite3_stmt* statement, Keep keep, Status prepared);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int index, std::int64_t value) &;
  Statement& bind(int index, int value) & { return bind(index, std::int64_t{value}); }
  Statement& bind(int index, bool value) & { return bind(index, std::int64_t{value ? 1 : 0}); }
  Statement& bind(int index, std::size_t value) & { return bind(index, static_cast<std::int64_t>(value)); }
  Statement& bind(int index, double value) &;
  /// Copied. A NaN double is NULL to SQLite; text is stored byte for byte.
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
  Statement& with(const Values&... values) & {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  template <class... Values>
  Statement&& with(const Values&... values) && {
    return std::move(this->with(values...));
  }

  /// Steps to the next row. False at the end.
  Result<bool> next();
  /// Runs a statement that gives no rows to its end.
  Status run();
  /// Rows changed by the last run().
  std::int64_t changes() const;

  // Columns of the row that next() stands on. A NULL reads as 0, 0.0 or "" where it may not be absent.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  Time time(int column) const { return Time(Duration(integer(column))); }
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<double> maybe_real(int column) const;
  std::optional<std::string> maybe_text(int column) const;
  std::optional<Time> maybe_time(int column) const;

 private:
  int place(int number) const;
  void check(int code);

  sqlite3* database_;
  sqlite3_stmt* statement_;
  Keep keep_;
  Status failed_;
};

/// A Status for SQLite's result `code`: SQLITE_FULL → no_space, CORRUPT and NOTADB → corrupt, BUSY → unavailable, a broken UNIQUE
/// → conflict, any other broken constraint or misuse → internal, I/O → io_error. `what` leads the message; `database` may be
/// null.
Status sqlite_failure(sqlite3* database, int code, std::string_view what);

}  // namespace retrain::store
