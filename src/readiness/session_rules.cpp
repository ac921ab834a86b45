#include "session_rules.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.hpp"
#include "session_rows.hpp"

namespace retrain::readiness {
namespace {

constexpr std::size_t most_named = 20;  // sessions that a rule names one by one

class SessionJudge {
 public:
  SessionJudge(std::vector<SeenSession>& sessions, const DataSettings& data, const ModelSettings& model,
               const DataRequest& request)
      : sessions_(sessions), data_(data), model_(model), request_(request) {
    for (const auto& session : request.known_sessions) known_[session.id] = &session;
  }

  SessionVerdict run() {
    find_same_files();
    find_same_rows();
    compare_with_known();
    if (data_.expected.every) follow_rule(*data_.expected.every, data_.expected.grace);
    if (data_.min_label_share > 0 && !model_.target.empty()) count_labels_of_all();
    if (data_.max_age && !sessions_.empty()) check_age(*data_.max_age);
    return std::move(verdict_);
  }

 private:
  void add(FindingLevel level, const char* rule, const SeenSession& seen, const std::string& message) {
    verdict_.findings.push_back({level, rule, message, seen.session.id, seen.session.path});
  }
  void add_error(const char* rule, SeenSession& seen, const std::string& message) {
    add(FindingLevel::error, rule, seen, message);
    seen.blame(message);
  }

  void find_same_files() {
    // The sessions of a shared file are doubled by id, which is found elsewhere.
    if (!data_.session_column.empty()) return;
    std::map<std::string_view, const SeenSession*> first_with;
    for (auto& seen : sessions_) {
      if (seen.session.sha256.empty() || seen.session.rows == 0) continue;
      const auto [entry, fresh] = first_with.emplace(seen.session.sha256, &seen);
      if (fresh) continue;
      add_error("duplicate_session", seen,
                "session " + seen.session.id + " has the same bytes as session " + entry->second->session.id);
    }
  }

  /// Sessions whose rows could all stand in another one: those that end at the same time, or, without times, begin alike.
  void find_same_rows() {
    if (data_.unique.empty()) return;
    std::map<std::uint64_t, std::vector<SeenSession*>> alike;
    for (auto& seen : sessions_) {
      if (seen.has_errors || seen.session.rows == 0) continue;
      const std::uint64_t key = seen.session.time ? std::uint64_t(seen.session.time->time_since_epoch().count())
                                                  : first_identity(seen.session, data_, model_);
      if (key != 0) alike[key].push_back(&seen);
    }
    for (auto& [key, group] : alike) {
      if (group.size() > 1) compare_rows(group);
    }
  }

  void compare_rows(std::vector<SeenSession*>& group) {
    const auto larger = [](const SeenSession* a, const SeenSession* b) { return a->session.rows > b->session.rows; };
    std::stable_sort(group.begin(), group.end(), larger);
    std::vector<std::vector<std::uint64_t>> rows;
    for (const auto* seen : group) rows.push_back(row_identities(seen->session, data_, model_));
    for (std::size_t small = 1; small < group.size(); ++small) {
      if (rows[small].empty()) continue;
      for (std::size_t large = 0; large < small; ++large) {
        // One file is one delivery: its sessions are told apart by who made it.
        if (group[large]->has_errors || group[large]->session.path == group[small]->session.path) continue;
        if (!std::includes(rows[large].begin(), rows[large].end(), rows[small].begin(), rows[small].end())) continue;
        SeenSession& seen = *group[small];
        add_error("duplicate_session", seen,
                  "every row of session " + seen.session.id + " stands in session " + group[large]->session.id +
                      " too: the same " + base::join(data_.unique, ", ") + (data_.time_column.empty() ? "" : ", time") +
                      " and target");
        break;
      }
    }
  }

  void compare_with_known() {
    const std::set<std::string_view> arrived(request_.arrived.begin(), request_.arrived.end());
    std::optional<Time> newest;
    for (const auto& [id, session] : known_) {
      if (session->time && !arrived.contains(id)) newest = std::max(*session->time, newest.value_or(*session->time));
    }
    for (auto& seen : sessions_) {
      const Session& session = seen.session;
      const auto found = known_.find(session.id);
      const bool fresh = found == known_.end() || arrived.contains(session.id);
      if (fresh && newest && session.time && *session.time < *newest) {
        add(FindingLevel::warning, "session_order", seen,
            "session " + session.id + " of " + format_time(*session.time) + " is new, and older than one that was there before");
      }
      if (found != known_.end()) compare_size(seen, *found->second);
    }
  }

  void compare_size(SeenSession& seen, const Session& before) {
    const Session& session = seen.session;
    if (session.rows < before.rows) {
      shrunk(seen, "session " + session.id + " has " + count_of(std::size_t(session.rows), "row") + ", it had " +
                       std::to_string(before.rows));
    } else if (session.size < before.size && data_.session_column.empty()) {
      add(FindingLevel::warning, "shrunk_session", seen,
          "session " + session.id + " has " + std::to_string(session.size) + " bytes, it had " + std::to_string(before.size));
    }
  }

