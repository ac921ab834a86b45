// File check: everything that one data file can be found guilty of, and the sessions that lie in it.
#pragma once

#include <retrain/session.hpp>
#include <string_view>
#include <vector>

#include "finding_log.hpp"
#include "schema.hpp"
#include "session_files.hpp"
#include "time_parser.hpp"

namespace retrain::readiness {

struct CheckedFile {
  std::vector<Session> sessions;  ///< in order of appearance; also those with errors
  FindingLog log;  ///< without a session column every finding names the session; with one, the session "" is the file
};

/// Checks `bytes`, the whole content of `file`. A session has a time when at least one row gives one.
CheckedFile check_file(const SessionFile& file, std::string_view bytes, const Schema& schema, const TimeParser& times);

}  // namespace retrain::readiness
