#include <retrain/config.hpp>
#include <retrain/readiness_checker.hpp>

#include <future>
#include <mutex>

#include "assessment.hpp"
#include "base/files.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "dvc_check.hpp"
#include "dvc_files.hpp"
#include "file_check.hpp"
#include "schema.hpp"
#include "session_files.hpp"
#include "time_parser.hpp"

namespace retrain {
namespace {

using namespace readiness;

constexpr auto growing_delay = std::chrono::seconds(60);
constexpr std::uint64_t max_expected_bytes = std::uint64_t{16} << 20U;

Status stopped() {
  return {StatusCode::cancelled, "the check was stopped"};
}

/// Ids, one a line; blank lines count for nothing.
Result<std::set<std::string>> read_expected(const std::string& path) {
  const auto bytes = base::read_file(path, max_expected_bytes);
  if (!bytes) return bytes.status();
  std::string_view text = *bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::set<std::string> ids;
  for (const auto line : base::split(text, '\n')) {
    if (const auto id = base::trim(line); !id.empty()) ids.emplace(id);
  }
  return ids;
}

class SessionReadinessChecker final : public ReadinessChecker {
 public:
  SessionReadinessChecker(const DataSettings& data, const ModelSettings& model, unsigned threads)
      : data_(data), model_(model), schema_(data, model), times_(TimeParser::in_zone(data.time_zone)) {
    options_.threads = threads;
  }

  PartId id() const override { return {"session-files", "1"}; }

  Result<Readiness> check(const DataRequest& request, Observer& observer, std::stop_token stop) override {
    try {
      return check_all(request, observer, stop);
    } catch (const std::exception& error) {
      return Status{StatusCode::internal, std::string("cannot check the data: ") + error.what()};
    }
  }

  Result<std::string> marks() override {
    const auto found = find_session_files(data_);
    if (!found) return found.status();
    base::Sha256 hash;
    for (const auto& file : found->files) {
      hash.update(file.path + '\0' + std::to_string(file.size) + ' ' + std::to_string(file.modified_ns) + '\n');
    }
    if (!data_.expected_sessions.empty()) {
      if (const auto expected = base::read_file(data_.expected_sessions, max_expected_bytes)) hash.update(*expected);
    }
    if (data_.dvc.mode != DvcMode::off) {
      if (const auto repository = read_dvc_files(data_)) {
        for (const auto& record : repository->outputs) hash.update(record.path + '\0' + record.md5 + '\n');
        hash.update(dvc_activity(*repository));
      }
    }
    return hash.hex();
  }

  Result<std::vector<Session>> list(const DataRequest& request, std::stop_token stop) override {
    try {
      return list_all(request, stop);
    } catch (const std::exception& error) {
      return Status{StatusCode::internal, std::string("cannot list the sessions: ") + error.what()};
    }
  }

 private:
  /// What a file held when it last had this size and time of change.
  struct Listed {
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::vector<Session> sessions;
  };

  Result<Readiness> check_all(const DataRequest& request, Observer& observer, const std::stop_token& stop) {
    if (!times_) return times_.status();
    auto found = find_session_files(data_);
    if (!found) return found.status();
    Assessment assessment(data_, model_, request);
    for (auto& finding : found->findings) assessment.add(std::move(finding));
    // MD5 is slower than everything else that is done with the files: it has its own thread.
    std::future<Result<DvcVerdict>> asked;
    if (data_.dvc.mode != DvcMode::off) {
      asked = std::async(std::launch::async, [&] { return check_dvc(data_, request, found->files, stop); });
    }
    for (std::size_t i = 0; i < found->files.size(); ++i) {
      if (stop.stop_requested()) return stopped();
      observer.progress({"readiness", double(i), double(found->files.size()), found->files[i].name});
      check_one(found->files[i], request, assessment);
    }
    if (!data_.expected_sessions.empty()) {
      const auto expected = read_expected(data_.expected_sessions);
      if (!expected) return expected.status().within("data.expected_sessions");
      assessment.expect(*expected);
    }
    if (!asked.valid()) return finish(*found, request, assessment);
    auto dvc = asked.get();
    if (!dvc) return dvc.status().within("dvc");
    for (auto& finding : dvc->findings) assessment.add(std::move(finding));
    if (!dvc->broken.empty()) assessment.break_with(std::move(dvc->broken));
    if (dvc->waiting) assessment.wait_for(std::move(*dvc->waiting));
    auto readiness = finish(*found, request, assessment);
    if (!readiness) return readiness.status();
    readiness->dvc = std::move(dvc->report);
    readiness->digests = std::move(dvc->digests);
    return readiness;
  }

