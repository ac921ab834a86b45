#include "assessment.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace retrain::readiness {

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
      seen_.push_back({std::move(session), has_errors, error, file.modified_ns});
      continue;
    }
    SeenSession& earlier = seen_[entry->second];
    const std::string message = base::printable(file.name) + ": session " + session.id + " lies in " +
                                base::printable(earlier.session.path, 200) + " already";
    findings.push_back({FindingLevel::error, "duplicate_session", message, session.id, file.path});
    earlier.blame(message);
  }
  if (checked.sessions.empty() && file_has_errors)
    seen_.push_back({{file.stem, file.path}, true, first_error({}), file.modified_ns});
  findings_.insert(findings_.end(), std::make_move_iterator(findings.begin()), std::make_move_iterator(findings.end()));
}

void Assessment::add_growing(const SessionFile& file, const std::string& why, Time retry_at) {
  if (!growing_files_.insert(file.path).second) return;
  growing_.push_back(base::printable(file.name));
  if (data_.session_column.empty()) later_.insert(file.stem);
  findings_.push_back({FindingLevel::warning, "growing_session", growing_.back() + ": " + why, {}, file.path});
  grown_ = std::min(retry_at, grown_.value_or(retry_at));
}

void Assessment::add_unreadable(const SessionFile& file, const std::string& why) {
  const std::string message = base::printable(file.name) + ": " + base::printable(why, 300);
  findings_.push_back({FindingLevel::error, "unreadable_file", message, {}, file.path});
  seen_.push_back({{file.stem, file.path}, true, message, file.modified_ns});
}

void Assessment::expect(const std::set<std::string>& ids) {
  for (const auto& id : ids) {
    const auto unreadable = [&](const SeenSession& seen) { return seen.session.id == id; };
    if (seen_of_.contains(id) || later_.contains(id) || std::any_of(seen_.begin(), seen_.end(), unreadable)) continue;
    missing_.push_back(base::printable(id));
    findings_.push_back(
        {FindingLevel::warning, "missing_session", "session " + missing_.back() + " is expected and not there", id});
  }
  for (const auto& [id, index] : seen_of_) {
    if (ids.contains(id)) continue;
    findings_.push_back({FindingLevel::warning, "unexpected_session", "session " + id + " is not among the expected ones", id,
                         seen_[index].session.path});
  }
}

/// Takes out what growing files held, sorts the rest and applies the rules about whole sessions.
void Assessment::judge_all_sessions() {
  std::erase_if(seen_, [&](const SeenSession& seen) { return growing_files_.contains(seen.session.path); });
  std::erase_if(findings_, [&](const Finding& finding) {
    // Without a target no row can have one.
    if (model_.target.empty() && finding.rule == "no_used_rows") return true;
    return growing_files_.contains(finding.file) && finding.rule != "growing_session";
  });
  std::sort(seen_.begin(), seen_.end(),
            [](const SeenSession& a, const SeenSession& b) { return session_before(a.session, b.session); });
  SessionVerdict verdict = judge_sessions(seen_, data_, model_, request_);
  std::move(verdict.findings.begin(), verdict.findings.end(), std::back_inserter(findings_));
  std::move(verdict.waiting.begin(), verdict.waiting.end(), std::back_inserter(waiting_));
}

Readiness Assessment::judge() {
  judge_all_sessions();
  Readiness readiness;
  const Status errors = judge_errors();
  fill(readiness, errors.ok());
  if (!errors) {
    readiness.verdict = ReadinessVerdict::broken;
    readiness.reason = errors.message();
    if (seen_.empty() && broken_.empty())
      findings_.push_back({FindingLevel::error, "no_sessions", errors.message(), {}, data_.directory});
  } else if (judge_waiting(readiness)) {
    readiness.verdict = ReadinessVerdict::not_yet;
  } else if (readiness.snapshot.sessions.empty()) {
    readiness.verdict = ReadinessVerdict::broken;
    readiness.reason = "no row of " + count_of(seen_.size(), "session") + " passes data.where and has a target";
  } else if (readiness.snapshot.fingerprint() == request_.previous_fingerprint) {
    readiness.verdict = ReadinessVerdict::not_yet;
    readiness.reason = "nothing new since " +
                       (request_.previous_run.empty() ? std::string("the last training run") : "run " + request_.previous_run);
  } else {
    readiness.verdict = ReadinessVerdict::ready;
    std::int64_t rows = 0;
    for (const auto& session : readiness.snapshot.sessions) rows += model_.target.empty() ? session.rows : session.used_rows;
    readiness.reason = count_of(readiness.snapshot.sessions.size(), "session") + " with " +
                       count_of(std::size_t(rows), model_.target.empty() ? "row" : "usable row");
  }
  readiness.findings = std::move(findings_);
  return readiness;
}

/// Success when enough of the sessions are free of errors.
Status Assessment::judge_errors() const {
  // While somebody still writes, the data cannot be what is recorded of it.
  if (!broken_.empty() && growing_.empty()) return {StatusCode::data_not_ready, broken_.front()};
  if (seen_.empty()) {
    if (!growing_.empty() || !waiting_.empty() || next_) return {};
    if (files_ > 0) return {StatusCode::data_not_ready, "no session in " + count_of(files_, "file") + " of " + data_.directory};
    return {StatusCode::data_not_ready, "no session file matches " + data_.pattern + " in " + data_.directory};
  }
  const auto faulty = [](const SeenSession& seen) { return seen.has_errors; };
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
    if (!seen.session.sha256.empty() && !seen.keep_record) readiness.sessions.push_back(seen.session);
    if (seen.has_errors && set_aside) {
      findings_.push_back({FindingLevel::warning, "set_aside",
                           "session " + base::printable(seen.session.id) + " is left out: " + seen.first_error, seen.session.id,
                           seen.session.path});
    } else if (!seen.has_errors && (seen.session.used_rows > 0 || model_.target.empty())) {
      readiness.snapshot.sessions.push_back(seen.session);
      if (counted.insert(seen.session.path).second) readiness.data_bytes += seen.session.size;
    }
  }
}

/// Whether something is still to come; says what, and when to ask again.
bool Assessment::judge_waiting(Readiness& readiness) const {
  std::vector<Waiting> all;
  if (!growing_.empty()) all.push_back({some(growing_) + (growing_.size() == 1 ? " is" : " are") + " still growing", *grown_});
  if (!missing_.empty()) {
    all.push_back({count_of(missing_.size(), "expected session") + (missing_.size() == 1 ? " is" : " are") +
                       " not there: " + some(missing_),
                   request_.as_of + missing_delay});
  }
  all.insert(all.end(), waiting_.begin(), waiting_.end());
  if (all.empty() && seen_.empty()) all.push_back({"no session exists before " + format_time(*next_), *next_});
  for (const auto& waiting : all) {
    readiness.reason += (readiness.reason.empty() ? "" : "; ") + waiting.reason;
    readiness.retry_at = std::min(waiting.retry_at, readiness.retry_at.value_or(waiting.retry_at));
  }
  return !all.empty();
}

}  // namespace retrain::readiness
