// Batch: transactions that are committed together, with one fsync.
#pragma once

#include <sys/stat.h>

#include <future>
#include <retrain/status.hpp>
#include <string>
#include <vector>

#include "connection.hpp"
#include "writer.hpp"

namespace retrain::store {

/// One queued transaction and whoever waits for it.
struct Work {
  const char* label = nullptr;  ///< of its crash points; null = none
  Transaction transaction;
  std::promise<Status> promise;
  Status result{};
};

/// Which files a connection works on, so that their replacement under our feet is noticed before anything is acknowledged.
///
/// A program that opens and closes state.db by itself inside our process drops SQLite's locks; the next foreign process then
/// takes itself for the last user and deletes the write-ahead log that we go on writing to.
class FileIdentity {
 public:
  /// Remembers the files of `path` as they are now.
  explicit FileIdentity(std::string path);
  /// Success, or io_error naming the file that is not the one opened.
  Status check() const;

 private:
  struct File {
    std::string path;
    dev_t device;
    ino_t inode;
  };
  static File look(std::string path);
  File database_, log_;
};

/// What became of a batch as a whole.
struct BatchOutcome {
  bool committed = false;
  Status fatal{};  ///< not ok: nothing may be written through this connection again
};

/// Runs `batch` in one BEGIN IMMEDIATE … COMMIT and sets each result. Call it with the gate held. The promises are left to the
/// caller.
BatchOutcome run_batch(Connection& connection, const FileIdentity& files, std::vector<Work>& batch);

}  // namespace retrain::store
