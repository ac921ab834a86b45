#include "event_log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/crash_point.hpp"
#include "base/files.hpp"
#include "base/json.hpp"

namespace retrain::notify {
namespace {

constexpr off_t longest_tail = off_t{32} << 20;

/// Closes the file, which also gives up its lock.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// For an open log any failure to read or write is one of the device, not of the name.
Status log_error(int error, const char* verb, const std::string& path) {
  Status status = base::file_error(error, verb, path);
  return status.code() == StatusCode::no_space ? status : Status{StatusCode::io_error, status.message()};
}

bool read_range(int fd, off_t from, off_t to, std::string& out) {
  out.resize(static_cast<std::size_t>(to - from));
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = ::pread(fd, out.data() + have, out.size() - have, from + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return true;
}

/// The last bytes of the file, long enough to hold `lines` whole lines where there are so many.
bool read_tail(int fd, off_t size, std::size_t lines, std::string& out) {
  for (off_t length = off_t{64} << 10;; length *= 4) {
    length = std::min({length, size, longest_tail});
    if (!read_range(fd, size - length, size, out)) return false;
    const auto ends = static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
    if (ends > lines || length == size || length == longest_tail) return true;
  }
}

std::string id_of(std::string_view line) {
  const Result<base::Json> event = base::parse_json(line, line.size(), 80);
  if (!event || !event->is_object()) return {};
  const auto id = event->find("id");
  return id != event->end() && id->is_string() ? id->get<std::string>() : std::string();
}

}  // namespace

Status EventLog::append(const std::string& id, std::string_view line) {
  // O_NONBLOCK: opening a FIFO must not hang the host.
  constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const OpenFile file(::open(path_.c_str(), flags, 0600));
  if (file.get() < 0) {
    if (errno == ELOOP) return {StatusCode::invalid_argument, path_ + " is a symbolic link"};
    return base::file_error(errno, "open", path_);
  }
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return log_error(errno, "read", path_);
  if (!S_ISREG(info.st_mode)) return {StatusCode::invalid_argument, path_ + " is not a regular file"};
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return log_error(errno, "lock", path_);
  }
  if (::fstat(file.get(), &info) != 0) return log_error(errno, "read", path_);
  off_t size = info.st_size;
  if (info.st_dev != device_ || info.st_ino != inode_ || size != size_) {
    size_ = -1;
    if (Status status = mend_last_line(file.get(), size); !status) return status;
    if (Status status = catch_up(file.get(), size); !status) return status;
  }
  if (!known_.contains(id)) {
    if (Status status = write_line(file.get(), size, line); !status) {
      size_ = -1;
      return status;
    }
    if (size == 0) {
      if (Status status = base::sync_directory(parent_of(path_)); !status) return status;
    }
    remember(id);
    size += static_cast<off_t>(line.size()) + 1;
  }
  device_ = info.st_dev;
  inode_ = info.st_ino;
  size_ = size;
  return {};
}

/// A crash can leave the last line without its end. A whole event gets its end; a piece of one is taken back, because it was
/// never acknowledged and comes again; what is not ours is closed and kept.
Status EventLog::mend_last_line(int fd, off_t& size) {
  if (size == 0) return {};
  std::string tail;
  if (!read_tail(fd, size, 1, tail)) return log_error(errno, "read", path_);
  if (tail.empty() || tail.back() == '\n') return {};
  const auto end = tail.rfind('\n');
  const std::string_view piece = std::string_view(tail).substr(end == std::string::npos ? 0 : end + 1);
  constexpr std::string_view start_of_event = R"({"schema":"retrain.event/)";
  const auto common = std::min(piece.size(), start_of_event.size());
  const bool ours = piece.substr(0, common) == start_of_event.substr(0, common);
  if (ours && id_of(piece).empty()) {
    size -= static_cast<off_t>(piece.size());
    if (::ftruncate(fd, size) != 0) return log_error(errno, "shorten", path_);
    return {};
  }
  if (::write(fd, "\n", 1) != 1) return log_error(errno, "write", path_);
  ++size;
  return {};
}

Status EventLog::catch_up(int fd, off_t size) {
  known_.clear();
  order_.clear();
  if (size == 0) return {};
  std::string tail;
  if (!read_tail(fd, size, remembered_lines, tail)) return log_error(errno, "read", path_);
  std::vector<std::string_view> lines;
  for (std::string_view rest = tail; !rest.empty();) {
    const auto end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  const std::size_t first = lines.size() > remembered_lines ? lines.size() - remembered_lines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) {
    if (std::string id = id_of(lines[i]); !id.empty()) remember(std::move(id));
  }
  return {};
}

Status EventLog::write_line(int fd, off_t size, std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  const auto take_back = [&](int error, const char* verb) {
    // An unsynced line must not count as delivered when it is tried again.
    static_cast<void>(::ftruncate(fd, size) == 0);
    return log_error(error, verb, path_);
  };
  base::crash_point("events", "before_append");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return take_back(errno, "write");
    done += static_cast<std::size_t>(written);
  }
  base::crash_point("events", "after_append");
  if (::fsync(fd) != 0) return take_back(errno, "sync");
  base::crash_point("events", "after_fsync");
  return {};
}

void EventLog::remember(std::string id) {
  if (!known_.insert(id).second) return;
  order_.push_back(std::move(id));
  if (order_.size() <= remembered_lines) return;
  known_.erase(order_.front());
  order_.pop_front();
}

}  // namespace retrain::notify
