// What the tests of the store share: opening a writer, a key and its value as the smallest record, and raw access behind the
// store's back.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "store/writer.hpp"
#include "support/temporary_folder.hpp"

namespace retrain::test {

inline std::unique_ptr<store::Writer> open_writer(const std::string& state, store::Writer::Options options = {}) {
  auto writer = store::Writer::open(state, "state-1", Time{}, options);
  REQUIRE_MESSAGE(writer.ok(), writer.status().message());
  return *std::move(writer);
}

inline Status put(store::Connection& connection, const std::string& key, const std::string& value = "v") {
  return connection.prepare("INSERT INTO meta (key, value) VALUES ($1, $2)").with(key, value).run();
}

/// How many records have a key that begins with `prefix`; -1 when that cannot be told.
inline std::int64_t count(store::Writer& writer, const std::string& prefix) {
  std::int64_t rows = -1;
  const Status status = writer.read([&](store::Connection& connection) -> Status {
    auto statement = connection.prepare("SELECT count(*) FROM meta WHERE substr(key, 1, length($1)) = $1");
    const auto row = statement.with(prefix).next();
    if (!row) return row.status();
    rows = statement.integer(0);
    return {};
  });
  return status ? rows : -1;
}

/// The one value of `sql`; "" when there is no row.
inline std::string value(store::Connection& connection, store::Sql sql) {
  auto statement = connection.prepare(sql);
  const auto row = statement.next();
  REQUIRE_MESSAGE(row.ok(), row.status().message());
  return *row ? statement.text(0) : "";
}

/// Runs SQL as another program would: with SQLite's defaults.
inline void run_foreign(const std::string& path, const std::string& sql, bool checkpoint_on_close = true) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  if (!checkpoint_on_close) sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  CHECK_MESSAGE(code == SQLITE_OK, sqlite3_errmsg(database));
  sqlite3_close(database);
}

}  // namespace retrain::test
