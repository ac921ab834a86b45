// DVC files: which outputs of .dvc files and dvc.lock hold the data, and what DVC recorded of them.
#pragma once

#include <optional>
#include <retrain/config.hpp>
#include <retrain/status.hpp>
#include <string>
#include <vector>

namespace retrain::readiness {

/// One output as it is recorded.
struct DvcRecord {
  std::string path;      ///< absolute
  std::string relative;  ///< below the root
  std::string file;      ///< that records it, below the root
  std::string md5;       ///< without ".dir"
  bool directory = false;
  bool legacy = false;      ///< DVC 2: text is hashed with LF line ends
  bool in_cache = true;     ///< false = `cache: false`: there is no copy to be missed
  std::string unsupported;  ///< why this reader cannot judge it; empty = it can

  std::string expected() const { return md5.empty() ? md5 : md5 + (directory ? ".dir" : ""); }
};

struct DvcRepository {
  std::string root;                ///< absolute
  std::string cache;               ///< folder of the cache
  std::vector<DvcRecord> outputs;  ///< those that hold data.directory, or lie in it

  /// Where the cache keeps the content with this MD5 ("….dir" for a folder's list).
  std::string cached(const std::string& md5, bool legacy) const;
};

/// Reads what covers `data.directory`. Fails with not_found (no repository, nothing recorded) or invalid_argument (a file that is
/// not as DVC writes it), naming it.
Result<DvcRepository> read_dvc_files(const DataSettings& data);

/// Why the repository is in use by a living DVC process that writes to one of `outputs`, or holds the lock; empty = it is free.
std::string dvc_activity(const DvcRepository& repository);

/// Whether `path` is `folder` or lies in it; both absolute and normal.
bool lies_in(const std::string& path, const std::string& folder);

}  // namespace retrain::readiness
