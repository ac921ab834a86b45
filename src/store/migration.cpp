#include "migration.hpp"

#include <sys/stat.h>

#include "base/crash_point.hpp"
#include "schema.hpp"

namespace retrain::store {
namespace {

struct Identity {
  std::int64_t application = 0;
  std::int64_t schema = 0;
  bool empty = true;  ///< no table at all
};

Result<std::int64_t> single_integer(Connection& connection, Sql sql) {
  Statement statement = connection.prepare(sql);
  const Result<bool> row = statement.next();
  if (!row) return row.status();
  return statement.integer(0);
}

Result<Identity> identify(Connection& connection) {
  const Result<std::int64_t> application = single_integer(connection, "PRAGMA application_id");
  if (!application) return application.status().within(connection.path());
  const Result<std::int64_t> schema = single_integer(connection, "PRAGMA user_version");
  if (!schema) return schema.status().within(connection.path());
  const Result<std::int64_t> tables = single_integer(connection, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.status().within(connection.path());
  return Identity{*application, *schema, *tables == 0};
}

/// The version that is there: 0 for a fresh file.
Result<std::int64_t> accept(const Identity& identity, const std::string& path) {
  if (identity.application == 0 && identity.schema == 0 && identity.empty) return std::int64_t{0};
  if (identity.application != application_id) {
    return Status{StatusCode::incompatible,
                  path + " is the database of another program: its application_id is " + std::to_string(identity.application)};
  }
  if (identity.schema > schema_version) {
    return Status{StatusCode::incompatible, path + " has schema " + std::to_string(identity.schema) +
                                                ", this version knows up to " + std::to_string(schema_version)};
  }
  if (identity.schema < 1)
    return Status{StatusCode::corrupt, path + " has schema " + std::to_string(identity.schema) + ", which nobody wrote"};
  return identity.schema;
}

Status enter_wal_mode(Connection& connection) {
  Statement statement = connection.prepare("PRAGMA journal_mode=WAL");
  const Result<bool> row = statement.next();
  if (!row) return row.status().within(connection.path());
  if (statement.text(0) != "wal") return {StatusCode::io_error, connection.path() + " cannot use a write-ahead log here"};
  return {};
}

Status create_schema(Connection& connection, const std::string& state_id, Time now) {
  if (Status status = connection.execute("PRAGMA application_id=0x52545231"); !status) return status;
  if (Status status = connection.execute(schema_1); !status) return status;
  constexpr Sql insert = "INSERT INTO meta (key, value) VALUES ($1, $2)";
  if (Status status = connection.prepare(insert).with("state_id", state_id).run(); !status) return status;
  return connection.prepare(insert).with("created", format_time(now)).run();
}

/// What the versions after `from` added.
Status extend_schema(Connection& connection, std::int64_t from) {
  if (from < 2) {
    if (Status status = connection.execute(schema_2); !status) return status;
  }
  return connection.execute("PRAGMA user_version=2");
}

std::int64_t size_of(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? std::int64_t{info.st_size} : 0;
}

}  // namespace

Status inspect(const std::string& path) {
  // With a log beside it the file alone may be half of a checkpoint and tell nothing; but then SQLite needs no new file to read
  // both.
  if (size_of(path) == 0 || size_of(path + "-wal") > 0) return {};
  Result<std::unique_ptr<Connection>> connection = Connection::open(path, Connection::Access::immutable);
  if (!connection) return connection.status();
  const Result<Identity> identity = identify(**connection);
  if (!identity) return identity.status();
  return accept(*identity, path).status();
}

Status migrate(Connection& connection, const std::string& state_id, Time now) {
  const Result<Identity> identity = identify(connection);
  if (!identity) return identity.status();
  const Result<std::int64_t> version = accept(*identity, connection.path());
  if (!version) return version.status();
  if (Status status = enter_wal_mode(connection); !status) return status;
  if (*version == schema_version) return {};

  if (*version == 0 && state_id.empty()) return {StatusCode::invalid_argument, "a new state needs an id"};
  if (Status status = connection.execute("BEGIN IMMEDIATE"); !status) return status;
  Status status = *version == 0 ? create_schema(connection, state_id, now) : Status{};
  if (status) status = extend_schema(connection, *version);
  base::crash_point("migrate", "before_commit");
  if (status) status = connection.execute("COMMIT");
  base::crash_point("migrate", "after_commit");
  // A failed COMMIT leaves the transaction open, unless SQLite has rolled it back by itself.
  if (!status && connection.in_transaction()) static_cast<void>(connection.execute("ROLLBACK"));
  return status;
}

std::vector<std::string> check_database(Connection& connection) {
  std::vector<std::string> findings;
  Statement integrity = connection.prepare("PRAGMA integrity_check");
  for (;;) {
    const Result<bool> row = integrity.next();
    if (!row) findings.push_back(row.status().message());
    if (!row || !*row) break;
    if (integrity.text(0) != "ok") findings.push_back(integrity.text(0));
  }
  Statement references = connection.prepare("PRAGMA foreign_key_check");
  for (;;) {
    const Result<bool> row = references.next();
    if (!row) findings.push_back(row.status().message());
    if (!row || !*row) break;
    findings.push_back("row " + references.text(1) + " of " + references.text(0) + " refers to a missing row of " +
                       references.text(2));
  }
  return findings;
}

}  // namespace retrain::store
