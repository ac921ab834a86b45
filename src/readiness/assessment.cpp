#include "assessment.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace retrain::readiness {
namespace {

constexpr auto changing_delay = std::chrono::seconds(60);
constexpr auto missing_delay = std::chrono::hours(1);

std::string count_of(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "a, b, c and 4 more".
std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 3;
  const std::vector<std::string> first(names.begin(), names.begin() + std::ptrdiff_t(std::min(shown, names.size())));
  return base::join(first, ", ") + (names.size() > shown ? " and " + std::to_string(names.size() - shown) + " more" : "");
}

}  // namespace

void Assessment::add_file(const SessionFile& file, CheckedFile checked) {
  ++files_;
  const bool file_has_errors = checked.log.has_errors({});
  std::set<std::string> here;
  for (const auto& session : checked.sessions) {
    if (exists(session)) {
      here.insert(session.id);
    } else {
      later_.insert(session.id);
      next_ = std::min(*session.time, next_.value_or(*session.time));
    }
  }
  if (here.empty() && !checked.sessions.empty()) return;
  auto findings = checked.log.findings([&](const std::string& id) { return here.contains(id); });
  const auto first_error = [&](const std::string& id) {
    for (const auto& finding : findings) {
      if (finding.level == FindingLevel::error && (finding.session.empty() || finding.session == id)) return finding.message;
    }
    return base::printable(file.name) + " has errors";
  };

  for (auto& session : checked.sessions) {
    if (!here.contains(session.id)) continue;
    const bool has_errors = file_has_errors || checked.log.has_errors(session.id);
    const auto [entry, inserted] = seen_of_.try_emplace(session.id, seen_.size());
    if (inserted) {
      const std::string error = has_errors ? first_error(session.id) : std::string();
      seen_.push_back({std::move(session), has_errors, error});
      continue;
    }
    Seen& earlier = seen_[entry->second];
    const std::string message = base::printable(file.name) + ": session " + session.id + " lies in " +
                                base::printable(earlier.session.path, 200) + " already";
    findings.push_back({FindingLevel::error, "duplicate_session", message, session.id, file.path});
    if (!earlier.has_errors) earlier.first_error = message;
    earlier.has_errors = true;
  }
  if (checked.sessions.empty() && file_has_errors) seen_.push_back({{file.stem, file.path}, true, first_error({})});
  findings_.insert(findings_.end(), std::make_move_iterator(findings.begin()), std::make_move_iterator(findings.end()));
}

void Assessment::add_changing(const SessionFile& file) {
  changing_.push_back(base::printable(file.name));
  findings_.push_back({FindingLevel::warning, "changing_file", changing_.back() + ": is being written", {}, file.path});
}

void Assessment::add_unreadable(const SessionFile& file, const std::string& why) {
  const std::string message = base::printable(file.name) + ": " + base::printable(why, 300);
  findings_.push_back({FindingLevel::error, "unreadable_file", message, {}, file.path});
  seen_.push_back({{file.stem, file.path}, true, message});
}

void Assessment::expect(const std::set<std::string>& ids) {
  for (const auto& id : ids) {
    const auto unreadable = [&](const Seen& seen) { return seen.session.id == id; };
    if (seen_of_.contains(id) || later_.contains(id) || std::any_of(seen_.begin(), seen_.end(), unreadable)) continue;
    missing_.push_back(base::printable(id));
    findings_.push_back(
        {FindingLevel::warning, "expected_session", "session " + missing_.back() + " is expected and not there", id});
  }
  for (const auto& [id, index] : seen_of_) {
    if (ids.contains(id)) continue;
    findings_.push_back({FindingLevel::warning, "unexpected_session", "session " + id + " is not among the expected ones", id,
                         seen_[index].session.path});
  }
}

