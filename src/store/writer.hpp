// Writer: the one thread of a process that writes to the state, committing whatever has queued in one fsync.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <retrain/status.hpp>
#include <string>

#include "connection.hpp"

namespace retrain::store {

/// Runs inside BEGIN IMMEDIATE, in a savepoint of its own: a failure rolls back this transaction alone. No I/O, no user code in it.
using Transaction = std::function<Status(Connection&)>;

/// Threads: any. Across processes every batch holds the write gate, an flock on `<state>/write.lock`, so that no process starves and
/// SQLite's checkpoint never meets a foreign commit.
class Writer {
 public:
  struct Options {
    bool durable = true;   ///< false only for scratch states (backtest): synchronous=OFF
  };
  /// Prepares the folder, opens state.db under the gate, migrates, starts the thread.
  static Result<std::unique_ptr<Writer>> open(const std::string& state_directory, const std::string& state_id, Time now, Options options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Commits what is queued, checkpoints, and ends the thread.
  ~Writer();

  /// Queues; the future is ready after COMMIT returned (or failed). An error of COMMIT or fsync is final: every later submit fails with the
  /// same error until the state is opened again.
  std::future<Status> submit(Transaction transaction);
  /// submit and wait.
  Status commit(Transaction transaction);
  /// A function evaluated on a read-only connection of its own, in one read transaction. Calls queue behind each other.
  Status read(const std::function<Status(Connection&)>& query);

 private:
  class Thread;
  explicit Writer(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
};

}  // namespace retrain::store
