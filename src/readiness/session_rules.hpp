// Session rules: what is wrong with sessions as a whole: missing, late, out of order, delivered twice, shrunk, unlabelled, stale.
#pragma once

#include <retrain/config.hpp>
#include <retrain/readiness_checker.hpp>
#include <string>
#include <vector>

namespace retrain::readiness {

/// A session as its file was found.
struct SeenSession {
  Session session;
  bool has_errors = false;
  std::string first_error;
  std::int64_t modified_ns = 0;  ///< of its file
  bool keep_record = false;      ///< what is known of it stays: the new bytes are not trusted

  void blame(const std::string& message) {
    if (!has_errors) first_error = message;
    has_errors = true;
  }
  /// When it was known: its own time, else that of its file.
  Time known_at() const {
    return session.time.value_or(Time(std::chrono::floor<Duration>(std::chrono::nanoseconds(modified_ns))));
  }
};

/// Something that is still to come.
struct Waiting {
  std::string reason;
  Time retry_at{};
};

struct SessionVerdict {
  std::vector<Finding> findings;
  std::vector<Waiting> waiting;
};

constexpr auto missing_delay = std::chrono::hours(1);  ///< until data that is not there is asked for again

/// Judges `sessions`, all that exist, in their order; one with a new error is blamed.
SessionVerdict judge_sessions(std::vector<SeenSession>& sessions, const DataSettings& data, const ModelSettings& model,
                              const DataRequest& request);

/// "3 sessions".
std::string count_of(std::size_t count, const std::string& noun);
/// "a, b, c and 4 more".
std::string some(const std::vector<std::string>& names);

}  // namespace retrain::readiness
