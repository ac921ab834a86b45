#include "store/connection.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::Connection;
using test::run_foreign;
using test::value;

namespace {

std::unique_ptr<Connection> open_connection(const std::string& path, Connection::Access access = Connection::Access::read_write) {
  auto connection = Connection::open(path, access);
  REQUIRE_MESSAGE(connection.ok(), connection.status().message());
  return *std::move(connection);
}

Status open_status(const std::string& path, Connection::Access access = Connection::Access::read_write) {
  return Connection::open(path, access).status();
}

std::unique_ptr<Connection> open_table(const test::TemporaryFolder& folder) {
  auto connection = open_connection(folder / "x.db");
  REQUIRE(connection->execute("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT; INSERT INTO parents VALUES (7)").ok());
  REQUIRE(connection->execute("CREATE TABLE t (a ANY, b TEXT CHECK (b <> 'no'), c INTEGER UNIQUE REFERENCES parents (id)) STRICT")
              .ok());
  return connection;
}

}  // namespace

TEST_CASE("a connection has the settings that the state demands") {
  const test::TemporaryFolder folder;
  const auto connection = open_connection(folder / "x.db");

  CHECK(value(*connection, "PRAGMA synchronous") == "2");
  CHECK(value(*connection, "PRAGMA foreign_keys") == "1");
  CHECK(value(*connection, "PRAGMA trusted_schema") == "0");
  CHECK(value(*connection, "PRAGMA cell_size_check") == "1");
  CHECK(value(*connection, "PRAGMA mmap_size") == "0");
  CHECK(value(*connection, "PRAGMA wal_autocheckpoint") == "0");
  CHECK(value(*connection, "PRAGMA busy_timeout") == "5000");
  CHECK(value(*connection, "PRAGMA temp_store") == "2");
}

TEST_CASE("what a hostile schema would need does not work") {
  const test::TemporaryFolder folder;
  const auto connection = open_table(folder);
  REQUIRE(
      connection->execute("CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END").ok());

  REQUIRE(connection->execute("INSERT INTO t (a) VALUES (1)").ok());

  CHECK(value(*connection, "SELECT count(*) FROM t") == "1");
  CHECK(connection->execute("SELECT * FROM v").message().find("access to view") != std::string::npos);
  CHECK_FALSE(connection->execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = ''").ok());
  CHECK_FALSE(connection->execute("ATTACH ':memory:' AS other").ok());
  CHECK_FALSE(connection->execute("SELECT load_extension('x')").ok());
  CHECK_FALSE(connection->execute("SELECT \"no such column\" FROM t").ok());
}

TEST_CASE("a new file is private whatever the umask says") {
  const test::TemporaryFolder folder;
  for (const mode_t mask : {0000U, 0077U, 0277U, 0777U}) {
    const std::string path = folder / ("x" + std::to_string(mask) + ".db");
    const mode_t before = ::umask(mask);
    const Status status = open_status(path);
    ::umask(before);

    REQUIRE(status.ok());
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
  }
}

TEST_CASE("a database that is a link, has a second name or may be written by others is refused by name") {
  const test::TemporaryFolder folder;
  const auto sparse = [&](const char* name) {
    const std::string path = folder.write(name, "");
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  };
  const std::string real = sparse("real.db");
  std::filesystem::create_symlink(real, folder / "link.db");
  std::filesystem::create_symlink(folder / "nowhere.db", folder / "dangling.db");
  std::filesystem::create_hard_link(sparse("linked.db"), folder / "second.db");
  std::filesystem::permissions(sparse("open.db"), std::filesystem::perms::group_write, std::filesystem::perm_options::add);
  std::filesystem::create_directory(folder / "folder.db");
  REQUIRE(::mkfifo((folder / "fifo.db").c_str(), 0600) == 0);

  CHECK(open_status(real).ok());
  CHECK(open_status(folder / "link.db").message() == folder / "link.db" + " is a symbolic link");
  CHECK(open_status(folder / "dangling.db").message() == folder / "dangling.db" + " is a symbolic link");
  CHECK(open_status(folder / "second.db").message() == folder / "second.db" + " has 2 hard links");
  CHECK(open_status(folder / "open.db").message() == folder / "open.db" + " is writable by others");
  CHECK(open_status(folder / "folder.db").message() == folder / "folder.db" + " is not a regular file");
  CHECK(open_status(folder / "fifo.db").message() == folder / "fifo.db" + " is not a regular file");
  CHECK(open_status(folder / "link.db").code() == StatusCode::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(folder / "nowhere.db"));
}

TEST_CASE("a link above the state is the user's business") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "link");

  CHECK(open_status(folder / "link/x.db").ok());
  CHECK(std::filesystem::exists(folder / "real/x.db"));
}

