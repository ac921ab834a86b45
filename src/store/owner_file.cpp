#include "owner_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace retrain::store {
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
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int flock_retrying(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// In clock ticks since the boot: with the pid it names one process of one boot. Field 22, counted behind the command's last
/// parenthesis.
std::string process_start() {
  const std::string line = first_line("/proc/self/stat");
  const auto end = line.rfind(')');
  if (end == std::string::npos) return "";
  const std::vector<std::string_view> fields = base::split(std::string_view(line).substr(end + 1), ' ');
  return fields.size() > 20 ? std::string(fields[20]) : "";
}

std::string describe_process(const std::string& model) {
  base::Json json = {{"host", host_name()},
                     {"boot", first_line("/proc/sys/kernel/random/boot_id")},
                     {"pid", static_cast<std::int64_t>(::getpid())},
                     {"start", process_start()}};
  if (!model.empty()) json["model"] = model;
  return base::dump(json) + "\n";
}

/// A text in an owner file; empty when it holds none of that name.
std::string text_in(int fd, const char* name) {
  char bytes[4096];
  const ssize_t size = ::pread(fd, bytes, sizeof bytes, 0);
  const Result<base::Json> json = base::parse_json({bytes, size > 0 ? static_cast<std::size_t>(size) : 0});
  if (!json || !json->is_object() || !json->contains(name) || !(*json)[name].is_string()) return "";
  return (*json)[name].get<std::string>();
}

std::string host_of(int fd) {
  return text_in(fd, "host");
}

bool still_named(int fd, const std::string& path) {
  struct stat held{}, named{};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 && named.st_ino == held.st_ino &&
         named.st_dev == held.st_dev;
}

std::string path_of(const std::string& state_directory, const std::string& id) {
  return state_directory + "/owners/" + id;
}

Status check_id(const std::string& id) {
  if (base::safe_id(id)) return {};
  return {StatusCode::invalid_argument,
          "worker id \"" + base::printable(id) + "\" is not made of letters, digits, '.', '_' and '-'"};
}

/// Removes `path` when nobody holds it. True when it is gone.
Result<bool> remove_dead(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return true;
    return base::file_error(errno, "open", path);
  }
  if (flock_retrying(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    return base::file_error(errno, "lock", path);
  }
  const std::string host = host_of(file.get());
  if (!host.empty() && host != host_name()) return false;
  // Under the lock, so that nobody is just taking the file over; one that bears the name by now is not ours to remove.
  if (still_named(file.get(), path) && ::unlink(path.c_str()) != 0) return base::file_error(errno, "remove", path);
  return true;
}

}  // namespace

Result<std::unique_ptr<OwnerFile>> OwnerFile::create(const std::string& state_directory, const std::string& id,
                                                     const std::string& model) {
  if (Status status = check_id(id); !status) return status;
  const std::string path = path_of(state_directory, id);
  for (;;) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) {
      if (errno != EEXIST) return base::file_error(errno, "create", path);
      const Result<bool> removed = remove_dead(path);
      if (!removed) return removed.status();
      if (!*removed) return Status{StatusCode::conflict, "worker id " + id + " is in use"};
      continue;
    }
    const std::string content = describe_process(model);
    if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      const Status status = base::file_error(errno, "write", path);
      ::unlink(path.c_str());
      return status;
    }
    if (flock_retrying(file.get(), LOCK_EX) != 0) return base::file_error(errno, "lock", path);
    // A sweep may have taken the file for a dead owner's between its creation and the lock.
    if (!still_named(file.get(), path)) continue;
    return std::unique_ptr<OwnerFile>(new OwnerFile(path, id, file.release()));
  }
}

OwnerFile::OwnerFile(std::string path, std::string id, int fd)
    : path_(std::move(path)), id_(std::move(id)), fd_(fd), process_(::getpid()) {}

OwnerFile::~OwnerFile() {
  if (::getpid() == process_) ::unlink(path_.c_str());  // the child of a fork must not bury its parent
  ::close(fd_);
}

Result<bool> owner_alive(const std::string& state_directory, const std::string& id) {
  if (Status status = check_id(id); !status) return status;
  const std::string path = path_of(state_directory, id);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return false;
    return base::file_error(errno, "open", path);
  }
  const std::string host = host_of(file.get());
  if (!host.empty() && host != host_name()) return true;
  // A shared lock: two who ask at once must not take each other for the owner.
  if (flock_retrying(file.get(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  return base::file_error(errno, "lock", path);
}

Result<std::set<std::string>> living_models(const std::string& state_directory) {
  const std::string folder = state_directory + "/owners";
  const Result<std::vector<base::FileEntry>> files = base::list_files(folder);
  if (!files) return files.status();
  std::set<std::string> models;
  for (const base::FileEntry& entry : *files) {
    const Descriptor file(::open((folder + "/" + entry.name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0 || host_of(file.get()) != host_name()) continue;
    const std::string model = text_in(file.get(), "model");
    if (!model.empty() && flock_retrying(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) models.insert(model);
  }
  return models;
}

Status sweep_owners(const std::string& state_directory) {
  const std::string folder = state_directory + "/owners";
  const Result<std::vector<base::FileEntry>> files = base::list_files(folder);
  if (!files) return files.status();
  for (const base::FileEntry& file : *files) {
    if (const Result<bool> removed = remove_dead(folder + "/" + file.name); !removed) return removed.status();
  }
  return {};
}

}  // namespace retrain::store
