#include "writer.hpp"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <thread>
#include <vector>

#include "batch.hpp"
#include "migration.hpp"
#include "state_directory.hpp"
#include "write_gate.hpp"

namespace retrain::store {
namespace {

constexpr int checkpoint_pages = 1000;

/// Signals stay with the host's threads; synchronous ones cannot be blocked sensibly.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    for (const int synchronous : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) ::sigdelset(&all, synchronous);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

int count_pages(void* pages, sqlite3*, const char*, int in_log) {
  *static_cast<int*>(pages) = in_log;
  return SQLITE_OK;
}

std::future<Status> answered(Status status) {
  std::promise<Status> promise;
  promise.set_value(std::move(status));
  return promise.get_future();
}

}  // namespace

/// The thread, its queue, and what only it touches.
class Writer::Thread {
 public:
  Thread(std::unique_ptr<WriteGate> gate, std::unique_ptr<Connection> connection)
      : gate_(std::move(gate)), connection_(std::move(connection)), files_(connection_->path()) {
    sqlite3_wal_hook(connection_->handle(), count_pages, &log_pages_);
    const BlockedSignals blocked;
    thread_ = std::thread([this] { work(); });
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    queued_.notify_one();
    thread_.join();
  }

  std::future<Status> submit(const char* label, Transaction transaction) {
    Work work{label, std::move(transaction), {}};
    std::future<Status> future = work.promise.get_future();
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    queued_.notify_one();
    return future;
  }

  bool is_current() const { return std::this_thread::get_id() == thread_.get_id(); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }

 private:
  void work() {
    for (;;) {
      std::vector<Work> batch;
      {
        std::unique_lock lock(mutex_);
        queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) break;
        batch.swap(queue_);
      }
      try {
        commit(batch);
      } catch (const std::exception& error) {
        // What the batch did is unknown, as after a failed COMMIT.
        poison_ = {StatusCode::internal, std::string("cannot commit: ") + error.what()};
        for (Work& item : batch) item.result = poison_;
      }
      for (Work& item : batch) item.promise.set_value(std::move(item.result));
    }
    empty_log();
  }

  void commit(std::vector<Work>& batch) {
    const auto fail = [&](const Status& status) {
      for (Work& item : batch) item.result = status;
    };
    if (!poison_) return fail(poison_);
    const Result<WriteGate::Hold> hold = gate_->enter();
    if (!hold) return fail(hold.status());
    BatchOutcome outcome = run_batch(*connection_, files_, batch);
    if (outcome.committed) commits_.fetch_add(1, std::memory_order_relaxed);
    poison_ = std::move(outcome.fatal);
    if (poison_ && log_pages_ > checkpoint_pages) checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  }

  /// Moves pages from the log into the database; call it with the gate held. A busy reader or a full disk only leaves the log
  /// longer.
  void checkpoint(int mode) {
    const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
    if ((code & 0xff) == SQLITE_IOERR) poison_ = connection_->failure(code, "cannot checkpoint");
    if ((code & 0xff) == SQLITE_CORRUPT) poison_ = connection_->failure(code, "cannot checkpoint");
  }

  void empty_log() {
    if (!poison_ || !files_.check()) return;
    const Result<WriteGate::Hold> hold = gate_->enter();
    if (!hold) return;
    sqlite3_busy_timeout(connection_->handle(), 0);  // other processes may read for long; then the log just keeps its length
    checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  }

  const std::unique_ptr<WriteGate> gate_;
  const std::unique_ptr<Connection> connection_;
  const FileIdentity files_;
  int log_pages_ = 0;
  Status poison_;  // not ok: the answer to everything from now on
  std::atomic<std::uint64_t> commits_{0};

  std::mutex mutex_;
  std::condition_variable queued_;
  std::vector<Work> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<Writer>> Writer::open(const std::string& state_directory, const std::string& state_id, Time now,
                                             Options options) {
  if (Status status = prepare_state_directory(state_directory); !status) return status;
  Result<std::unique_ptr<WriteGate>> gate = WriteGate::open(state_directory);
  if (!gate) return gate.status();
  const Result<WriteGate::Hold> hold = (*gate)->enter();
  if (!hold) return hold.status();

  const std::string path = state_directory + "/state.db";
  if (Status status = inspect(path); !status) return status;
  Result<std::unique_ptr<Connection>> connection = Connection::open(path, Connection::Access::read_write);
  if (!connection) return connection.status();
  if (Status status = migrate(**connection, state_id, now); !status) return status;
  if (!options.durable) {
    if (Status status = (*connection)->execute("PRAGMA synchronous=OFF"); !status) return status;
  }
  Result<std::unique_ptr<Connection>> reader = Connection::open(path, Connection::Access::read_only);
  if (!reader) return reader.status();
  return std::unique_ptr<Writer>(
      new Writer(std::make_unique<Thread>(*std::move(gate), *std::move(connection)), *std::move(reader)));
}

Writer::Writer(std::unique_ptr<Thread> thread, std::unique_ptr<Connection> reader)
    : thread_(std::move(thread)), reader_(std::move(reader)), process_(::getpid()) {}

Writer::~Writer() {
  if (::getpid() == process_) {
    reader_.reset();  // or the log could not be emptied
    return;
  }
  // In the child of a fork there is no thread to join, and SQLite forbids closing the parent's connections: both are left alone.
  static_cast<void>(thread_.release());
  static_cast<void>(reader_.release());
}

Status Writer::usable() const {
  if (::getpid() == process_) return {};
  return {StatusCode::conflict,
          "the state was opened by process " + std::to_string(process_) + " before a fork: open it again in the child"};
}

std::future<Status> Writer::submit(Transaction transaction) {
  return submit(nullptr, std::move(transaction));
}

std::future<Status> Writer::submit(const char* label, Transaction transaction) {
  if (Status status = usable(); !status) return answered(std::move(status));
  return thread_->submit(label, std::move(transaction));
}

Status Writer::commit(Transaction transaction) {
  return commit(nullptr, std::move(transaction));
}

Status Writer::commit(const char* label, Transaction transaction) {
  if (usable() && thread_->is_current()) return {StatusCode::internal, "a transaction waits for another"};
  return submit(label, std::move(transaction)).get();
}

Status Writer::read(const std::function<Status(Connection&)>& query) {
  if (Status status = usable(); !status) return status;
  const std::lock_guard lock(reading_);
  if (Status status = reader_->execute("BEGIN"); !status) return status;
  Status result;
  try {
    result = query(*reader_);
  } catch (const std::exception& error) {
    result = {StatusCode::internal, std::string("a query threw: ") + error.what()};
  }
  const Status ended = reader_->execute("ROLLBACK");
  return result ? ended : result;
}

std::uint64_t Writer::commits() const {
  return thread_->commits();
}

}  // namespace retrain::store
