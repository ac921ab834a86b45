// OwnerFile: shows that a worker lives. The lock goes with its process, however that ends.
#pragma once

#include <sys/types.h>

#include <memory>
#include <retrain/status.hpp>
#include <set>
#include <string>

namespace retrain::store {

/// A locked file in owners/, one for each live worker.
///
/// A child made by fork without exec shares the lock: while it lives, its parent counts as alive, and the lease must run out
/// first.
class OwnerFile {
 public:
  /// Creates and locks owners/<id>, whose content names host, boot, pid, start time and `model` (JSON). Fails with
  /// invalid_argument (an id that is no safe file name), conflict (a live worker has it), io_error or no_space.
  static Result<std::unique_ptr<OwnerFile>> create(const std::string& state_directory, const std::string& id,
                                                   const std::string& model = {});
  OwnerFile(const OwnerFile&) = delete;
  OwnerFile& operator=(const OwnerFile&) = delete;
  /// Removes the file.
  ~OwnerFile();
  const std::string& id() const { return id_; }

 private:
  OwnerFile(std::string path, std::string id, int fd);
  std::string path_, id_;
  int fd_;
  pid_t process_;
};

/// Whether the worker `id` still holds its file. A worker of another host (its file names it) counts as alive: its lease decides.
Result<bool> owner_alive(const std::string& state_directory, const std::string& id);
/// The models that workers of this host serve now.
Result<std::set<std::string>> living_models(const std::string& state_directory);
/// Removes the files of dead owners of this host.
Status sweep_owners(const std::string& state_directory);

}  // namespace retrain::store
