#include "store/migration.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::Connection;
using store::Writer;
using test::open_writer;
using test::run_foreign;
using test::value;

namespace {

/// Every file of a folder with its bytes.
std::map<std::string, std::string> contents(const test::TemporaryFolder& folder, const std::string& below) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / below)) {
    const std::string name = std::filesystem::relative(entry.path(), folder.path()).string();
    files[name] = entry.is_regular_file() ? folder.read(name) : "folder";
  }
  return files;
}

Status open_status(const test::TemporaryFolder& folder) {
  return Writer::open(folder / "state", "another", Time{}, {}).status();
}

void remove_log(const test::TemporaryFolder& folder) {
  for (const char* const suffix : {"-wal", "-shm"}) std::filesystem::remove(folder / "state/state.db" + suffix);
}

/// A prepared folder whose state.db was made by someone else.
void make_foreign(const test::TemporaryFolder& folder, const std::string& sql) {
  open_writer(folder / "state");
  std::filesystem::remove(folder / "state/state.db");
  remove_log(folder);
  run_foreign(folder / "state/state.db", sql);
}

void damage(const test::TemporaryFolder& folder, std::size_t offset, const std::string& bytes) {
  std::string all = folder.read("state/state.db");
  REQUIRE(all.size() >= offset + bytes.size());
  all.replace(offset, bytes.size(), bytes);
  folder.write("state/state.db", all);
}

}  // namespace

TEST_CASE("a fresh state carries its identity, and opening it again changes nothing of it") {
  const test::TemporaryFolder folder;
  const Time created = Time(std::chrono::sys_days{std::chrono::year{2013} / 2 / 14});
  std::map<std::string, std::string> found;

  REQUIRE(Writer::open(folder / "state", "first", created, {}).ok());
  REQUIRE(Writer::open(folder / "state", "second", created + std::chrono::hours(1), {}).ok());
  const auto writer = open_writer(folder / "state");

  const Status status = writer->read([&](Connection& db) -> Status {
    found["application"] = value(db, "PRAGMA application_id");
    found["schema"] = value(db, "PRAGMA user_version");
    found["mode"] = value(db, "PRAGMA journal_mode");
    found["id"] = value(db, "SELECT value FROM meta WHERE key = 'state_id'");
    found["created"] = value(db, "SELECT value FROM meta WHERE key = 'created'");
    return {};
  });
  CHECK(status.ok());
  CHECK(found == std::map<std::string, std::string>{{"application", std::to_string(store::application_id)},
                                                    {"schema", std::to_string(store::schema_version)},
                                                    {"mode", "wal"},
                                                    {"id", "first"},
                                                    {"created", "2013-02-14T00:00:00Z"}});
}

TEST_CASE("docs/formats/state.md explains every table and every column") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  std::ifstream file(RETRAIN_SOURCE_DIR "/docs/formats/state.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> missing;
  int columns = 0;

  const Status status = writer->read([&](Connection& db) -> Status {
    auto row = db.prepare(
        "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT "
        "LIKE 'sqlite_%'");
    for (auto more = row.next(); more.ok() && *more; more = row.next()) {
      const auto section = page.find("\n### " + row.text(0));
      const std::string text = section == std::string::npos ? "" : page.substr(section, page.find("\n##", section + 1) - section);
      if (text.find("`" + row.text(1) + "`") == std::string::npos) missing.push_back(row.text(0) + "." + row.text(1));
      ++columns;
    }
    return {};
  });

  CHECK(status.ok());
  CHECK(columns > 100);
  CHECK(missing == std::vector<std::string>{});
}

