#include <sys/stat.h>

#include <map>
#include <optional>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/md5.hpp"
#include "dvc_states.hpp"

namespace retrain::readiness {
namespace {

constexpr std::uint64_t largest_list = std::uint64_t{256} << 20U;

using Entries = std::vector<std::pair<std::string, std::string>>;

bool exists(const std::string& path, mode_t type) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IFMT) == type;
}

/// The folder's list as the cache keeps it; nothing when it is not there, or is not what its name says.
std::optional<Entries> recorded_entries(const DvcRepository& repository, const DvcRecord& record) {
  const auto bytes = base::read_file(repository.cached(record.expected(), record.legacy), largest_list);
  if (!bytes || base::md5(*bytes) != record.md5) return std::nullopt;
  const auto list = base::parse_json(*bytes, largest_list);
  if (!list || !list->is_array()) return std::nullopt;
  Entries entries;
  for (const auto& entry : *list) {
    if (!entry.is_object() || !entry.contains("md5") || !entry.contains("relpath")) return std::nullopt;
    if (!entry["md5"].is_string() || !entry["relpath"].is_string()) return std::nullopt;
    entries.emplace_back(entry["relpath"].get<std::string>(), entry["md5"].get<std::string>());
  }
  return entries;
}

class NativeReader {
 public:
  NativeReader(const DvcRepository& repository, DigestMemory& memory, const std::stop_token& stop)
      : repository_(repository), memory_(memory), stop_(stop) {}

  Result<DvcFinding> look(const DvcRecord& record) {
    if (!record.unsupported.empty()) return unsupported(record.unsupported);
    return record.directory ? look_at_folder(record) : look_at_file(record);
  }

 private:
  static DvcFinding unsupported(const std::string& why) {
    DvcFinding finding;
    finding.why = why;
    return finding;
  }

  bool cached(const DvcRecord& record, const std::string& md5) const {
    return !record.in_cache || exists(repository_.cached(md5, record.legacy), S_IFREG);
  }

  Result<DvcFinding> look_at_file(const DvcRecord& record) {
    DvcFinding finding;
    finding.cached = cached(record, record.md5);
    if (!exists(record.path, S_IFREG)) {
      finding.state = exists(record.path, S_IFDIR) ? DvcState::modified : DvcState::missing;
      return finding;
    }
    const auto digest = memory_.file(record.path, record.legacy);
    if (!digest) return digest.status();
    finding.actual = digest->md5;
    const bool same = digest->md5 == record.md5;
    if (record.legacy && digest->carriage_returns) return unsupported(legacy_text);
    finding.state = !same ? DvcState::modified : finding.cached ? DvcState::clean : DvcState::not_in_cache;
    return finding;
  }

  Result<DvcFinding> look_at_folder(const DvcRecord& record) {
    DvcFinding finding;
    const auto recorded = recorded_entries(repository_, record);
    finding.cached = recorded.has_value() || !record.in_cache;
    if (recorded && record.in_cache) {
      for (const auto& [path, md5] : *recorded) finding.cached = finding.cached && cached(record, md5);
    }
    if (!exists(record.path, S_IFDIR)) {
      finding.state = exists(record.path, S_IFREG) ? DvcState::modified : DvcState::missing;
      return finding;
    }
    auto now = memory_.folder(record.path, record.legacy, stop_);
    if (!now) return now.status();
    if (!now->unsupported.empty()) return unsupported(now->unsupported);
    finding.actual = now->md5 + ".dir";
    const bool same = now->md5 == record.md5;
    if (record.legacy && now->carriage_returns) return unsupported(legacy_text);
    finding.state = !same ? DvcState::modified : finding.cached ? DvcState::clean : DvcState::not_in_cache;
    if (!same && recorded) finding.differences = differences(record, *recorded, now->entries);
    return finding;
  }

  static std::vector<DvcDifference> differences(const DvcRecord& record, const Entries& recorded, const Entries& now) {
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto& [path, md5] : recorded) both[path].first = md5;
    for (const auto& [path, md5] : now) both[path].second = md5;
    std::vector<DvcDifference> found;
    for (const auto& [path, md5] : both) {
      if (md5.first == md5.second) continue;
      const DvcState state = md5.first.empty() ? DvcState::extra : md5.second.empty() ? DvcState::missing : DvcState::modified;
      found.push_back({record.relative + "/" + path, state});
    }
    return found;
  }

  static constexpr const char* legacy_text = "was recorded by DVC 2, which hashes text with other line ends";

  const DvcRepository& repository_;
  DigestMemory& memory_;
  const std::stop_token& stop_;
};

}  // namespace

Result<std::vector<DvcFinding>> native_states(const DvcRepository& repository, DigestMemory& memory,
                                              const std::stop_token& stop) {
  NativeReader reader(repository, memory, stop);
  std::vector<DvcFinding> findings;
  for (const auto& record : repository.outputs) {
    if (stop.stop_requested()) return Status{StatusCode::cancelled, "the check was stopped"};
    auto finding = reader.look(record);
    // What goes while it is being looked at is being replaced.
    if (!finding && finding.status().code() == StatusCode::not_found) {
      return Status{StatusCode::unavailable, finding.status().message()};
    }
    if (!finding) return finding.status();
    findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace retrain::readiness
