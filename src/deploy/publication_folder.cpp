#include "publication_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/files.hpp"

namespace retrain::deploy {
namespace {

constexpr const char* prefix = ".tmp-";

/// Opens and locks the folder; -1 when it is held by another or gone, with errno.
int lock_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return -1;
  struct stat held{}, named{};
  const bool locked = ::flock(folder, LOCK_EX | LOCK_NB) == 0;
  // Between opening and locking, a sweep may have removed the folder.
  if (locked && ::fstat(folder, &held) == 0 && ::lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino) return folder;
  const int error = locked ? ENOENT : errno;
  ::close(folder);
  errno = error;
  return -1;
}

}  // namespace

Result<PublicationFolder> PublicationFolder::create(const std::string& models) {
  constexpr int tries = 10;
  for (int attempt = 0; attempt < tries; ++attempt) {
    std::string path = models + "/" + prefix + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return base::file_error(errno, "create a folder in", models);
    const int lock = lock_folder(path);
    if (lock >= 0) return PublicationFolder(std::move(path), lock);
    // A sweep came between the two calls and took the empty folder for a leftover.
    if (errno != ENOENT && errno != EWOULDBLOCK) {
      const int error = errno;
      ::rmdir(path.c_str());
      return base::file_error(error, "lock", path);
    }
  }
  return Status{StatusCode::unavailable, "other processes keep sweeping " + models};
}

PublicationFolder::PublicationFolder(PublicationFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

PublicationFolder::~PublicationFolder() {
  if (lock_ < 0) return;
  std::error_code ignored;  // what stays is a leftover for the next sweep
  std::filesystem::remove_all(path_, ignored);
  ::close(lock_);
}

Result<int> sweep_publication_folders(const std::string& models) {
  std::error_code error;
  std::filesystem::directory_iterator entries(models, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  int removed = 0;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string path = entries->path().string();
    if (!entries->path().filename().string().starts_with(prefix)) continue;
    const int lock = lock_folder(path);
    if (lock < 0 && errno != ENOTDIR && errno != ELOOP) continue;  // being written, or gone already
    std::filesystem::remove_all(path, error);
    if (lock >= 0) ::close(lock);
    if (error) break;
    ++removed;
  }
  if (error) return base::file_error(error.value(), "sweep", models);
  return removed;
}

}  // namespace retrain::deploy
