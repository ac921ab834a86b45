// Crashes, full disks, files replaced behind the writer's back: what was acknowledged stays, and nothing else is claimed.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/migration.hpp"
#include "unit/store/child_process.hpp"
#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::Connection;
using store::Writer;
using test::ChildProcess;
using test::count;
using test::open_writer;
using test::put;
using test::run_foreign;

namespace {

std::vector<std::string> findings(Writer& writer) {
  std::vector<std::string> lines;
  REQUIRE(writer.read([&](Connection& connection) { return lines = store::check_database(connection), Status{}; }).ok());
  return lines;
}

/// Commits "k1" in a child that is killed at `point`; returns how the child ended.
int crash_at(const std::string& state, const char* point) {
  ChildProcess child([&] {
    ::setenv("RETRAIN_CRASH_AT", point, 1);
    auto writer = Writer::open(state, "state-1", Time{}, {});
    if (!writer) return 1;
    return (*writer)->commit("accept", [](Connection& connection) { return put(connection, "k1"); }) ? 0 : 2;
  });
  return child.wait();
}

/// A file system of `size` of its own at `path`, for this process and its children.
bool mount_small(const std::string& path, const char* size) {
  const auto uid = ::getuid();
  const auto gid = ::getgid();
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return ::mount("tmpfs", path.c_str(), "tmpfs", 0, (std::string("mode=0700,size=") + size).c_str()) == 0;
}

void fill(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  ::close(fd);
}

constexpr int skipped = 77;

}  // namespace

TEST_CASE("a process killed before its commit leaves nothing, one killed after it leaves all") {
  for (const char* const point : {"accept.before_commit", "commit.before", "migrate.before_commit", "migrate.after_commit"}) {
    const test::TemporaryFolder folder;
    CAPTURE(point);
    CHECK(crash_at(folder / "state", point) == -SIGKILL);
    const auto writer = open_writer(folder / "state");
    CHECK(count(*writer, "k") == 0);
    CHECK(findings(*writer).empty());
  }
  for (const char* const point : {"accept.after_commit", "commit.after"}) {
    const test::TemporaryFolder folder;
    CAPTURE(point);
    CHECK(crash_at(folder / "state", point) == -SIGKILL);
    const auto writer = open_writer(folder / "state");
    CHECK(count(*writer, "k") == 1);
    CHECK(findings(*writer).empty());
  }
}

TEST_CASE("a state that died in the middle of a checkpoint, its first page ahead of the rest, opens whole") {
  const test::TemporaryFolder folder;
  REQUIRE(crash_at(folder / "state", "accept.after_commit") == -SIGKILL);
  std::filesystem::copy(folder / "state", folder / "copy");
  run_foreign(folder / "copy/state.db", "PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string before = folder.read("state/state.db");
  REQUIRE(before.size() == 4096);
  folder.write("state/state.db", folder.read("copy/state.db").substr(0, 4096));
  REQUIRE(folder.read("state/state.db") != before);

  const auto writer = open_writer(folder / "state");

  CHECK(count(*writer, "k") == 1);
  CHECK(findings(*writer).empty());
}

TEST_CASE("what was acknowledged before a kill is there after it") {
  for (int round = 0; round < 5; ++round) {
    const test::TemporaryFolder folder;
    test::Pipe acknowledged;
    ChildProcess child([&] {
      auto writer = Writer::open(folder / "state", "state-1", Time{}, {});
      for (int i = 0; writer && i < 100'000; ++i) {
        if (!(*writer)->commit([i](Connection& connection) { return put(connection, "k" + std::to_string(i)); })) return 1;
        acknowledged.send('a');
      }
      return 0;
    });
    acknowledged.close_writing();

    int seen = 0;
    char byte = 0;
    while (seen < 50 + round * 37 && acknowledged.receive(byte)) ++seen;
    child.kill();
    child.wait();
    while (acknowledged.receive(byte)) ++seen;

    const auto writer = open_writer(folder / "state");
    CHECK(count(*writer, "k") >= seen);
    CHECK(count(*writer, "k") <= seen + 1);
    CHECK(findings(*writer).empty());
  }
}

TEST_CASE("a state.db replaced while open is noticed before anything is acknowledged, and for good") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  REQUIRE(writer->commit([](Connection& connection) { return put(connection, "k1"); }).ok());
  std::filesystem::rename(folder / "state/state.db", folder / "state/elsewhere.db");
  std::filesystem::copy_file(folder / "state/elsewhere.db", folder / "state/state.db");

  const Status first = writer->commit([](Connection& connection) { return put(connection, "k2"); });
  const Status second = writer->commit([](Connection& connection) { return put(connection, "k3"); });

  CHECK(first.code() == StatusCode::io_error);
  CHECK(first.message() == folder / "state/state.db" + " was replaced while open: what was written since may be lost");
  CHECK(second.message() == first.message());
}

