// EventLog: a file of JSON lines that only grows, safe against crashes in the middle of a line.
#pragma once

#include <sys/types.h>

#include <deque>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <unordered_set>

namespace retrain::notify {

/// Not thread-safe. Several processes may append to one file: each append holds the file's lock.
class EventLog {
 public:
  explicit EventLog(std::string path) : path_(std::move(path)) {}

  /// Appends `line` (without its end) and syncs, unless one of the last `remembered_lines` has `id`. On failure the file is as it
  /// was. Fails with io_error or no_space, and with invalid_argument when the path is a link or no regular file.
  Status append(const std::string& id, std::string_view line);

  static constexpr std::size_t remembered_lines = 1000;

 private:
  Status catch_up(int fd, off_t size);
  Status mend_last_line(int fd, off_t& size);
  Status write_line(int fd, off_t size, std::string_view line);
  void remember(std::string id);

  std::string path_;
  std::unordered_set<std::string> known_;
  std::deque<std::string> order_;  ///< of `known_`, oldest first
  /// The file as the last append left it; anything else was written by somebody else and is read again.
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t size_ = -1;
};

}  // namespace retrain::notify
