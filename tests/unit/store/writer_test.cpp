#include "store/writer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>

#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::Connection;
using store::Writer;
using test::count;
using test::open_writer;
using test::put;

TEST_CASE("transactions that queue together share a commit, and each is there afterwards") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  constexpr int threads = 16, each = 63;
  std::atomic<int> failed{0};

  std::vector<std::thread> pool;
  for (int thread = 0; thread < threads; ++thread) {
    pool.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) {
        const std::string key = "k" + std::to_string(thread) + "-" + std::to_string(i);
        if (!writer->commit([&](Connection& connection) { return put(connection, key); })) ++failed;
      }
    });
  }
  for (std::thread& thread : pool) thread.join();

  CHECK(failed == 0);
  CHECK(count(*writer, "k") == threads * each);
  CHECK(writer->commits() >= each);
  CHECK(writer->commits() <= threads * each / 2);
}

TEST_CASE("what queues while a batch is being committed goes into one next batch") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  std::promise<void> started, go_on;

  auto first = writer->submit([&](Connection& connection) {
    started.set_value();
    go_on.get_future().wait();
    return put(connection, "first");
  });
  started.get_future().wait();
  std::vector<std::future<Status>> later;
  for (int i = 0; i < 100; ++i) {
    later.push_back(writer->submit([i](Connection& connection) { return put(connection, "later" + std::to_string(i)); }));
  }
  go_on.set_value();

  CHECK(first.get().ok());
  for (auto& future : later) CHECK(future.get().ok());
  CHECK(writer->commits() == 2);
}

TEST_CASE("a transaction that fails or throws is rolled back alone, within its batch") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  std::promise<void> started, go_on;
  auto blocker = writer->submit([&](Connection&) -> Status {
    started.set_value();
    go_on.get_future().wait();
    return {};
  });
  started.get_future().wait();

  auto before = writer->submit([](Connection& connection) { return put(connection, "before"); });
  auto refused = writer->submit([](Connection& connection) -> Status {
    if (Status status = put(connection, "half-1"); !status) return status;
    return {StatusCode::lease_lost, "fence 3 is stale"};
  });
  auto thrown = writer->submit([](Connection& connection) -> Status {
    if (Status status = put(connection, "half-2"); !status) return status;
    throw std::runtime_error("boom");
  });
  auto strange = writer->submit([](Connection& connection) -> Status {
    if (Status status = put(connection, "half-3"); !status) return status;
    throw 7;
  });
  auto twice = writer->submit([](Connection& connection) { return put(connection, "before"); });
  auto after = writer->submit([](Connection& connection) { return put(connection, "after"); });
  go_on.set_value();

  CHECK(blocker.get().ok());
  CHECK(before.get().ok());
  const Status lost = refused.get();
  CHECK(lost.code() == StatusCode::lease_lost);
  CHECK(lost.message() == "fence 3 is stale");
  const Status threw = thrown.get();
  CHECK(threw.code() == StatusCode::internal);
  CHECK(threw.message() == "a transaction threw: boom");
  CHECK(strange.get().code() == StatusCode::internal);
  CHECK(twice.get().code() == StatusCode::conflict);
  CHECK(after.get().ok());
  CHECK(count(*writer, "half") == 0);
  CHECK(count(*writer, "before") == 1);
  CHECK(count(*writer, "after") == 1);
  CHECK(writer->commits() == 2);
}

TEST_CASE("any mixture of puts, removals and failures leaves what a map would hold") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  std::map<std::string, std::string> expected;
  std::mt19937 random(20240607);

  std::vector<std::future<Status>> futures;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = "k" + std::to_string(random() % 50);
    const std::string written = std::to_string(i);
    const bool fails = random() % 3 == 0;
    const bool removes = random() % 4 == 0;
    if (!fails && removes) expected.erase(key);
    if (!fails && !removes) expected[key] = written;
    futures.push_back(writer->submit([=](Connection& connection) -> Status {
      Status status = connection.prepare("DELETE FROM meta WHERE key = $1").with(key).run();
      if (status && !removes) status = put(connection, key, written);
      if (status && fails) throw std::runtime_error("changed its mind");
      return status;
    }));
  }
  for (auto& future : futures) future.wait();

  std::map<std::string, std::string> found;
  const Status status = writer->read([&](Connection& connection) -> Status {
    auto rows = connection.prepare("SELECT key, value FROM meta WHERE key LIKE 'k%'");
    for (auto row = rows.next(); row.ok() && *row; row = rows.next()) found[rows.text(0)] = rows.text(1);
    return {};
  });
  CHECK(status.ok());
  CHECK(found == expected);
}