TEST_CASE("a state of version 1 becomes one of this version when it is opened, and keeps every row") {
  const test::TemporaryFolder folder;
  open_writer(folder / "state");
  run_foreign(
      folder / "state/state.db",
      "DROP TABLE deliveries; DROP TABLE delivery_targets; DROP TABLE alpha_ledger; DROP TABLE file_digests; DROP TABLE "
      "silences; DROP TABLE queue_halts; DROP TABLE lease_sightings; DROP INDEX runs_requeued; ALTER TABLE runs DROP COLUMN "
      "waits_on; DROP INDEX runs_created; DROP INDEX runs_ended; DROP INDEX alerts_opening; DROP INDEX alerts_counted; DROP "
      "INDEX alerts_resolved; ALTER TABLE alerts DROP COLUMN group_count; ALTER TABLE alerts DROP COLUMN group_worst; CREATE "
      "INDEX alerts_group ON alerts (model, dedup_key, received_us); ALTER TABLE runs DROP COLUMN waits_for; ALTER TABLE runs "
      "DROP COLUMN since_us; ALTER TABLE runs DROP COLUMN "
      "since_boot_us; ALTER TABLE runs DROP COLUMN since_boot_id; ALTER TABLE runs DROP COLUMN delay_us; ALTER TABLE runs DROP "
      "COLUMN begun_us; ALTER TABLE runs DROP COLUMN begun_boot_us; ALTER TABLE runs DROP COLUMN begun_boot_id; ALTER TABLE runs "
      "DROP COLUMN cancelled_by; ALTER TABLE runs DROP COLUMN cancel_reason; ALTER TABLE runs DROP COLUMN requeued_from; "
      "ALTER TABLE footprints DROP COLUMN rows; ALTER TABLE footprints DROP COLUMN rounds; "
      "ALTER TABLE evaluations DROP COLUMN settings; PRAGMA user_version=1;"
      "INSERT INTO bindings VALUES ('toy', 'regression', 'y', '{}', 0);"
      "INSERT INTO runs VALUES ('r', 'toy', 'finished', 'rejected', 'why', 'alert a', 0, NULL, 0.9, '', 0, 0, 0, '', 0, 1, 1, '',"
      " 1, 1, '', 1, 0, 0, 0, '', '');"
      "INSERT INTO evaluations VALUES ('r', 'toy', 'hash', 'holdout', '{}', '[]', 5)");
  std::string version, settings, sums;

  const auto writer = open_writer(folder / "state");

  REQUIRE(writer
              ->read([&](Connection& db) -> Status {
                version = value(db, "PRAGMA user_version");
                settings = value(db, "SELECT '<' || settings || '>' FROM evaluations");
                sums = value(db, "SELECT session_sums FROM evaluations");
                return {};
              })
              .ok());
  CHECK(version == std::to_string(store::schema_version));
  CHECK(settings == "<>");
  CHECK(sums == "[]");
  CHECK(writer->commit([](Connection& db) { return db.prepare("DELETE FROM alpha_ledger").run(); }).ok());
}

TEST_CASE("a state of a newer version is refused and no byte of it changes") {
  const test::TemporaryFolder folder;
  open_writer(folder / "state");
  run_foreign(folder / "state/state.db", "PRAGMA user_version=3");
  remove_log(folder);
  const auto before = contents(folder, "state");

  const Status status = open_status(folder);

  CHECK(status.code() == StatusCode::incompatible);
  CHECK(status.message() == folder / "state/state.db" + " has schema 3, this version knows up to 2");
  CHECK(contents(folder, "state") == before);
}

TEST_CASE("a newer version that stands only in the log is refused too, file and log untouched") {
  const test::TemporaryFolder folder;
  open_writer(folder / "state");
  run_foreign(folder / "state/state.db", "PRAGMA wal_autocheckpoint=0; PRAGMA user_version=3", false);
  REQUIRE(std::filesystem::file_size(folder / "state/state.db-wal") > 0);
  auto before = contents(folder, "state");

  const Status status = open_status(folder);

  CHECK(status.code() == StatusCode::incompatible);
  auto after = contents(folder, "state");
  before.erase("state/state.db-shm");  // an index over the log, rebuilt by whoever opens it first
  after.erase("state/state.db-shm");
  CHECK(after == before);
}

