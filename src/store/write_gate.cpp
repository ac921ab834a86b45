#include "write_gate.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.hpp"

namespace retrain::store {

Result<std::unique_ptr<WriteGate>> WriteGate::open(const std::string& state_directory) {
  std::unique_ptr<WriteGate> gate(new WriteGate(state_directory + "/write.lock"));
  if (Status status = gate->reopen(); !status) return status;
  return gate;
}

WriteGate::~WriteGate() {
  if (fd_ >= 0) ::close(fd_);
}

Status WriteGate::reopen() {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    if (errno == ELOOP) return {StatusCode::invalid_argument, path_ + " is a symbolic link"};
    return base::file_error(errno, "open", path_);
  }
  return {};
}

Result<WriteGate::Hold> WriteGate::enter() {
  for (;;) {
    if (fd_ < 0) {
      if (Status status = reopen(); !status) return status;
    }
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) return base::file_error(errno, "lock", path_);
    }
    // A lock on a file that is no longer the one of that name keeps nobody out.
    struct stat held{}, named{};
    if (::fstat(fd_, &held) == 0 && ::stat(path_.c_str(), &named) == 0 && named.st_ino == held.st_ino &&
        named.st_dev == held.st_dev) {
      return Hold(fd_);
    }
    ::close(std::exchange(fd_, -1));
  }
}

WriteGate::Hold::Hold(Hold&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

WriteGate::Hold::~Hold() {
  if (fd_ >= 0) ::flock(fd_, LOCK_UN);
}

}  // namespace retrain::store
