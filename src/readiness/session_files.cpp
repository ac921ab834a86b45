#include "session_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <set>

#include "base/files.hpp"
#include "base/text.hpp"

namespace retrain::readiness {
namespace {

struct DirectoryEntry {
  std::string name;
  struct stat info{};
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Result<std::vector<DirectoryEntry>> read_directory(const std::string& path) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) {
    if (errno == ENOENT || errno == ENOTDIR) return std::vector<DirectoryEntry>();
    return base::file_error(errno, "read folder", path);
  }
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) {
      if (errno != 0) return base::file_error(errno, "read folder", path);
      break;
    }
    if (entry->d_name[0] == '.') continue;
    DirectoryEntry found{entry->d_name};
    // What is gone again by now was never there.
    if (::fstatat(::dirfd(directory.get()), entry->d_name, &found.info, AT_SYMLINK_NOFOLLOW) == 0)
      entries.push_back(std::move(found));
  }
  std::sort(entries.begin(), entries.end(), [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  return entries;
}

class Search {
 public:
  explicit Search(const DataSettings& data) : data_(data), parts_(base::split(data.pattern, '/')) {}

  Status enter(const std::string& below, std::size_t depth) {
    const auto entries = read_directory(below.empty() ? data_.directory : data_.directory + "/" + below);
    if (!entries) return entries.status();
    for (const auto& entry : *entries) {
      if (!base::matches_pattern(entry.name, parts_[depth])) continue;
      const std::string name = below.empty() ? entry.name : below + "/" + entry.name;
      if (depth + 1 == parts_.size()) {
        if (!S_ISDIR(entry.info.st_mode)) take(name, entry);
      } else if (S_ISDIR(entry.info.st_mode)) {
        if (Status status = enter(name, depth + 1); !status) return status;
      } else if (S_ISLNK(entry.info.st_mode)) {
        pass_over("linked_folder", name, "is a symbolic link and is not entered");
      }
    }
    return {};
  }

  SessionFiles found;

 private:
  void take(const std::string& name, const DirectoryEntry& entry) {
    const auto dot = entry.name.rfind('.');
    SessionFile file{data_.directory + "/" + name, name, entry.name.substr(0, dot)};
    if (!base::safe_id(file.stem)) {
      pass_over("file_name", name, "is passed over: a session id is letters, digits, '.', '_' and '-', at most 128");
      return;
    }
    file.size = std::uint64_t(entry.info.st_size);
    file.modified_ns = std::int64_t{entry.info.st_mtim.tv_sec} * 1'000'000'000 + entry.info.st_mtim.tv_nsec;
    found.files.push_back(std::move(file));
  }

  void pass_over(const char* rule, const std::string& name, const char* why) {
    found.findings.push_back(
        {FindingLevel::warning, rule, base::printable(name, 200) + " " + why, {}, data_.directory + "/" + name});
  }

  const DataSettings& data_;
  std::vector<std::string_view> parts_;
};

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the run of digits that `text` begins with, without leading zeros.
std::string_view take_digits(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && digit(text[end])) ++end;
  std::string_view run = text.substr(0, end);
  text.remove_prefix(end);
  run.remove_prefix(std::min(run.find_first_not_of('0'), run.size()));
  return run;
}

}  // namespace

namespace {

/// `stem` with every byte that an id may not hold as '_'.
std::string id_of(std::string stem) {
  for (char& c : stem) {
    if (!base::safe_id(std::string("x") + c)) c = '_';
  }
  if (!base::safe_id(stem)) stem = "x" + stem.substr(0, 100);
  return base::safe_id(stem) ? stem : "file";
}

Result<SessionFiles> named_files(const DataSettings& data) {
  SessionFiles found;
  std::set<std::string> ids;
  for (const auto& path : data.files) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return base::file_error(errno, "open", path);
    const std::string name = path.substr(path.rfind('/') + 1);
    // Files of several folders may share a name, and are no one session for that.
    const std::string stem = id_of(name.substr(0, name.rfind('.')));
    std::string id = stem;
    for (int twin = 2; !ids.insert(id).second; ++twin) id = stem + "-" + std::to_string(twin);
    found.files.push_back(
        {path, name, id, std::uint64_t(info.st_size), std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec});
  }
  return found;
}

}  // namespace

Result<SessionFiles> find_session_files(const DataSettings& data) {
  if (!data.files.empty()) return named_files(data);
  Search search(data);
  if (Status status = search.enter("", 0); !status) return status;
  return std::move(search.found);
}

bool natural_less(std::string_view a, std::string_view b) {
  std::string_view x = a, y = b;
  while (!x.empty() && !y.empty()) {
    if (digit(x.front()) && digit(y.front())) {
      const std::string_view m = take_digits(x), n = take_digits(y);
      if (m.size() != n.size()) return m.size() < n.size();
      if (m != n) return m < n;
      continue;
    }
    if (x.front() != y.front()) return x.front() < y.front();
    x.remove_prefix(1);
    y.remove_prefix(1);
  }
  if (x.empty() != y.empty()) return x.empty();
  return a < b;
}

bool session_before(const Session& a, const Session& b) {
  if (a.time != b.time) return a.time < b.time;
  return natural_less(a.id, b.id);
}

}  // namespace retrain::readiness