TEST_CASE("only writing creates a file, and only in a folder that exists") {
  const test::TemporaryFolder folder;

  CHECK(open_status(folder / "x.db", Connection::Access::read_only).code() == StatusCode::not_found);
  CHECK(open_status(folder / "x.db", Connection::Access::immutable).code() == StatusCode::not_found);
  CHECK(open_status(folder / "none/x.db").code() == StatusCode::not_found);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("an immutable connection takes any path literally and makes no file beside the database") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "a?mode=memory#%41 ü.db";
  REQUIRE(open_connection(path)->execute("PRAGMA journal_mode=WAL; PRAGMA user_version=41").ok());
  for (const char* const suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
  run_foreign(path, "PRAGMA user_version=42");

  const auto connection = open_connection(path, Connection::Access::immutable);

  CHECK(value(*connection, "PRAGMA user_version") == "42");
  CHECK_FALSE(connection->execute("PRAGMA user_version=43").ok());
  CHECK_FALSE(std::filesystem::exists(path + "-wal"));
  CHECK_FALSE(std::filesystem::exists(path + "-shm"));
}

TEST_CASE("every value comes back as it was bound") {
  const test::TemporaryFolder folder;
  const auto connection = open_table(folder);
  using namespace std::string_view_literals;
  const std::string_view texts[] = {""sv,         "plain"sv,         "'; DROP TABLE t; --"sv, "a\0b"sv,
                                    "\xff\xfe"sv, "né \U0001F3C1"sv, std::string_view{}};
  const std::int64_t integers[] = {0, -1, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  const double reals[] = {0.1, -0.0, 5e-324, std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity()};

  const auto returns = [&](const auto& bound, const auto& check) {
    auto statement = connection->prepare("SELECT $1, typeof($1)");
    const auto row = statement.with(bound).next();
    REQUIRE(row.ok());
    return check(statement);
  };

  for (const std::string_view text : texts) {
    CHECK(returns(text, [&](auto& row) { return row.text(0) == text && row.text(1) == "text"; }));
  }
  for (const std::int64_t integer : integers) {
    CHECK(returns(integer, [&](auto& row) { return row.integer(0) == integer && row.text(1) == "integer"; }));
  }
  for (const double real : reals) {
    CHECK(returns(real, [&](auto& row) { return row.real(0) == real && row.text(1) == "real"; }));
  }
  CHECK(returns(Time(Duration(-7)), [](auto& row) { return row.time(0) == Time(Duration(-7)); }));
  CHECK(returns(std::nan(""), [](auto& row) { return row.is_null(0); }));
  CHECK(returns(std::optional<std::string>(), [](auto& row) { return row.maybe_text(0) == std::nullopt; }));
  CHECK(returns(std::optional<Time>(Time(Duration(5))), [](auto& row) { return row.maybe_time(0) == Time(Duration(5)); }));
  CHECK(returns(std::optional<double>(0.5), [](auto& row) { return row.maybe_real(0) == 0.5; }));
  CHECK(returns(nullptr, [](auto& row) { return !row.maybe_integer(0) && !row.maybe_real(0) && !row.maybe_time(0); }));
}

TEST_CASE("a cached statement forgets its parameters, and may be used inside its own loop") {
  const test::TemporaryFolder folder;
  const auto connection = open_table(folder);
  constexpr store::Sql insert = "INSERT INTO t (a, b) VALUES ($1, $2)";
  constexpr store::Sql select = "SELECT a FROM t ORDER BY rowid";
  REQUIRE(connection->prepare(insert).with(1, "x").run().ok());

  REQUIRE(connection->prepare(insert).with(2).run().ok());
  int pairs = 0;
  auto outer = connection->prepare(select);
  for (auto row = outer.next(); row.ok() && *row; row = outer.next()) {
    auto inner = connection->prepare(select);
    for (auto other = inner.next(); other.ok() && *other; other = inner.next()) ++pairs;
  }

  CHECK(value(*connection, "SELECT count(*) FROM t WHERE b IS NULL") == "1");
  CHECK(pairs == 4);
}

TEST_CASE("a failure is told once, by the code of what to do next, and binding goes on harmlessly") {
  const test::TemporaryFolder folder;
  const auto connection = open_table(folder);
  constexpr store::Sql insert = "INSERT INTO t (a, b, c) VALUES ($1, $2, $3)";
  REQUIRE(connection->prepare(insert).with(1, "x", nullptr).run().ok());
  REQUIRE(connection->execute("INSERT INTO t (a, c) VALUES (1, 7)").ok());

  const Status unique = connection->prepare(insert).with(1, "x", 7).run();
  const Status check = connection->prepare(insert).with(1, "no", nullptr).run();
  const Status reference = connection->prepare(insert).with(1, "x", 8).run();
  const Status type = connection->prepare(insert).with(1, "x", "seven").run();
  const Status parameter = connection->prepare(insert).with(1, "x", nullptr, 4).run();
  const Status syntax = connection->prepare("SELEKT $1").with(1, "x").run();
  const Status big = connection->prepare(insert).with(std::string((64 << 20) + 1, 'x'), "x", nullptr).run();

  CHECK(unique.code() == StatusCode::conflict);
  CHECK(unique.message().find("t.c") != std::string::npos);
  CHECK(check.code() == StatusCode::internal);
  CHECK(reference.code() == StatusCode::internal);
  CHECK(type.code() == StatusCode::internal);
  CHECK(parameter.code() == StatusCode::internal);
  CHECK(syntax.code() == StatusCode::internal);
  CHECK(syntax.message().find("SELEKT") != std::string::npos);
  CHECK(big.code() == StatusCode::invalid_argument);
}

TEST_CASE("bytes that are no database are corrupt, with the path") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("x.db", std::string(8192, 'x'));
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  const Status status = open_status(path);

  CHECK(status.code() == StatusCode::corrupt);
  CHECK(status.message().find(path) == 0);
}
