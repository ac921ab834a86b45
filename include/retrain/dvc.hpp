// DVC: what a readiness check saw of the data's version control, as recorded with the run.
#pragma once

#include <cstdint>
#include <retrain/data_settings.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain {

/// What an output is, compared with what DVC recorded of it.
enum class DvcState {
  clean,
  modified,      ///< other bytes, or a folder with other files
  missing,       ///< not in the workspace
  extra,         ///< a session file that no output holds
  not_in_cache,  ///< as recorded, but the cache has no copy: it can be used, not brought back
  unsupported,   ///< cannot be told without the dvc program
};
std::string_view to_string(DvcState state);

/// One output of a .dvc file or of a stage in dvc.lock.
struct DvcOutput {
  std::string path;  ///< below the repository's root
  std::string file;  ///< that records it, below the root as well
  DvcState state = DvcState::clean;
  std::string expected;  ///< MD5 as recorded, with ".dir" for a folder: the version of the data
  std::string actual;    ///< as found; empty = not computed
};

struct DvcReport {
  DvcMode mode = DvcMode::off;
  std::string root;  ///< folder of the repository
  std::vector<DvcOutput> outputs;
};

/// The MD5 of a file, valid while everything else here is as it was.
struct FileDigest {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  ///< of the inode
  std::uint64_t inode = 0;
  std::string md5;
};

}  // namespace retrain
