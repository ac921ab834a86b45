#include "dvc_check.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.hpp"
#include "dvc_states.hpp"

namespace retrain::readiness {
namespace {

namespace fs = std::filesystem;

constexpr auto busy_delay = std::chrono::seconds(60);
constexpr std::size_t most_named = 20;  // files of one folder that are named one by one

class DvcCheck {
 public:
  DvcCheck(const DataSettings& data, const DataRequest& request, const std::vector<SessionFile>& files,
           const std::stop_token& stop)
      : data_(data), request_(request), files_(files), stop_(stop), memory_(request.digests, request.as_of) {}

  Result<DvcVerdict> run() {
    verdict_.report.mode = data_.dvc.mode;
    const auto repository = read_dvc_files(data_);
    if (!repository) return fail_with(repository.status(), "dvc_repository");
    verdict_.report.root = repository->root;
    if (is_busy(*repository)) return std::move(verdict_);
    std::vector<DvcFinding> native, program;
    if (data_.dvc.mode != DvcMode::cli) {
      auto found = native_states(*repository, memory_, stop_);
      if (!found) return fail_with(found.status(), "dvc_unreadable");
      native = std::move(*found);
    }
    if (data_.dvc.mode != DvcMode::native) {
      auto found = program_states(*repository, data_.dvc, stop_);
      if (!found) return fail_with(found.status(), "dvc_failed");
      program = std::move(*found);
    }
    // DVC may have begun to write while the files were read.
    if (is_busy(*repository)) return std::move(verdict_);
    for (std::size_t i = 0; i < repository->outputs.size(); ++i) {
      const DvcRecord& record = repository->outputs[i];
      if (data_.dvc.mode == DvcMode::both && disagree(record, native[i], program[i])) continue;
      judge(record, data_.dvc.mode == DvcMode::cli || speaks(program, i) ? merged(native, program, i) : native[i]);
    }
    name_extra_files(*repository);
    verdict_.digests = memory_.remembered();
    return std::move(verdict_);
  }

 private:
  static bool speaks(const std::vector<DvcFinding>& findings, std::size_t i) {
    return i < findings.size() && findings[i].state != DvcState::unsupported;
  }

  /// The program's word, with what only our reader computes.
  static DvcFinding merged(const std::vector<DvcFinding>& native, const std::vector<DvcFinding>& program, std::size_t i) {
    DvcFinding finding = program[i];
    if (i < native.size()) finding.actual = native[i].actual;
    return finding;
  }

  void add(FindingLevel level, const std::string& rule, const std::string& message, const std::string& file) {
    verdict_.findings.push_back({level, rule, message, {}, file});
  }
  void break_with(const std::string& reason) {
    if (verdict_.broken.empty()) verdict_.broken = reason;
  }
  void wait_for(const std::string& reason, Duration delay) {
    if (!verdict_.waiting) verdict_.waiting = Waiting{reason, request_.as_of + delay};
  }

  Result<DvcVerdict> fail_with(const Status& failure, const char* rule) {
    if (failure.code() == StatusCode::cancelled || failure.code() == StatusCode::internal) return failure;
    const bool later = failure.code() == StatusCode::unavailable;
    add(later ? FindingLevel::warning : FindingLevel::error, later ? "dvc_busy" : rule, failure.message(), data_.directory);
    if (later) {
      wait_for(failure.message(), busy_delay);
    } else {
      break_with(failure.message());
    }
    return std::move(verdict_);
  }

  bool is_busy(const DvcRepository& repository) {
    const std::string activity = dvc_activity(repository);
    if (activity.empty()) return false;
    add(FindingLevel::warning, "dvc_busy", activity, repository.root);
    wait_for(activity, busy_delay);
    return true;
  }

  bool disagree(const DvcRecord& record, const DvcFinding& native, const DvcFinding& program) {
    if (native.state == DvcState::unsupported || program.state == DvcState::unsupported || native.state == program.state)
      return false;
    report(record, native);
    const std::string message = base::printable(record.relative, 200) + ": retrain finds it " +
                                std::string(to_string(native.state)) + ", dvc " + std::string(to_string(program.state));
    add(FindingLevel::error, "dvc_disagreement", message, record.path);
    break_with(message);
    return true;
  }

  void report(const DvcRecord& record, const DvcFinding& finding) {
    verdict_.report.outputs.push_back({record.relative, record.file, finding.state, record.expected(), finding.actual});
  }

