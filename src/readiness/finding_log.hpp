// FindingLog: what is wrong in one file, bounded in memory: the first places of each rule, and how often it was broken in all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <retrain/readiness_checker.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrain::readiness {

constexpr std::size_t kept_findings = 20;  ///< places kept of a rule in a file

/// Where in a file; the defaults mean the file as a whole.
struct Place {
  std::string_view session = {};
  std::int64_t row = 0;
  std::string_view column = {};
  std::int64_t byte = -1;
  std::string_view value = {};  ///< the cell's text
  std::uint32_t rank = 0;       ///< among the findings of its rule in the row
};

class FindingLog {
 public:
  /// `path` as findings give it, `name` as their messages do.
  FindingLog(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

  /// Counts one finding. `describe()` gives its text, and is called only while places are kept.
  template <class Describe>
  void add(FindingLevel level, std::string_view rule, const Place& place, Describe&& describe) {
    if (Finding* kept = count(level, rule, place)) kept->message = message(place, describe());
  }
  template <class Describe>
  void error(std::string_view rule, const Place& place, Describe&& describe) {
    add(FindingLevel::error, rule, place, std::forward<Describe>(describe));
  }
  template <class Describe>
  void warning(std::string_view rule, const Place& place, Describe&& describe) {
    add(FindingLevel::warning, rule, place, std::forward<Describe>(describe));
  }

  /// Keeps an error that was found after later ones, without counting it.
  template <class Describe>
  void insert_error(std::string_view rule, const Place& place, Describe&& describe) {
    if (Finding* kept = insert(rule, place)) kept->message = message(place, describe());
  }
  /// Says something else of an error in `place.row`, if it is kept.
  template <class Describe>
  void amend_error(std::string_view rule, const Place& place, Describe&& describe) {
    if (Finding* kept = find_kept(rule, place)) kept->message = message(place, describe());
  }
  /// Counts `count` errors of a rule whose places are kept already.
  void count_errors(std::string_view rule, std::string_view session, std::int64_t count);
  /// Whether another place of this rule would be kept.
  bool keeps(std::string_view rule, std::string_view session) const;

  /// Whether the file as a whole (`session` empty) or one of its sessions has an error.
  bool has_errors(std::string_view session) const { return errors_.contains(session); }
  /// The findings of the file as a whole and of the sessions that `wanted` names, by row; each with the count of its rule in
  /// them.
  std::vector<Finding> findings(const std::function<bool(const std::string& session)>& wanted) const;

 private:
  struct Kept {
    Finding finding;
    std::uint32_t rank = 0;
  };
  struct Entry {
    std::int64_t count = 0;
    std::vector<Kept> kept;
  };

  /// The entry asked for last: rows that all break a rule ask for the same. A copy of the log starts without.
  struct Last {
    const std::string* rule = nullptr;
    const std::string* session = nullptr;
    Entry* entry = nullptr;
    Last() = default;
    Last(const Last&) noexcept : Last() {}
    Last& operator=(const Last&) noexcept {
      rule = session = nullptr;
      entry = nullptr;
      return *this;
    }
  };

  Entry* find(std::string_view rule, std::string_view session) const;
  Entry& entry(std::string_view rule, std::string_view session);
  Finding* count(FindingLevel level, std::string_view rule, const Place& place);
  Finding* insert(std::string_view rule, const Place& place);
  Finding* find_kept(std::string_view rule, const Place& place);
  Finding finding(FindingLevel level, std::string_view rule, const Place& place) const;
  std::string message(const Place& place, std::string_view text) const;

  std::string path_, name_;
  std::map<std::string, std::map<std::string, Entry, std::less<>>, std::less<>> entries_;  // by rule, then by session
  mutable Last last_;
  std::set<std::string, std::less<>> errors_;  // sessions that have one
};

}  // namespace retrain::readiness