TEST_CASE("a transaction that waits for another, ends its batch or is no function is an error and nothing hangs") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");

  const Status nested = writer->commit([&](Connection&) { return writer->commit([](Connection&) { return Status{}; }); });
  const Status ended = writer->commit([](Connection& connection) { return connection.execute("COMMIT"); });
  const Status empty = writer->commit(store::Transaction{});
  const Status good = writer->commit([](Connection& connection) { return put(connection, "good"); });

  CHECK(nested.code() == StatusCode::internal);
  CHECK(nested.message() == "a transaction waits for another");
  CHECK(ended.message() == "a transaction ended its batch");
  CHECK(empty.code() == StatusCode::internal);
  CHECK(good.ok());
}

TEST_CASE("a read sees what was acknowledged, never an open transaction, and cannot write") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  std::promise<void> written, go_on;

  auto open = writer->submit([&](Connection& connection) {
    const Status status = put(connection, "open");
    written.set_value();
    go_on.get_future().wait();
    return status;
  });
  written.get_future().wait();
  const std::int64_t during = count(*writer, "open");
  go_on.set_value();
  REQUIRE(open.get().ok());
  const std::int64_t after = count(*writer, "open");
  const Status write = writer->read([](Connection& connection) { return put(connection, "from a reader"); });
  const Status thrown = writer->read([](Connection&) -> Status { throw std::runtime_error("boom"); });

  CHECK(during == 0);
  CHECK(after == 1);
  CHECK(write.code() == StatusCode::io_error);
  CHECK(thrown.message() == "a query threw: boom");
  CHECK(count(*writer, "open") == 1);
}

TEST_CASE("one read sees one moment, however much is committed meanwhile") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state");
  std::string first, second;

  const Status status = writer->read([&](Connection& connection) -> Status {
    first = test::value(connection, "SELECT count(*) FROM meta");
    if (Status written = writer->commit([](Connection& other) { return put(other, "meanwhile"); }); !written) return written;
    second = test::value(connection, "SELECT count(*) FROM meta");
    return {};
  });

  CHECK(status.ok());
  CHECK(first == second);
  CHECK(count(*writer, "meanwhile") == 1);
}

TEST_CASE("what was queued when the writer goes is committed, and the log left empty") {
  const test::TemporaryFolder folder;
  std::vector<std::future<Status>> futures;

  {
    const auto writer = open_writer(folder / "state");
    for (int i = 0; i < 200; ++i) {
      futures.push_back(writer->submit([i](Connection& connection) { return put(connection, "k" + std::to_string(i)); }));
    }
  }

  for (auto& future : futures) CHECK(future.get().ok());
  CHECK(std::filesystem::file_size(folder / "state/state.db-wal") == 0);
  CHECK(count(*open_writer(folder / "state"), "k") == 200);
}

TEST_CASE("the log stays bounded while the writer works") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder / "state", {.durable = false});
  const std::string page(4000, 'x');
  std::uintmax_t largest = 0;

  for (int i = 0; i < 300; ++i) {
    const Status status = writer->commit([&](Connection& connection) -> Status {
      for (int row = 0; row < 50; ++row) {
        if (Status put_row = put(connection, "k" + std::to_string(i * 50 + row), page); !put_row) return put_row;
      }
      return {};
    });
    REQUIRE(status.ok());
    largest = std::max(largest, std::filesystem::file_size(folder / "state/state.db-wal"));
  }

  CHECK(largest < 8U << 20U);  // of 60 MB written
  CHECK(count(*writer, "k") == 15'000);
}

TEST_CASE("only a scratch state gives up syncing") {
  const test::TemporaryFolder folder;
  std::string durable, scratch;

  REQUIRE(open_writer(folder / "a")
              ->commit([&](Connection& db) { return durable = test::value(db, "PRAGMA synchronous"), Status{}; })
              .ok());
  REQUIRE(open_writer(folder / "b", {.durable = false})
              ->commit([&](Connection& db) { return scratch = test::value(db, "PRAGMA synchronous"), Status{}; })
              .ok());

  CHECK(durable == "2");
  CHECK(scratch == "0");
}
