// A data folder with a checker over it, for tests.
#pragma once

#include <retrain/config.hpp>
#include <retrain/readiness_checker.hpp>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace retrain::test {

/// Settings are changed by the test before the first check; the defaults ask for a target "y" only.
struct ReadinessBench {
  ReadinessBench() {
    data.directory = folder.path();
    model.target = "y";
  }

  Result<Readiness> try_check(DataRequest request = {}) const {
    if (request.as_of == Time{}) request.as_of = parse_time("2030-01-01T00:00:00Z").value();
    return make_session_readiness_checker(data, model)->check(request, quiet_observer(), {});
  }
  Readiness check(DataRequest request = {}) const { return try_check(std::move(request)).value(); }
  Readiness check_at(const std::string& as_of) const { return check({parse_time(as_of).value(), {}, {}}); }
  /// The findings of one file with this content.
  std::vector<Finding> findings(const std::string& bytes) const {
    folder.write("a.csv", bytes);
    return check().findings;
  }

  TemporaryFolder folder;
  DataSettings data;
  ModelSettings model;
};

inline std::vector<Finding> of_rule(const std::vector<Finding>& findings, const std::string& rule) {
  std::vector<Finding> out;
  for (const auto& finding : findings) {
    if (finding.rule == rule) out.push_back(finding);
  }
  return out;
}

inline std::vector<std::string> ids(const std::vector<Session>& sessions) {
  std::vector<std::string> out;
  for (const auto& session : sessions) out.push_back(session.id);
  return out;
}

}  // namespace retrain::test
