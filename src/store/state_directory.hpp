// StateDirectory: the folder that holds everything, its permissions, its schema, and the files that say which workers live.
#pragma once

#include <memory>
#include <retrain/clock.hpp>
#include <retrain/status.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

/// One live process: a locked file in owners/. The lock goes with the process, however it ends.
class OwnerFile {
 public:
  /// Creates and locks owners/<id>, whose content names host, boot, pid, start time (JSON).
  static Result<std::unique_ptr<OwnerFile>> create(const std::string& state_directory, const std::string& id);
  OwnerFile(const OwnerFile&) = delete;
  OwnerFile& operator=(const OwnerFile&) = delete;
  /// Removes the file.
  ~OwnerFile();
  const std::string& id() const { return id_; }

 private:
  OwnerFile(std::string path, std::string id, int fd);
  std::string path_, id_;
  int fd_;
};

/// Whether the worker `id` still holds its file. A worker of another host (its file names it) counts as alive.
Result<bool> owner_alive(const std::string& state_directory, const std::string& id);
/// Removes the files of dead owners of this host.
Status sweep_owners(const std::string& state_directory);

/// Creates the folder (0700) and its sub-folders models, production, evaluations, owners when absent, and refuses one that is a
/// link, foreign, or writable by others, and a read-only one (io_error), each with the path.
Status prepare_state_directory(const std::string& directory);

/// Brings the schema up to date in one transaction: a fresh file gets application_id, user_version, the tables and a meta row with a
/// state id; an older one is migrated after a backup (state.db.before-<version>); a newer or foreign one is refused with `incompatible`,
/// untouched. Must be called with the write gate held.
Status migrate(Connection& connection, const std::string& state_id, Time now);

inline constexpr std::int64_t application_id = 0x52545231;  // "RTR1"
inline constexpr std::int64_t schema_version = 1;

/// SQLite's own checks plus STRICT/foreign keys: integrity_check, foreign_key_check. Empty = clean.
std::vector<std::string> check_database(Connection& connection);

}  // namespace retrain::store
