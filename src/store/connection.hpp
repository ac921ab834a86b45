// Connection: one SQLite connection, prepared statements only, hardened. The only door to SQL.
#pragma once

#include <map>
#include <memory>
#include <retrain/status.hpp>
#include <string>
#include <string_view>

#include "statement.hpp"

namespace retrain::store {

/// Threads: one at a time.
class Connection {
 public:
  enum class Access {
    read_write,  ///< creates the file (0600) when it is absent
    read_only,   ///< of a file that a read_write connection has opened
    immutable,   ///< reads the file without its write-ahead log, taking no lock and making no file beside it: to look before
                 ///< touching
  };
  /// Opens `path` with the settings of docs/formats/state.md: synchronous=FULL, foreign keys, no trusted schema, defensive, no
  /// mmap, no autocheckpoint, links not followed. Applies no schema and does not change the journal mode. Fails with
  /// invalid_argument (a link, no regular file, hard links, foreign, writable by others), io_error, no_space or corrupt, naming
  /// the path.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Never checkpoints and never removes the write-ahead log.
  ~Connection();

  /// A cached prepared statement, ready for binding.
  Statement prepare(Sql sql);
  /// For statements without parameters: BEGIN, SAVEPOINT, PRAGMA, a schema.
  Status execute(Sql sql);
  /// sqlite_failure() with the path.
  Status failure(int code, std::string_view what) const;
  /// Whether a transaction is open.
  bool in_transaction() const;
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return database_; }

 private:
  Connection(sqlite3* database, std::string path);
  Status configure(Access access);

  sqlite3* database_;
  std::string path_;
  std::map<const char*, sqlite3_stmt*> statements_;  // by the address of the text: it is a literal
};

}  // namespace retrain::store
