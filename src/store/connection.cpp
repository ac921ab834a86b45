#include "connection.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"

namespace retrain::store {
namespace {

constexpr int busy_timeout_ms = 5000;

// The security page of SQLite's documentation, widened where our own statements need more.
constexpr struct {
  int limit, value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, 64 << 20},     {SQLITE_LIMIT_SQL_LENGTH, 100'000}, {SQLITE_LIMIT_COLUMN, 100},
    {SQLITE_LIMIT_EXPR_DEPTH, 50},       {SQLITE_LIMIT_COMPOUND_SELECT, 10}, {SQLITE_LIMIT_VDBE_OP, 25'000},
    {SQLITE_LIMIT_FUNCTION_ARG, 8},      {SQLITE_LIMIT_ATTACHED, 0},         {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 100}, {SQLITE_LIMIT_TRIGGER_DEPTH, 1},    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

constexpr struct {
  int option, value;
} options[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
};

// SQLITE_OPEN_NOFOLLOW refuses a link anywhere in the path. The folders above the state are the user's business, so they are
// resolved first; the last component is not.
Result<std::string> resolve_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  char resolved[PATH_MAX];
  if (::realpath(folder.c_str(), resolved) == nullptr) return base::file_error(errno, "open", folder);
  return std::string(resolved) + "/" + path.substr(slash == std::string::npos ? 0 : slash + 1);
}

Status check_file(const struct stat& info, const std::string& path) {
  if (S_ISLNK(info.st_mode)) return {StatusCode::invalid_argument, path + " is a symbolic link"};
  if (!S_ISREG(info.st_mode)) return {StatusCode::invalid_argument, path + " is not a regular file"};
  if (info.st_nlink > 1) return {StatusCode::invalid_argument, path + " has " + std::to_string(info.st_nlink) + " hard links"};
  if (info.st_uid != ::geteuid()) return {StatusCode::invalid_argument, path + " belongs to user " + std::to_string(info.st_uid)};
  if ((info.st_mode & 022) != 0) return {StatusCode::invalid_argument, path + " is writable by others"};
  return {};
}

// Only a file that did not exist is opened here: closing any descriptor of a database that this process has open drops SQLite's
// locks.
Status create_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EEXIST ? Status{} : base::file_error(errno, "create", path);
  const bool moded = ::fchmod(fd, 0600) == 0;  // whatever the umask
  const int error = errno;
  ::close(fd);
  if (!moded) return base::file_error(error, "create", path);
  return base::sync_directory(path.substr(0, path.rfind('/')));
}

std::string immutable_uri(const std::string& path) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += {'%', digits[(c >> 4) & 0xf], digits[c & 0xf]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
  Result<std::string> resolved = resolve_folder(path);
  if (!resolved) return resolved.status();
  struct stat info{};
  if (::lstat(resolved->c_str(), &info) == 0) {
    if (Status status = check_file(info, path); !status) return status;
  } else if (errno != ENOENT || access != Access::read_write) {
    return base::file_error(errno, "open", path);
  } else if (Status status = create_file(*resolved); !status) {
    return status;
  }

  int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= access == Access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  if (access == Access::immutable) {
    flags |= SQLITE_OPEN_URI;
    *resolved = immutable_uri(*resolved);
  }
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(resolved->c_str(), &database, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(database, path));
  if (code != SQLITE_OK) return connection->failure(code, "cannot open");
  if (Status status = connection->configure(access); !status) return status;
  return connection;
}

Connection::Connection(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}

Connection::~Connection() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Status Connection::configure(Access access) {
  for (const auto& [limit, value] : limits) sqlite3_limit(database_, limit, value);
  for (const auto& [option, value] : options) {
    if (const int code = sqlite3_db_config(database_, option, value, nullptr); code != SQLITE_OK)
      return failure(code, "cannot configure");
  }
  sqlite3_busy_timeout(database_, busy_timeout_ms);
  if (Status status = execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY"); !status) return status;
  if (access == Access::immutable) return {};
  return execute("PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=FULL");
}

Statement Connection::prepare(Sql sql) {
  const auto found = statements_.find(sql.text());
  const bool cached = found != statements_.end();
  if (cached && sqlite3_stmt_busy(found->second) == 0) return {database_, found->second, Statement::Keep::cached, {}};
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.text(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return {database_, nullptr, Statement::Keep::cached, failure(code, base::printable(sql.text(), 120))};
  // A text that is being stepped already (a query inside the loop over the same query) gets a statement of its own.
  if (cached) return {database_, statement, Statement::Keep::owned, {}};
  statements_.emplace(sql.text(), statement);
  return {database_, statement, Statement::Keep::cached, {}};
}

Status Connection::execute(Sql sql) {
  const int code = sqlite3_exec(database_, sql.text(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status{} : failure(code, base::printable(sql.text(), 120));
}

Status Connection::failure(int code, std::string_view what) const {
  return sqlite_failure(database_, code, what).within(path_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

}  // namespace retrain::store
