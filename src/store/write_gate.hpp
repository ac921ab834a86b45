// WriteGate: the one lock of a state directory under which anything is written to its database.
#pragma once

#include <memory>
#include <retrain/status.hpp>
#include <string>

namespace retrain::store {

/// An flock on `<state>/write.lock`. It keeps processes from starving each other (SQLite's own waiting does not) and SQLite's
/// checkpoint from ever meeting a commit of another connection, which versions before 3.51.3 do not survive. Threads: one at a
/// time; two gates of one process exclude each other as two processes do.
class WriteGate {
 public:
  /// Opens, and creates when absent, `<state_directory>/write.lock` (0600).
  static Result<std::unique_ptr<WriteGate>> open(const std::string& state_directory);
  WriteGate(const WriteGate&) = delete;
  WriteGate& operator=(const WriteGate&) = delete;
  ~WriteGate();

  /// Holds the gate; lets go when it goes.
  class Hold {
   public:
    explicit Hold(int fd) : fd_(fd) {}
    Hold(Hold&& other) noexcept;
    Hold& operator=(Hold&&) = delete;
    ~Hold();

   private:
    int fd_;
  };
  /// Waits until the gate is free, signals or not. When the file was replaced meanwhile, the new one is taken.
  Result<Hold> enter();

 private:
  explicit WriteGate(std::string path) : path_(std::move(path)) {}
  Status reopen();

  std::string path_;
  int fd_ = -1;
};

}  // namespace retrain::store