  void judge(const DvcRecord& record, const DvcFinding& finding) {
    report(record, finding);
    const std::string name = base::printable(record.relative, 200), file = base::printable(record.file, 200);
    switch (finding.state) {
      case DvcState::clean: return;
      case DvcState::modified: {
        const std::string message = name + " is not what " + file + " records" + summary(finding) + ": `dvc checkout " + name +
                                    "` brings it back, `dvc commit " + name + "` records it as it is";
        add(FindingLevel::error, "dvc_modified", message, record.path);
        name_differences(finding);
        return break_with(message);
      }
      case DvcState::missing: {
        const std::string message = name + ", which " + file + " records, is not there: `dvc " +
                                    (finding.cached ? "checkout " : "pull ") + name + "` brings it";
        add(finding.cached ? FindingLevel::error : FindingLevel::warning, "dvc_missing", message, record.path);
        return finding.cached ? break_with(message) : wait_for(message, missing_delay);
      }
      case DvcState::not_in_cache:
        // The files themselves are right: they can be used, only not brought back should they be lost.
        return add(FindingLevel::warning, "dvc_not_in_cache",
                   name + " is not in DVC's cache: `dvc pull " + name + "` or `dvc commit " + name + "` puts it there",
                   record.path);
      case DvcState::extra:
      case DvcState::unsupported: break;
    }
    const std::string message = name + " in " + file + " " + finding.why + ", so " +
                                (data_.dvc.mode == DvcMode::native ? "only data.dvc.mode cli or both can judge it"
                                                                   : "nobody can say whether it is as recorded");
    add(FindingLevel::error, "dvc_unsupported", message, record.path);
    break_with(message);
  }

  static std::string summary(const DvcFinding& finding) {
    std::map<DvcState, std::size_t> counts;
    for (const auto& difference : finding.differences) ++counts[difference.state];
    std::string text;
    for (const auto& [state, count] : counts) {
      text += (text.empty() ? " (" : ", ") + std::to_string(count) + " " + std::string(to_string(state));
    }
    return text.empty() ? text : text + ")";
  }

  void name_differences(const DvcFinding& finding) {
    std::map<DvcState, std::int64_t> counts;
    for (const auto& difference : finding.differences) ++counts[difference.state];
    std::map<DvcState, std::size_t> named;
    for (const auto& difference : finding.differences) {
      if (++named[difference.state] > most_named) continue;
      verdict_.findings.push_back(
          {.level = FindingLevel::error,
           .rule = "dvc_" + std::string(to_string(difference.state)),
           .message = base::printable(difference.path, 200) + " is " + std::string(to_string(difference.state)),
           .session = {},
           .file = verdict_.report.root + "/" + difference.path,
           .column = {},
           .count = counts[difference.state]});
    }
  }

  /// Session files that no output holds: nobody knows which version they are.
  void name_extra_files(const DvcRepository& repository) {
    std::vector<std::string> extra;
    for (const auto& file : files_) {
      std::error_code error;
      const std::string path = fs::absolute(file.path, error).lexically_normal().string();
      const std::string real = fs::weakly_canonical(file.path, error).string();
      const auto holds = [&](const DvcRecord& record) { return lies_in(path, record.path) || lies_in(real, record.path); };
      if (std::any_of(repository.outputs.begin(), repository.outputs.end(), holds)) continue;
      extra.push_back(base::printable(file.name, 200));
      const std::string message = extra.back() + " is recorded by no .dvc file: `dvc add` does";
      if (extra.size() <= most_named) add(FindingLevel::error, "dvc_extra", message, file.path);
      verdict_.report.outputs.push_back(
          {fs::path(path).lexically_relative(repository.root).string(), "", DvcState::extra, "", ""});
    }
    if (!extra.empty()) break_with(count_of(extra.size(), "session file") + " recorded by no .dvc file: " + some(extra));
  }

  const DataSettings& data_;
  const DataRequest& request_;
  const std::vector<SessionFile>& files_;
  const std::stop_token& stop_;
  DigestMemory memory_;
  DvcVerdict verdict_;
};

}  // namespace

Result<DvcVerdict> check_dvc(const DataSettings& data, const DataRequest& request, const std::vector<SessionFile>& files,
                             const std::stop_token& stop) {
  return DvcCheck(data, request, files, stop).run();
}

}  // namespace retrain::readiness
