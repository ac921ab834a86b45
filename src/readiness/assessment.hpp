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

namespace retrain::readiness {

class Assessment {
 public:
  /// `data` must outlive it.
  Assessment(const DataSettings& data, Time as_of) : data_(data), as_of_(as_of) {}

  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void add_file(const SessionFile& file, CheckedFile checked);
  /// A file that is being written: the data is not ready yet, whatever else it is.
  void add_changing(const SessionFile& file);
  /// A file that cannot be read stands for one session with an error.
  void add_unreadable(const SessionFile& file, const std::string& why);
  /// The ids that must exist.
  void expect(const std::set<std::string>& ids);

  /// The verdict; the assessment is used up. `previous_fingerprint` is that of the snapshot trained on before.
  Readiness judge(const std::string& previous_fingerprint);

 private:
  struct Seen {
    Session session;
    bool has_errors = false;
    std::string first_error;
  };

  bool exists(const Session& session) const { return !session.time || *session.time <= as_of_; }
  Status judge_errors() const;
  void fill(Readiness& readiness, bool set_aside);
  bool judge_waiting(Readiness& readiness) const;

  const DataSettings& data_;
  Time as_of_;
  std::vector<Finding> findings_;
  std::vector<Seen> seen_;
  std::size_t files_ = 0;
  std::map<std::string, std::size_t, std::less<>> seen_of_;  // by session id
  std::set<std::string, std::less<>> later_;
  std::optional<Time> next_;  // when the next session will exist
  std::vector<std::string> changing_, missing_;
};

}  // namespace retrain::readiness
