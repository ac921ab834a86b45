// Writer: the one thread of a process that writes to the state, committing whatever has queued in one fsync.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>

#include "connection.hpp"

namespace retrain::store {

/// Runs inside BEGIN IMMEDIATE, in a savepoint of its own: a failure or an exception rolls back this transaction alone. No I/O
/// and no user code in it; it may run on a batch that fails as a whole, so it must not change anything but the database before
/// its future is ok.
using Transaction = std::function<Status(Connection&)>;

/// Threads: any. Across processes every batch holds the WriteGate, so that no process starves and SQLite's checkpoint never meets
/// a foreign commit. After a fork the child may only destroy it: its calls fail with conflict.
class Writer {
 public:
  struct Options {
    bool durable = true;  ///< false only for scratch states (backtest): synchronous=OFF
  };
  /// Prepares the folder, opens state.db under the gate, migrates, starts the thread. `state_id` names a state that is created by
  /// this call; an existing one keeps its own. Fails as prepare_state_directory(), Connection::open() and migrate() do.
  static Result<std::unique_ptr<Writer>> open(const std::string& state_directory, const std::string& state_id, Time now,
                                              Options options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Commits what is queued, checkpoints, and ends the thread.
  ~Writer();

  /// Queues; the future is ready after COMMIT returned (or failed). An error of COMMIT or fsync is final: every later submit
  /// fails with the same error until the state is opened again. A full disk (no_space) is not: what failed is rolled back and
  /// later submits may succeed.
  std::future<Status> submit(Transaction transaction);
  /// The same, with crash points `label`.before_commit and `label`.after_commit. `label` is a literal.
  std::future<Status> submit(const char* label, Transaction transaction);
  /// submit and wait. Inside a transaction it fails with internal, for it would wait for itself.
  Status commit(Transaction transaction);
  Status commit(const char* label, Transaction transaction);
  /// A function evaluated on a read-only connection of its own, in one read transaction: it sees all that was acknowledged and
  /// nothing that was not. Takes no gate. Calls queue behind each other and must not nest.
  Status read(const std::function<Status(Connection&)>& query);

  /// Commits so far, each one fsync: less than the transactions when these came faster than the disk.
  std::uint64_t commits() const;

 private:
  class Thread;
  Writer(std::unique_ptr<Thread> thread, std::unique_ptr<Connection> reader);
  Status usable() const;

  std::unique_ptr<Thread> thread_;
  std::mutex reading_;
  std::unique_ptr<Connection> reader_;
  pid_t process_;
};

}  // namespace retrain::store
