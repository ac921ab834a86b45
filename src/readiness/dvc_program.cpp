#include <algorithm>
#include <set>

#include "base/child_process.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "dvc_states.hpp"

namespace retrain::readiness {
namespace {

// DVC's exit codes: 253 stands for "no repository", 255 for any error of its own, and 1 for most others.
constexpr int no_repository = 253;
constexpr std::size_t most_targets = 500;

using Paths = std::set<std::string, std::less<>>;

Result<Paths> paths_of(const base::Json& map, const char* key) {
  Paths paths;
  if (!map.contains(key)) return paths;
  const auto& list = map.at(key);
  if (!list.is_array()) return Status{StatusCode::corrupt, std::string("dvc's answer: ") + key + " is no list"};
  for (const auto& entry : list) {
    // A renamed file is told as {old, new}.
    if (entry.is_string()) paths.insert(entry.get<std::string>());
    if (!entry.is_object()) continue;
    for (const auto& [name, path] : entry.items()) {
      if (path.is_string()) paths.insert(path.get<std::string>());
    }
  }
  return paths;
}

/// The last line that says something: DVC puts what is wrong there or after "ERROR:".
std::string complaint(const std::string& text) {
  std::string last;
  for (const auto raw : base::split(text, '\n')) {
    const auto line = base::trim(raw);
    if (line.starts_with("ERROR:")) return base::printable(base::trim(line.substr(6)), 200);
    if (!line.empty()) last = line;
  }
  return base::printable(last, 200);
}

Status failure(const base::ChildResult& done) {
  const std::string said = complaint(done.err);
  if (done.exit_code == no_repository) return {StatusCode::not_found, "dvc: " + said};
  const bool locked = base::lower(done.err).find("lock") != std::string::npos;
  if (locked) return {StatusCode::unavailable, "dvc: " + said};
  return {StatusCode::invalid_argument, "dvc ended with code " + std::to_string(done.exit_code) + ": " + said};
}

}  // namespace

Result<std::vector<DvcFinding>> parse_data_status(const DvcRepository& repository, std::string_view json) {
  const auto parsed = base::parse_json(json);
  if (!parsed) return Status{StatusCode::corrupt, "dvc's answer: " + parsed.status().message()};
  if (!parsed->is_object()) return Status{StatusCode::corrupt, "dvc's answer is no object"};
  const base::Json& answer = *parsed;
  for (const char* key : {"committed", "uncommitted"}) {
    if (answer.contains(key) && !answer.at(key).is_object())
      return Status{StatusCode::corrupt, std::string("dvc's answer: ") + key + " is no object"};
  }
  const base::Json nothing = base::Json::object();
  const auto part = [&](const char* key) -> const base::Json& { return answer.contains(key) ? answer.at(key) : nothing; };
  const auto not_in_cache = paths_of(answer, "not_in_cache"), unchanged = paths_of(answer, "unchanged");
  const auto modified = paths_of(part("uncommitted"), "modified"), deleted = paths_of(part("uncommitted"), "deleted"),
             added = paths_of(part("uncommitted"), "added"), unknown = paths_of(part("uncommitted"), "unknown"),
             new_here = paths_of(part("committed"), "added"), changed_here = paths_of(part("committed"), "modified");
  for (const auto* list : {&not_in_cache, &unchanged, &modified, &deleted, &added, &unknown, &new_here, &changed_here}) {
    if (!*list) return list->status();
  }

  std::vector<DvcFinding> findings;
  for (const auto& record : repository.outputs) {
    const std::string name = record.relative + (record.directory ? "/" : "");
    const auto inside = [&](const std::string& path) { return record.directory && path != name && path.starts_with(name); };
    DvcFinding finding;
    finding.cached = !not_in_cache->contains(name) && std::none_of(not_in_cache->begin(), not_in_cache->end(), inside);
    const bool told = unchanged->contains(name) || new_here->contains(name) || changed_here->contains(name);
    if (deleted->contains(name)) {
      finding.state = DvcState::missing;
    } else if (modified->contains(name) || added->contains(name)) {
      finding.state = DvcState::modified;
      for (const auto& path : *modified) {
        if (inside(path)) finding.differences.push_back({path, DvcState::modified});
      }
      for (const auto& path : *deleted) {
        if (inside(path)) finding.differences.push_back({path, DvcState::missing});
      }
      for (const auto& path : *added) {
        if (inside(path)) finding.differences.push_back({path, DvcState::extra});
      }
    } else if (unknown->contains(name) || std::any_of(unknown->begin(), unknown->end(), inside)) {
      finding.why = "is unknown to dvc: its list is not in the cache";
    } else if (!finding.cached) {
      finding.state = DvcState::not_in_cache;
    } else if (told) {
      finding.state = DvcState::clean;
    } else {
      finding.why = "is not in dvc's answer";
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

Result<std::vector<DvcFinding>> program_states(const DvcRepository& repository, const DvcSettings& settings,
                                               const std::stop_token& stop) {
  std::vector<std::string> argv = {settings.program, "--cd",       repository.root, "data", "status",
                                   "--json",         "--granular", "--unchanged",   "--"};
  // Very many targets are no command line any more: then dvc tells about the whole repository.
  if (repository.outputs.size() <= most_targets) {
    for (const auto& record : repository.outputs) argv.push_back(record.relative);
  }
  base::ChildOptions options;
  options.directory = repository.root;
  options.timeout = settings.timeout;
  options.inherited = {"PATH",           "HOME",           "USER",         "LOGNAME",
                       "TMPDIR",         "LANG",           "LC_ALL",       "XDG_CONFIG_HOME",
                       "XDG_CACHE_HOME", "XDG_STATE_HOME", "SSL_CERT_FILE"};
  options.environment = {"DVC_NO_ANALYTICS=1", "PYTHONUNBUFFERED=1", "NO_COLOR=1"};
  const auto done = base::run_child(argv, options, stop);
  if (!done) return done.status();
  if (done->exit_code != 0) return failure(*done);
  return parse_data_status(repository, done->out);
}

}  // namespace retrain::readiness
