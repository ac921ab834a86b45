// Assessment: gathers what was found in every file and turns it into one verdict.
#pragma once

#include <map>
#include <optional>
#include <retrain/config.hpp>
#include <retrain/readiness_checker.hpp>
#include <set>
#include <string>
#include <vector>

#include "file_check.hpp"
#include "session_files.hpp"
#include "session_rules.hpp"

namespace retrain::readiness {

class Assessment {
 public:
  /// All three must outlive it.
  Assessment(const DataSettings& data, const ModelSettings& model, const DataRequest& request)
      : data_(data), model_(model), request_(request) {}

  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void add_file(const SessionFile& file, CheckedFile checked);
  /// A file that is not final: the data is not ready yet, whatever else it is. What was found in it counts for nothing.
  void add_growing(const SessionFile& file, const std::string& why, Time retry_at);
  /// A file that cannot be read stands for one session with an error.
  void add_unreadable(const SessionFile& file, const std::string& why);
  /// The ids that must exist.
  void expect(const std::set<std::string>& ids);
  /// Something beside the sessions makes the data unfit, or must be waited for.
  void break_with(std::string reason) { broken_.push_back(std::move(reason)); }
  void wait_for(Waiting waiting) { waiting_.push_back(std::move(waiting)); }

  /// The verdict; the assessment is used up.
  Readiness judge();

 private:
  bool exists(const Session& session) const { return !session.time || *session.time <= request_.as_of; }
  void judge_all_sessions();
  Status judge_errors() const;
  void fill(Readiness& readiness, bool set_aside);
  bool judge_waiting(Readiness& readiness) const;

  const DataSettings& data_;
  const ModelSettings& model_;
  const DataRequest& request_;
  std::vector<Finding> findings_;
  std::vector<SeenSession> seen_;
  std::size_t files_ = 0;
  std::map<std::string, std::size_t, std::less<>> seen_of_;  // by session id
  std::set<std::string, std::less<>> later_, growing_files_;
  std::optional<Time> next_;  // when the next session will exist
  std::vector<std::string> growing_, missing_, broken_;
  std::optional<Time> grown_;  // when to look at growing files again
  std::vector<Waiting> waiting_;
};

}  // namespace retrain::readiness
