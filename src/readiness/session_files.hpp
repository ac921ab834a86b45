// Session files: which files of the data folder are meant, and in which order sessions stand.
#pragma once

#include <cstdint>
#include <retrain/config.hpp>
#include <retrain/readiness_checker.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::readiness {

struct SessionFile {
  std::string path;  ///< data.directory and name
  std::string name;  ///< below the data folder
  std::string stem;  ///< file name without its extension
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
};

struct SessionFiles {
  std::vector<SessionFile> files;  ///< by name
  std::vector<Finding> findings;   ///< about names that are passed over
};

/// The entries, folders apart, that match `data.pattern`, whose parts between "/" match folder names. Hidden files and folders
/// never match, linked folders are not entered. A folder that does not exist gives none. Fails with io_error when one cannot be
/// read.
Result<SessionFiles> find_session_files(const DataSettings& data);

/// Natural order: runs of digits compare by value, so s2 < s10.
bool natural_less(std::string_view a, std::string_view b);

/// Whether `a` stands before `b`: by time, then by id.
bool session_before(const Session& a, const Session& b);

}  // namespace retrain::readiness
