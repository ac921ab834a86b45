#include "secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/files.hpp"

namespace retrain::http {

Result<std::string> read_secret(const std::string& path) {
  constexpr std::size_t most = 64U << 10U;
  // O_NONBLOCK: opening a FIFO must not hang the host.
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return base::file_error(errno, "open", path);
  struct stat info{};
  std::string text(most + 1, '\0');
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  ssize_t got = 0;
  if (regular) {
    do got = ::read(fd, text.data(), text.size());
    while (got < 0 && errno == EINTR);
  }
  const int error = errno;
  ::close(fd);
  if (!regular) return Status{StatusCode::invalid_argument, path + " is not a regular file"};
  if (got < 0) return base::file_error(error, "read", path);
  text.resize(static_cast<std::size_t>(got));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return Status{StatusCode::invalid_argument, path + " is empty"};
  if (text.size() > most) return Status{StatusCode::invalid_argument, path + " is over 64 KiB"};
  // It may become part of a header.
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
    return Status{StatusCode::invalid_argument, path + " holds more than one line, or a control character"};
  }
  return text;
}

std::string secret_exposure(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077U) == 0) return {};
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", info.st_mode & 07777U);
  return path + " has mode " + mode + ", which lets others use it; 0600 does not";
}

}  // namespace retrain::http
