#include "files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "crash_point.hpp"
#include "text.hpp"

namespace retrain::base {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
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

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return file_error(errno, "write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Status file_error(int error, std::string_view verb, const std::string& path) {
  StatusCode code = StatusCode::io_error;
  if (error == ENOENT) code = StatusCode::not_found;
  if (error == ENOSPC || error == EDQUOT) code = StatusCode::no_space;
  return {code, "cannot " + std::string(verb) + " " + path + ": " + std::strerror(error)};
}

Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not hang the host.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ELOOP) return Status{StatusCode::invalid_argument, path + " is a symbolic link"};
    return file_error(errno, "open", path);
  }
  struct stat before{};
  if (::fstat(file.get(), &before) != 0) return file_error(errno, "read", path);
  if (!S_ISREG(before.st_mode)) return Status{StatusCode::invalid_argument, path + " is not a regular file"};
  if (static_cast<std::uint64_t>(before.st_size) > max_bytes) {
    return Status{StatusCode::invalid_argument,
                  path + " has " + std::to_string(before.st_size) + " bytes, over the limit of " + std::to_string(max_bytes)};
  }
  std::string bytes(static_cast<std::size_t>(before.st_size), '\0');
  std::size_t have = 0;
  for (;;) {
    if (have == bytes.size()) bytes.resize(bytes.size() + 1);
    const ssize_t got = ::pread(file.get(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0) {
      if (errno == EINTR) continue;
      return file_error(errno, "read", path);
    }
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
    if (have > static_cast<std::size_t>(before.st_size)) break;
  }
  bytes.resize(have);
  struct stat after{};
  if (::fstat(file.get(), &after) != 0) return file_error(errno, "read", path);
  const bool changed = after.st_size != before.st_size || have != static_cast<std::size_t>(before.st_size) ||
                       after.st_mtim.tv_sec != before.st_mtim.tv_sec || after.st_mtim.tv_nsec != before.st_mtim.tv_nsec;
  if (changed) return Status{StatusCode::unavailable, path + " is being written"};
  return bytes;
}

Status sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return file_error(errno, "open", path);
  if (::fsync(directory.get()) != 0) return file_error(errno, "sync", path);
  return {};
}

Status write_file(const std::string& path, std::string_view bytes, const char* point) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      parent_of(path) + "/.tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  const auto fail = [&](Status status) {
    ::unlink(temporary.c_str());
    return status;
  };
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) return file_error(errno, "create", temporary);
    if (Status status = write_all(file.get(), bytes, path); !status) return fail(std::move(status));
    crash_point(point, "before_fsync");
    // A failed fsync may have dropped the pages: it is never tried again on this file.
    if (::fsync(file.get()) != 0) return fail(file_error(errno, "sync", path));
    crash_point(point, "after_fsync");
  }
  crash_point(point, "before_rename");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail(file_error(errno, "replace", path));
  crash_point(point, "after_rename");
  return sync_directory(parent_of(path));
}

Status sweep_temporaries(const std::string& directory) {
  const auto files = list_files(directory);
  if (!files) return files.status();
  for (const FileEntry& file : *files) {
    constexpr std::string_view prefix = ".tmp-";
    if (!file.name.starts_with(prefix)) continue;
    const auto process =
        parse_integer(std::string_view(file.name).substr(prefix.size(), file.name.find('-', prefix.size()) - prefix.size()));
    if (!process || *process <= 0 || ::kill(static_cast<pid_t>(*process), 0) == 0 || errno != ESRCH) continue;
    const std::string path = directory + "/" + file.name;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_error(errno, "remove", path);
  }
  return {};
}

Status rename_new(const std::string& from, const std::string& to, const char* point) {
  crash_point(point, "before_rename");
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) return {StatusCode::conflict, to + " exists"};
    return file_error(errno, "rename", to);
  }
  crash_point(point, "after_rename");
  return sync_directory(parent_of(to));
}

Status make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(parent_of(path));
  if (errno != EEXIST) return file_error(errno, "create", path);
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return file_error(errno, "read", path);
  if (!S_ISDIR(info.st_mode)) return {StatusCode::invalid_argument, path + " is not a folder"};
  return {};
}

Result<std::vector<FileEntry>> list_files(const std::string& directory) {
  struct Close {
    void operator()(DIR* d) const { ::closedir(d); }
  };
  const std::unique_ptr<DIR, Close> open(::opendir(directory.c_str()));
  if (!open) return file_error(errno, "read folder", directory);
  std::vector<FileEntry> files;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) {
      if (errno != 0) return file_error(errno, "read folder", directory);
      break;
    }
    struct stat info{};
    if (::fstatat(::dirfd(open.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) continue;
    files.push_back({entry->d_name, static_cast<std::uint64_t>(info.st_size),
                     std::int64_t{info.st_mtim.tv_sec} * 1'000'000 + info.st_mtim.tv_nsec / 1000});
  }
  std::sort(files.begin(), files.end(), [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
  return files;
}

}  // namespace retrain::base