  void shrunk(SeenSession& seen, const std::string& message) {
    if (request_.asked_by_person) return add(FindingLevel::warning, "shrunk_session", seen, message);
    add_error("shrunk_session", seen, message + ": a run that a person asks for takes that as meant");
    seen.keep_record = true;
  }

  /// One session each `every`, the first one's time being the first of them.
  void follow_rule(Duration every, Duration grace) {
    if (sessions_.empty()) return;
    std::vector<const SeenSession*> in_time;
    for (const auto& seen : sessions_) in_time.push_back(&seen);
    const auto earlier = [](const SeenSession* a, const SeenSession* b) { return a->known_at() < b->known_at(); };
    std::stable_sort(in_time.begin(), in_time.end(), earlier);
    const Time first = in_time.front()->known_at();
    std::int64_t filled = 0;  // the last slot that has its session
    for (std::size_t i = 1; i < in_time.size(); ++i) {
      const Duration since = in_time[i]->known_at() - first;
      const std::int64_t slot = (since.count() + every.count() / 2) / every.count();
      const Duration off = since - slot * every;
      const Duration away = std::chrono::abs(off);
      if (away > grace) {
        unexpected(*in_time[i], format_duration(away) + (off > Duration{} ? " later" : " earlier") + " than expected");
      } else if (slot <= filled) {
        unexpected(*in_time[i], "the second of its time");
      }
      if (away > grace || slot <= filled) continue;
      miss("missing_session", first, every, filled + 1, slot - 1);
      filled = slot;
    }
    const Duration due = request_.as_of - grace - first;
    // A session that is due this very instant is not late yet.
    const std::int64_t last = due > Duration{} ? (due.count() - 1) / every.count() : 0;
    miss("late_session", first, every, filled + 1, last);
  }

  void unexpected(const SeenSession& seen, const std::string& what) {
    add(FindingLevel::warning, "unexpected_session", seen, "session " + seen.session.id + " is " + what);
  }

  void miss(const char* rule, Time first, Duration every, std::int64_t from, std::int64_t to) {
    if (to < from) return;
    const auto count = std::size_t(to - from + 1);
    for (std::int64_t slot = from; slot <= to && std::size_t(slot - from) < most_named; ++slot) {
      verdict_.findings.push_back({.level = FindingLevel::warning,
                                   .rule = rule,
                                   .message = "the session of " + format_time(first + slot * every) + " is not there",
                                   .session = {},
                                   .file = data_.directory,
                                   .column = {},
                                   .count = std::int64_t(count)});
    }
    const bool late = std::string_view(rule) == "late_session";
    verdict_.waiting.push_back({count_of(count, "session") + (count == 1 ? " is " : " are ") + (late ? "late" : "missing") +
                                    ": that of " + format_time(first + from * every) + (count > 1 ? " and later ones" : ""),
                                request_.as_of + missing_delay});
  }

  void count_labels_of_all() {
    std::vector<std::string> lacking;
    for (const auto& seen : sessions_) {
      if (seen.has_errors || seen.session.rows == 0) continue;
      const auto [selected, labelled] = std::pair(seen.session.selected_rows, seen.session.used_rows);
      const double share = selected > 0 ? double(labelled) / double(selected) : 1;
      if (share >= data_.min_label_share - 1e-12) continue;
      add(FindingLevel::warning, "label_share", seen,
          "session " + seen.session.id + " has a target in " + std::to_string(labelled) + " of " +
              count_of(std::size_t(selected), "row") + ", a share of " + base::format_short(share) + ", under " +
              base::format_short(data_.min_label_share));
      lacking.push_back(seen.session.id);
    }
    if (lacking.empty()) return;
    verdict_.waiting.push_back(
        {count_of(lacking.size(), "session") + (lacking.size() == 1 ? " lacks" : " lack") + " labels: " + some(lacking),
         request_.as_of + missing_delay});
  }

  void check_age(Duration most) {
    const auto earlier = [](const SeenSession& a, const SeenSession& b) { return a.known_at() < b.known_at(); };
    const SeenSession& newest = *std::max_element(sessions_.begin(), sessions_.end(), earlier);
    const Duration age = request_.as_of - newest.known_at();
    if (age <= most) return;
    const std::string message = "stale data: the newest session, " + base::printable(newest.session.id) + ", is " +
                                format_duration(age) + " old, over " + format_duration(most);
    add(FindingLevel::warning, "stale_data", newest, message);
    verdict_.waiting.push_back({message, request_.as_of + missing_delay});
  }

  std::vector<SeenSession>& sessions_;
  const DataSettings& data_;
  const ModelSettings& model_;
  const DataRequest& request_;
  std::map<std::string_view, const Session*> known_;
  SessionVerdict verdict_;
};

}  // namespace

SessionVerdict judge_sessions(std::vector<SeenSession>& sessions, const DataSettings& data, const ModelSettings& model,
                              const DataRequest& request) {
  return SessionJudge(sessions, data, model, request).run();
}

std::string count_of(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 3;
  const std::vector<std::string> first(names.begin(), names.begin() + std::ptrdiff_t(std::min(shown, names.size())));
  return base::join(first, ", ") + (names.size() > shown ? " and " + std::to_string(names.size() - shown) + " more" : "");
}

}  // namespace retrain::readiness
