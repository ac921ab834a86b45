// File check: everything that one data file can be found guilty of, and the sessions that lie in it.
#pragma once

#include <retrain/session.hpp>
#include <vector>

#include "csv/batch_columns.hpp"
#include "finding_log.hpp"
#include "row_memory.hpp"
#include "schema.hpp"
#include "session_files.hpp"
#include "time_parser.hpp"

namespace retrain::readiness {

struct CheckedFile {
  std::vector<Session> sessions;  ///< in order of appearance; also those with errors
  FindingLog log;  ///< without a session column every finding names the session; with one, the session "" is the file
};

/// How a file is read; what is found does not depend on it.
struct CheckOptions {
  unsigned threads = 1;
  csv::InstructionSet instructions = csv::best_set();
  std::uint32_t chunk = std::uint32_t{256} << 10U;
  bool hash = true;                ///< without, sessions have no sha256
  csv::BatchSink* also = nullptr;  ///< gets the same rows in the same pass
  std::size_t memory = row_memory_bytes;
};

/// Reads and checks `file`. A session has a time when at least one row gives one. Fails as base::read_file and Spill do.
Result<CheckedFile> check_file(const SessionFile& file, const Schema& schema, const TimeParser& times,
                               const CheckOptions& options = {});

}  // namespace retrain::readiness
