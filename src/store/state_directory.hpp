// StateDirectory: the folder that holds everything, and what is demanded of it.
#pragma once

#include <cstdint>
#include <optional>
#include <retrain/status.hpp>
#include <string>
#include <string_view>

#include "migration.hpp"
#include "owner_file.hpp"

namespace retrain::store {

/// Creates the folder (0700) and its sub-folders models, production, evaluations and owners when absent. Refuses, with the path:
/// one that is a link, belongs to another user, is writable by others or lies on a network file system (invalid_argument), a
/// missing parent (not_found), and one that cannot be written (io_error, no_space).
Status prepare_state_directory(const std::string& directory);

/// The name of a network file system by the magic number of statfs(2), nullopt for any other. FUSE has one number for all of its
/// kinds: see network_fuse().
std::optional<std::string_view> network_filesystem(std::uint64_t magic);
/// Whether FUSE mounts of `type`, as /proc/self/mountinfo names it ("fuse.sshfs"), reach over a network.
bool network_fuse(std::string_view type);
/// The type of the mount of device `major:minor` in the text of a mountinfo file; empty when it names none.
std::string mount_type(std::string_view mountinfo, unsigned major, unsigned minor);

}  // namespace retrain::store
