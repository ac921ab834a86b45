// DVC digests: the MD5 of files and folders as DVC computes it, remembered while a file is as it was.
#pragma once

#include <map>
#include <retrain/dvc.hpp>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <stop_token>
#include <string>
#include <vector>

namespace retrain::readiness {

struct DigestedFile {
  std::string md5;
  bool carriage_returns = false;  ///< it holds CR LF, or that is not known: DVC 2 may have hashed it otherwise
};

struct DigestedFolder {
  std::string md5;                                           ///< of the list, without ".dir"
  std::vector<std::pair<std::string, std::string>> entries;  ///< path below the folder and MD5, in DVC's order
  bool carriage_returns = false;
  std::string unsupported;  ///< why the list cannot be made as DVC does; empty = it can
};

class DigestMemory {
 public:
  DigestMemory(const std::vector<FileDigest>& known, Time as_of);

  /// Follows links. Fails with not_found, invalid_argument (no regular file), unavailable (it changed meanwhile) or io_error.
  /// `need_line_ends` = carriage_returns must be known.
  Result<DigestedFile> file(const std::string& path, bool need_line_ends);
  /// Every file below `path`, links followed.
  Result<DigestedFolder> folder(const std::string& path, bool need_line_ends, const std::stop_token& stop);
  /// What was used or computed and may be trusted again.
  std::vector<FileDigest> remembered() const;

 private:
  std::map<std::string, FileDigest> known_, current_;
  Time as_of_;
};

/// DVC's recipe for a folder: MD5 of a JSON list sorted by path, spelled as Python's json.dumps does.
std::string folder_digest(const std::vector<std::pair<std::string, std::string>>& entries);

}  // namespace retrain::readiness
