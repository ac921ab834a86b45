// Files: reading and replacing whole files so that neither a crash nor a hostile link does harm.
#pragma once

#include <cstdint>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::base {

/// A whole regular file, opened without following a link. Fails with not_found, invalid_argument (no regular file, over
/// `max_bytes`), unavailable (its size or time changed while it was read: it is being written), or io_error.
Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes = std::uint64_t{1} << 32U);

/// Replaces `path` atomically: temporary file beside it (0600), fsync, rename, fsync of the folder. `point` names the crash
/// points.
Status write_file(const std::string& path, std::string_view bytes, const char* point);

/// Removes what write_file() left in `directory` when its process died in the middle; files of living processes stay.
Status sweep_temporaries(const std::string& directory);

/// Moves `from` to `to` when `to` does not exist, then syncs the folder. Fails with conflict when it does.
Status rename_new(const std::string& from, const std::string& to, const char* point);

/// Creates one folder (0700) when it is absent, and syncs its parent.
Status make_directory(const std::string& path);
Status sync_directory(const std::string& path);

struct FileEntry {
  std::string name;
  std::uint64_t size = 0;
  std::int64_t modified_us = 0;
};
/// Regular files of a folder by name, links left out. Fails with not_found or io_error.
Result<std::vector<FileEntry>> list_files(const std::string& directory);

/// A Status for `errno`-style `error` on `path`: "cannot open x.csv: Permission denied".
Status file_error(int error, std::string_view verb, const std::string& path);

}  // namespace retrain::base