TEST_CASE("the database of another program is refused and no byte of it changes") {
  for (const char* const sql : {"CREATE TABLE t (a); INSERT INTO t VALUES (1)", "PRAGMA application_id=7",
                                "PRAGMA user_version=1", "PRAGMA journal_mode=WAL; CREATE TABLE t (a)"}) {
    const test::TemporaryFolder folder;
    CAPTURE(sql);
    make_foreign(folder, sql);
    const auto before = contents(folder, "state");

    const Status status = open_status(folder);

    CHECK(status.code() == StatusCode::incompatible);
    CHECK(status.message().find("is the database of another program") != std::string::npos);
    CHECK(contents(folder, "state") == before);
  }
}

TEST_CASE("a schema number that no version wrote is corrupt") {
  const test::TemporaryFolder folder;
  open_writer(folder / "state");
  run_foreign(folder / "state/state.db", "PRAGMA user_version=0");

  const Status status = open_status(folder);

  CHECK(status.code() == StatusCode::corrupt);
  CHECK(status.message().find("has schema 0") != std::string::npos);
}

TEST_CASE("what is no database, or half of one, is corrupt and no byte of it changes") {
  const test::TemporaryFolder folder;
  open_writer(folder / "state");
  remove_log(folder);
  const std::string whole = folder.read("state/state.db");
  for (const std::string& bytes :
       {std::string("xx"), std::string(5000, 'x'), whole.substr(0, 4096), whole.substr(0, whole.size() - 4096)}) {
    CAPTURE(bytes.size());
    folder.write("state/state.db", bytes);
    const auto before = contents(folder, "state");

    const Status status = open_status(folder);

    CHECK(status.code() == StatusCode::corrupt);
    CHECK(status.message().find(folder / "state/state.db") == 0);
    CHECK(contents(folder, "state") == before);
  }
}

TEST_CASE("an empty file and a creation that was cut short become a state") {
  for (const char* const sql : {"", "PRAGMA journal_mode=WAL"}) {
    const test::TemporaryFolder folder;
    CAPTURE(sql);
    make_foreign(folder, sql);
    std::filesystem::permissions(folder / "state/state.db",
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

    CHECK(open_status(folder).ok());
  }
}

TEST_CASE("a state whose journal mode somebody changed goes back to the write-ahead log") {
  const test::TemporaryFolder folder;
  open_writer(folder / "state");
  run_foreign(folder / "state/state.db", "PRAGMA journal_mode=DELETE");
  std::string mode;

  const auto writer = open_writer(folder / "state");

  CHECK(writer->read([&](Connection& db) { return mode = value(db, "PRAGMA journal_mode"), Status{}; }).ok());
  CHECK(mode == "wal");
}

TEST_CASE("a new state needs an id") {
  const test::TemporaryFolder folder;

  CHECK(Writer::open(folder / "state", "", Time{}, {}).status().code() == StatusCode::invalid_argument);
  CHECK(Writer::open(folder / "state", "state-1", Time{}, {}).ok());
}

TEST_CASE("the check names a row without its parent and a damaged page, and is silent about a clean state") {
  const test::TemporaryFolder folder;
  std::vector<std::string> clean, orphaned, damaged;
  const auto check = [&](std::vector<std::string>& lines) {
    return open_writer(folder / "state")->read([&](Connection& db) { return lines = store::check_database(db), Status{}; });
  };

  REQUIRE(check(clean).ok());
  run_foreign(folder / "state/state.db",
              "PRAGMA foreign_keys=OFF; INSERT INTO footprints VALUES ('run-1', 'm', 1, 1.0, 1, 1, 1, 1, 1); PRAGMA "
              "wal_checkpoint(TRUNCATE)");
  REQUIRE(check(orphaned).ok());
  damage(folder, folder.read("state/state.db").size() - 4096, std::string(64, '\x7f'));
  REQUIRE(check(damaged).ok());

  CHECK(clean.empty());
  CHECK(orphaned == std::vector<std::string>{"row 1 of footprints refers to a missing row of runs"});
  CHECK(damaged.size() >= 1);
  CHECK(damaged != orphaned);
}
