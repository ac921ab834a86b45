#include "store/writer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/temporary_folder.hpp"

using namespace retrain;
using store::Connection;
using store::Writer;

namespace {

std::unique_ptr<Writer> open_writer(const test::TemporaryFolder& folder, Writer::Options options = {}) {
  auto writer = Writer::open(folder / "state", "state-1", Time{}, options);
  REQUIRE_MESSAGE(writer.ok(), writer.status().message());
  return *std::move(writer);
}

Status put(Connection& connection, const std::string& key, const std::string& value) {
  return connection.prepare("INSERT INTO meta (key, value) VALUES ($1, $2)").with(key, value).run();
}

std::int64_t count(Writer& writer) {
  std::int64_t rows = -1;
  const Status status = writer.read([&](Connection& connection) -> Status {
    auto statement = connection.prepare("SELECT count(*) FROM meta WHERE key LIKE 'k%'");
    const auto row = statement.next();
    if (!row) return row.status();
    rows = statement.integer(0);
    return {};
  });
  REQUIRE_MESSAGE(status.ok(), status.message());
  return rows;
}

}  // namespace

TEST_CASE("transactions that queue together share a commit, and each is there afterwards") {
  const test::TemporaryFolder folder;
  const auto writer = open_writer(folder);
  constexpr int threads = 16, each = 63;
  std::atomic<int> failed{0};

  std::vector<std::thread> pool;
  for (int thread = 0; thread < threads; ++thread) {
    pool.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) {
        const std::string key = "k" + std::to_string(thread) + "-" + std::to_string(i);
        if (!writer->commit([&](Connection& connection) { return put(connection, key, "v"); })) ++failed;
      }
    });
  }
  for (std::thread& thread : pool) thread.join();

  CHECK(failed == 0);
  CHECK(count(*writer) == threads * each);
  MESSAGE("commits: ", writer->commits());
  CHECK(writer->commits() < threads * each);
}
