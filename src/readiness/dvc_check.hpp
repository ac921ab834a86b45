// DVC check: whether the data is what DVC recorded, as findings and a verdict.
#pragma once

#include <optional>
#include <retrain/config.hpp>
#include <retrain/readiness_checker.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "session_files.hpp"
#include "session_rules.hpp"

namespace retrain::readiness {

struct DvcVerdict {
  DvcReport report;
  std::vector<Finding> findings;
  std::string broken;               ///< why the data must not be used; empty = it may
  std::optional<Waiting> waiting;   ///< what is to be waited for
  std::vector<FileDigest> digests;  ///< to be remembered
};

/// Asks as `data.dvc` says. Fails only when it was stopped or a file could not be read.
Result<DvcVerdict> check_dvc(const DataSettings& data, const DataRequest& request, const std::vector<SessionFile>& files,
                             const std::stop_token& stop);

}  // namespace retrain::readiness
