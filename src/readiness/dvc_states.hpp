// DVC states: what each output is compared with its record, as our own reader and as the dvc program see it.
#pragma once

#include <retrain/config.hpp>
#include <retrain/dvc.hpp>
#include <retrain/status.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "dvc_digest.hpp"
#include "dvc_files.hpp"

namespace retrain::readiness {

/// A file of a folder that is not as recorded.
struct DvcDifference {
  std::string path;  ///< below the root
  DvcState state = DvcState::modified;
};

/// One output as found.
struct DvcFinding {
  DvcState state = DvcState::unsupported;
  bool cached = true;  ///< the cache can bring it back, as far as that was looked at
  std::string actual;  ///< MD5, with ".dir"; empty = not computed
  std::string why;     ///< of unsupported
  std::vector<DvcDifference> differences;
};

/// Reads the files. One finding an output, in their order. Fails with unavailable when a file changes meanwhile.
Result<std::vector<DvcFinding>> native_states(const DvcRepository& repository, DigestMemory& memory, const std::stop_token& stop);

/// Runs `dvc data status`. Fails with unavailable (too slow, the repository is locked), not_found (no program, no repository),
/// invalid_argument (DVC refuses the repository) or corrupt (its answer cannot be read).
Result<std::vector<DvcFinding>> program_states(const DvcRepository& repository, const DvcSettings& settings,
                                               const std::stop_token& stop);

/// Reads what `dvc data status --json --granular --unchanged` printed.
Result<std::vector<DvcFinding>> parse_data_status(const DvcRepository& repository, std::string_view json);

}  // namespace retrain::readiness