TEST_CASE("a log deleted by another program, after the host closed state.db itself, is not written to in silence") {
  const test::TemporaryFolder folder;
  test::Pipe go;
  ChildProcess other([&] {
    char byte = 0;
    if (!go.receive(byte)) return 1;
    sqlite3* database = nullptr;
    if (sqlite3_open((folder / "state/state.db").c_str(), &database) != SQLITE_OK) return 2;
    if (sqlite3_exec(database, "SELECT count(*) FROM meta", nullptr, nullptr, nullptr) != SQLITE_OK) return 3;
    return sqlite3_close(database) == SQLITE_OK ? 0 : 4;
  });
  const auto writer = open_writer(folder / "state");
  REQUIRE(writer->commit([](Connection& connection) { return put(connection, "k1"); }).ok());
  ::close(::open((folder / "state/state.db").c_str(), O_RDONLY));
  go.send('g');
  REQUIRE(other.wait() == 0);
  REQUIRE(!std::filesystem::exists(folder / "state/state.db-wal"));

  const Status status = writer->commit([](Connection& connection) { return put(connection, "k2"); });

  CHECK(status.code() == StatusCode::io_error);
  CHECK(status.message().find("state.db-wal was replaced while open") != std::string::npos);
}

TEST_CASE("an i/o error in COMMIT is final until the state is opened again") {
  const test::TemporaryFolder folder;
  ChildProcess child([&] {
    std::signal(SIGXFSZ, SIG_DFL);  // as in a host that never thought of it: the writer's thread must not let it through
    auto writer = Writer::open(folder / "state", "state-1", Time{}, {});
    if (!writer || !(*writer)->commit([](Connection& connection) { return put(connection, "k1"); })) return 1;
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit before = limit;
    limit.rlim_cur = std::filesystem::file_size(folder / "state/state.db-wal") + 20'000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Status failed =
        (*writer)->commit([](Connection& connection) { return put(connection, "k2", std::string(100'000, 'x')); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    if (failed.code() != StatusCode::io_error) return 2;
    const Status later = (*writer)->commit([](Connection& connection) { return put(connection, "k3"); });
    return later.code() == StatusCode::io_error && later.message() == failed.message() ? 0 : 3;
  });

  CHECK(child.wait() == 0);
  const auto writer = open_writer(folder / "state");
  CHECK(count(*writer, "k") == 1);
  CHECK(findings(*writer).empty());
  CHECK(writer->commit([](Connection& connection) { return put(connection, "k4"); }).ok());
}

TEST_CASE("a full disk fails with no_space, loses nothing, and work goes on when there is room again") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "small");
  ChildProcess child([&] {
    if (!mount_small(folder / "small", "1m")) return skipped;
    const std::string state = folder / "small/state";
    auto writer = Writer::open(state, "state-1", Time{}, {});
    if (!writer || !(*writer)->commit([](Connection& connection) { return put(connection, "k1"); })) return 1;
    fill(folder / "small/filler");
    for (int i = 0; i < 3; ++i) {
      const Status full =
          (*writer)->commit([](Connection& connection) { return put(connection, "k2", std::string(200'000, 'x')); });
      if (full.code() != StatusCode::no_space) return 2;
    }
    if (count(**writer, "k") != 1) return 3;
    std::filesystem::remove(folder / "small/filler");
    if (!(*writer)->commit([](Connection& connection) { return put(connection, "k2", std::string(200'000, 'x')); })) return 4;
    if (count(**writer, "k") != 2) return 5;
    return findings(**writer).empty() ? 0 : 6;
  });

  const int result = child.wait();
  if (result == skipped) MESSAGE("skipped: no file system can be mounted here");
  CHECK_MESSAGE((result == 0 || result == skipped), "step ", result);
}

TEST_CASE("when SQLite gives up a whole batch, nobody in it is told that his part was committed") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "small");
  ChildProcess child([&] {
    if (!mount_small(folder / "small", "2m")) return skipped;
    auto writer = Writer::open(folder / "small/state", "state-1", Time{}, {});
    if (!writer) return 1;
    std::promise<void> started, go_on;
    auto blocker = (*writer)->submit([&](Connection&) {
      started.set_value();
      go_on.get_future().wait();
      return Status{};
    });
    started.get_future().wait();
    auto before = (*writer)->submit([](Connection& connection) { return put(connection, "k-before"); });
    // More than SQLite's page cache holds: the disk is full before COMMIT.
    auto huge = (*writer)->submit([](Connection& connection) {
      Status status;
      for (int i = 0; status && i < 100; ++i) status = put(connection, "k" + std::to_string(i), std::string(100'000, 'x'));
      return status;
    });
    auto after = (*writer)->submit([](Connection& connection) { return put(connection, "k-after"); });
    go_on.set_value();
    if (!blocker.get()) return 2;
    for (auto* const future : {&before, &huge, &after}) {
      if (future->get().code() != StatusCode::no_space) return 3;
    }
    if (count(**writer, "k") != 0) return 4;
    if (!(*writer)->commit([](Connection& connection) { return put(connection, "k-later"); })) return 5;
    return findings(**writer).empty() ? 0 : 6;
  });

  const int result = child.wait();
  if (result == skipped) MESSAGE("skipped: no file system can be mounted here");
  CHECK_MESSAGE((result == 0 || result == skipped), "step ", result);
}

TEST_CASE("a state that does not fit on the disk is not opened, and no half of one stays in the way") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "small");
  ChildProcess child([&] {
    if (!mount_small(folder / "small", "1m")) return skipped;
    fill(folder / "small/filler");
    const std::string state = folder / "small/state";
    const auto full = Writer::open(state, "state-1", Time{}, {});
    if (full.ok() || full.status().code() != StatusCode::no_space) return 1;
    std::filesystem::remove(folder / "small/filler");
    return Writer::open(state, "state-1", Time{}, {}).ok() ? 0 : 2;
  });

  const int result = child.wait();
  if (result == skipped) MESSAGE("skipped: no file system can be mounted here");
  CHECK_MESSAGE((result == 0 || result == skipped), "step ", result);
}
