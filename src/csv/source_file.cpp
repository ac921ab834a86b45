#include "source_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"

namespace retrain::csv {
namespace {

std::int64_t modified_ns(const struct stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

Result<std::unique_ptr<SourceFile>> SourceFile::open(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not hang the host.
  const int opened = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) {
    if (errno == ELOOP) return Status{StatusCode::invalid_argument, path + " is a symbolic link"};
    return base::file_error(errno, "open", path);
  }
  std::unique_ptr<SourceFile> file(new SourceFile(path, opened));
  struct stat info{};
  if (::fstat(opened, &info) != 0) return base::file_error(errno, "read", path);
  if (!S_ISREG(info.st_mode)) return Status{StatusCode::invalid_argument, path + " is not a regular file"};
  file->size_ = static_cast<std::uint64_t>(info.st_size);
  file->modified_ns_ = modified_ns(info);
  return file;
}

SourceFile::~SourceFile() {
  ::close(file_);
}

Status SourceFile::read(std::uint64_t offset, char* bytes, std::size_t size) const {
  while (size > 0) {
    const ssize_t got = ::pread(file_, bytes, size, static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      return base::file_error(errno, "read", path_);
    }
    if (got == 0) return {StatusCode::unavailable, path_ + " is being written"};
    offset += static_cast<std::uint64_t>(got);
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

Status SourceFile::unchanged() const {
  struct stat info{};
  if (::fstat(file_, &info) != 0) return base::file_error(errno, "read", path_);
  char more = 0;
  const bool longer = ::pread(file_, &more, 1, static_cast<off_t>(size_)) > 0;
  if (longer || static_cast<std::uint64_t>(info.st_size) != size_ || modified_ns(info) != modified_ns_) {
    return {StatusCode::unavailable, path_ + " is being written"};
  }
  return {};
}

}  // namespace retrain::csv
