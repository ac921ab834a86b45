// PublicationFolder: the temporary folder in which a model is written before it is renamed into place.
#pragma once

#include <retrain/status.hpp>
#include <string>

namespace retrain::deploy {

/// models/.tmp-<random>, mode 0700, locked by this process (flock) while the object lives, so that a sweep by another process
/// tells a write in progress from a leftover. Removed with the object unless it was renamed away.
class PublicationFolder {
 public:
  /// Fails with io_error or no_space.
  static Result<PublicationFolder> create(const std::string& models);
  PublicationFolder(PublicationFolder&& other) noexcept;
  PublicationFolder& operator=(PublicationFolder&&) = delete;
  ~PublicationFolder();

  const std::string& path() const { return path_; }

 private:
  PublicationFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

/// Removes every folder of that kind that no process holds. Returns how many; a folder that cannot be removed is a failure.
Result<int> sweep_publication_folders(const std::string& models);

}  // namespace retrain::deploy