  Result<Readiness> finish(const SessionFiles& found, const DataRequest& request, Assessment& assessment) const {
    if (Status status = look_again(found.files, request.as_of, assessment); !status) return status;
    return assessment.judge();
  }

  CheckOptions options_for(const DataRequest& request) const {
    CheckOptions options = options_;
    if (request.threads != 0) options.threads = request.threads;
    return options;
  }

  void check_one(const SessionFile& file, const DataRequest& request, Assessment& assessment) {
    const Time as_of = request.as_of;
    const Duration unchanged = as_of - Time(std::chrono::floor<Duration>(std::chrono::nanoseconds(file.modified_ns)));
    if (data_.settle > Duration{} && unchanged < data_.settle) {
      const Duration left = std::min(data_.settle, data_.settle - unchanged);
      return assessment.add_growing(file, "changed less than " + format_duration(data_.settle) + " ago", as_of + left);
    }
    auto checked = check_file(file, schema_, *times_, options_for(request));
    if (checked) {
      remember(file, checked->sessions);
      assessment.add_file(file, std::move(*checked));
    } else if (checked.status().code() == StatusCode::unavailable || checked.status().code() == StatusCode::not_found) {
      // Gone since the folder was read: somebody replaces it.
      assessment.add_growing(file, "is being written", as_of + growing_delay);
    } else {
      assessment.add_unreadable(file, checked.status().message());
    }
  }

  /// What changed while the rest was checked is not final either.
  Status look_again(const std::vector<SessionFile>& files, Time as_of, Assessment& assessment) const {
    const auto now = find_session_files(data_);
    if (!now) return now.status();
    std::map<std::string_view, const SessionFile*> later;
    for (const auto& file : now->files) later[file.path] = &file;
    for (const auto& file : files) {
      const auto same = later.find(file.path);
      if (same != later.end() && same->second->size == file.size && same->second->modified_ns == file.modified_ns) continue;
      assessment.add_growing(file, "changed during the check", as_of + growing_delay);
    }
    return {};
  }

  Result<std::vector<Session>> list_all(const DataRequest& request, const std::stop_token& stop) {
    if (!times_) return times_.status();
    const auto found = find_session_files(data_);
    if (!found) return found.status();
    std::map<std::string_view, const Session*> known;
    for (const auto& session : request.known_sessions) known[session.path] = &session;

    std::map<std::string, Session> sessions;
    for (const auto& file : found->files) {
      if (stop.stop_requested()) return stopped();
      for (auto& session : list_one(file, known)) {
        const bool exists = data_.time_column.empty() || (session.time && *session.time <= request.as_of);
        if (exists) sessions.try_emplace(session.id, std::move(session));
      }
    }
    std::vector<Session> listed;
    for (auto& [id, session] : sessions) listed.push_back(std::move(session));
    std::sort(listed.begin(), listed.end(), session_before);
    return listed;
  }

  std::vector<Session> list_one(const SessionFile& file, const std::map<std::string_view, const Session*>& known) {
    {
      const std::lock_guard lock(mutex_);
      const auto listed = listed_.find(file.path);
      if (listed != listed_.end() && listed->second.size == file.size && listed->second.modified_ns == file.modified_ns) {
        return listed->second.sessions;
      }
    }
    // With a session column the known sessions of a file need not be all of them: later ones were not told.
    const auto same = data_.session_column.empty() ? known.find(file.path) : known.end();
    if (same != known.end() && same->second->size == file.size && same->second->id == file.stem) return {*same->second};
    auto checked = check_file(file, schema_, *times_, options_);
    if (!checked) return {};
    remember(file, checked->sessions);
    return std::move(checked->sessions);
  }

  void remember(const SessionFile& file, const std::vector<Session>& sessions) {
    const std::lock_guard lock(mutex_);
    listed_[file.path] = {file.size, file.modified_ns, sessions};
  }

  DataSettings data_;
  ModelSettings model_;
  Schema schema_;
  Result<TimeParser> times_;
  CheckOptions options_;
  std::mutex mutex_;
  std::map<std::string, Listed> listed_;
};

}  // namespace

std::shared_ptr<ReadinessChecker> make_session_readiness_checker(const DataSettings& data, const ModelSettings& model,
                                                                 unsigned threads) {
  return std::make_shared<SessionReadinessChecker>(data, model, threads);
}

}  // namespace retrain