Readiness Assessment::judge(const std::string& previous_fingerprint) {
  std::sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return session_before(a.session, b.session); });
  Readiness readiness;
  const Status errors = judge_errors();
  fill(readiness, errors.ok());
  if (!errors) {
    readiness.verdict = ReadinessVerdict::broken;
    readiness.reason = errors.message();
    if (seen_.empty()) findings_.push_back({FindingLevel::error, "no_sessions", errors.message(), {}, data_.directory});
  } else if (judge_waiting(readiness)) {
    readiness.verdict = ReadinessVerdict::not_yet;
  } else if (readiness.snapshot.sessions.empty()) {
    readiness.verdict = ReadinessVerdict::broken;
    readiness.reason = "no row of " + count_of(seen_.size(), "session") + " passes data.where and has a target";
  } else if (readiness.snapshot.fingerprint() == previous_fingerprint) {
    readiness.verdict = ReadinessVerdict::not_yet;
    readiness.reason = "nothing new since the last training run";
  } else {
    readiness.verdict = ReadinessVerdict::ready;
    std::int64_t rows = 0;
    for (const auto& session : readiness.snapshot.sessions) rows += session.used_rows;
    readiness.reason =
        count_of(readiness.snapshot.sessions.size(), "session") + " with " + count_of(std::size_t(rows), "usable row");
  }
  readiness.findings = std::move(findings_);
  return readiness;
}

/// Success when enough of the sessions are free of errors.
Status Assessment::judge_errors() const {
  if (seen_.empty()) {
    if (!changing_.empty() || next_) return {};
    if (files_ > 0) return {StatusCode::data_not_ready, "no session in " + count_of(files_, "file") + " of " + data_.directory};
    return {StatusCode::data_not_ready, "no session file matches " + data_.pattern + " in " + data_.directory};
  }
  const auto faulty = [](const Seen& seen) { return seen.has_errors; };
  const auto bad = std::size_t(std::count_if(seen_.begin(), seen_.end(), faulty));
  // The tolerance keeps a share like 0.9 of 10 sessions from failing on its last bit.
  const bool enough = double(seen_.size() - bad) >= data_.valid_share * double(seen_.size()) - 1e-9;
  if (bad == 0 || (enough && bad < seen_.size())) return {};
  return {StatusCode::data_not_ready, std::to_string(bad) + " of " + count_of(seen_.size(), "session") +
                                          (bad == 1 ? " has errors: " : " have errors: ") +
                                          std::find_if(seen_.begin(), seen_.end(), faulty)->first_error};
}

/// Hands over all sessions that were read, and as the snapshot those that may be used; `set_aside` names the faulty ones.
void Assessment::fill(Readiness& readiness, bool set_aside) {
  std::set<std::string> counted;
  for (const auto& seen : seen_) {
    if (!seen.session.sha256.empty()) readiness.sessions.push_back(seen.session);
    if (seen.has_errors && set_aside) {
      findings_.push_back({FindingLevel::warning, "set_aside",
                           "session " + base::printable(seen.session.id) + " is left out: " + seen.first_error, seen.session.id,
                           seen.session.path});
    } else if (!seen.has_errors && seen.session.used_rows > 0) {
      readiness.snapshot.sessions.push_back(seen.session);
      if (counted.insert(seen.session.path).second) readiness.data_bytes += seen.session.size;
    }
  }
}

/// Whether something is still to come; says what and when to ask again.
bool Assessment::judge_waiting(Readiness& readiness) const {
  if (!changing_.empty()) {
    readiness.reason = some(changing_) + (changing_.size() == 1 ? " is" : " are") + " being written";
    readiness.retry_at = as_of_ + changing_delay;
    return true;
  }
  if (!missing_.empty()) {
    readiness.reason =
        count_of(missing_.size(), "expected session") + (missing_.size() == 1 ? " is" : " are") + " not there: " + some(missing_);
    readiness.retry_at = as_of_ + missing_delay;
    return true;
  }
  if (seen_.empty()) {
    readiness.reason = "no session exists before " + format_time(*next_);
    readiness.retry_at = next_;
    return true;
  }
  return false;
}

}  // namespace retrain::readiness
