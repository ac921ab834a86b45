// Several processes on one state: none loses a transaction, none starves, and a dead one holds up nobody.
#include <doctest/doctest.h>

#include <filesystem>

#include "store/write_gate.hpp"
#include "unit/store/child_process.hpp"
#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::Connection;
using store::WriteGate;
using store::Writer;
using test::ChildProcess;
using test::count;
using test::open_writer;
using test::put;

namespace {

constexpr int processes = 4, each = 200;

std::string prefix_of(int process) {
  return "p" + std::to_string(process) + "-";
}

/// Commits `each` transactions one after the other once `start` says so; exits with the least that any process had by then,
/// over 1.
int work(const std::string& state, int process, test::Pipe& ready, test::Pipe& start) {
  auto writer = Writer::open(state, "state-1", Time{}, {});
  if (!writer) return 255;
  ready.send('r');
  start.close_writing();
  char byte = 0;
  static_cast<void>(start.receive(byte));  // returns when the parent closes its end
  for (int i = 0; i < each; ++i) {
    const std::string key = prefix_of(process) + std::to_string(i);
    if (!(*writer)->commit([&](Connection& connection) { return put(connection, key); })) return 255;
  }
  std::int64_t least = each;
  for (int other = 0; other < processes; ++other) least = std::min(least, count(**writer, prefix_of(other)));
  return static_cast<int>(least);
}

}  // namespace

TEST_CASE("four processes that write at once lose nothing, and when the first is done the slowest is well on its way") {
  const test::TemporaryFolder folder;
  test::Pipe ready, start;

  std::vector<ChildProcess> children;
  for (int process = 0; process < processes; ++process) {
    children.emplace_back([&, process] { return work(folder / "state", process, ready, start); });
  }
  char byte = 0;
  for (int process = 0; process < processes; ++process) REQUIRE(ready.receive(byte));
  start.close_writing();
  int least_at_first_finish = each;
  for (ChildProcess& child : children) {
    const int result = child.wait();
    CHECK(result != 255);
    least_at_first_finish = std::min(least_at_first_finish, result);
  }

  const auto writer = open_writer(folder / "state");
  for (int process = 0; process < processes; ++process) CHECK(count(*writer, prefix_of(process)) == each);
  CHECK(least_at_first_finish >= each / 10);
}

TEST_CASE("processes that create one state at the same moment agree on its id") {
  for (int round = 0; round < 5; ++round) {
    const test::TemporaryFolder folder;
    std::vector<ChildProcess> children;
    for (int process = 0; process < processes; ++process) {
      children.emplace_back([&, process] {
        const auto writer = Writer::open(folder / "state", "state-" + std::to_string(process), Time{}, {});
        return writer.ok() && count(**writer, "state_id") == 1 ? 0 : 1;
      });
    }
    for (ChildProcess& child : children) CHECK(child.wait() == 0);
    CHECK(count(*open_writer(folder / "state"), "") == 2);
  }
}

TEST_CASE("a batch waits for the gate, and a process that dies with it opens it") {
  const test::TemporaryFolder folder;
  test::Pipe go, holds;
  ChildProcess holder([&] {
    char byte = 0;
    if (!go.receive(byte)) return 1;
    const auto gate = WriteGate::open(folder / "state");
    const auto hold = (*gate)->enter();
    holds.send('h');
    for (;;) ::pause();
    return 0;
  });
  const auto writer = open_writer(folder / "state");
  go.send('g');
  char byte = 0;
  REQUIRE(holds.receive(byte));

  auto committed = writer->submit([](Connection& connection) { return put(connection, "k"); });
  const bool waits = committed.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout;
  const std::int64_t read_meanwhile = count(*writer, "k");
  holder.kill();

  CHECK(waits);
  CHECK(read_meanwhile == 0);
  CHECK(committed.get().ok());
}

TEST_CASE("two gates of one process exclude each other, and a replaced lock file is not trusted") {
  const test::TemporaryFolder folder;
  const auto first = WriteGate::open(folder.path());
  const auto second = WriteGate::open(folder.path());
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  std::filesystem::remove(folder / "write.lock");
  std::promise<void> entered;
  auto inside = entered.get_future();

  auto hold = std::make_unique<Result<WriteGate::Hold>>((*first)->enter());
  std::thread other([&] {
    const auto mine = (*second)->enter();
    if (mine.ok()) entered.set_value();
  });
  const bool kept_out = inside.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout;
  hold.reset();
  other.join();

  CHECK(kept_out);
  CHECK(inside.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
  CHECK(std::filesystem::exists(folder / "write.lock"));
}

TEST_CASE("the child of a fork is refused, may drop what it inherited, and disturbs nothing") {
  const test::TemporaryFolder folder;
  auto writer = open_writer(folder / "state");

  ChildProcess child([&] {
    const Status write = writer->commit([](Connection& connection) { return put(connection, "from the child"); });
    const Status read = writer->read([](Connection&) { return Status{}; });
    writer.reset();
    return write.code() == StatusCode::conflict && read.code() == StatusCode::conflict ? 0 : 1;
  });

  CHECK(child.wait() == 0);
  CHECK(writer->commit([](Connection& connection) { return put(connection, "k"); }).ok());
  CHECK(count(*writer, "k") == 1);
}
