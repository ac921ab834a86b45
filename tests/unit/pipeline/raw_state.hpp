// The state behind a pipeline's back, as a crash or another machine would leave it.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>

#include "support/temporary_folder.hpp"

namespace retrain::test {

/// Runs `sql` on the state of `folder`, whatever else has it open.
inline void change_state(const TemporaryFolder& folder, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((folder / "state/state.db").c_str(), &database) == SQLITE_OK);
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_busy_timeout(database, 2000);
  const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  CHECK_MESSAGE(code == SQLITE_OK, std::string(sqlite3_errmsg(database)));
  sqlite3_close(database);
}

}  // namespace retrain::test
