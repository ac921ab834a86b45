#include "dvc_digest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/md5.hpp"
#include "base/text.hpp"

namespace retrain::readiness {
namespace {

namespace fs = std::filesystem;

constexpr int deepest_folder = 64;  // links may form a circle
constexpr auto racy = std::chrono::seconds(2);

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileDigest marks_of(const std::string& path, const struct stat& info) {
  return {path, std::uint64_t(info.st_size), nanoseconds(info.st_mtim), nanoseconds(info.st_ctim), info.st_ino, {}};
}

bool same_marks(const FileDigest& a, const FileDigest& b) {
  return a.size == b.size && a.modified_ns == b.modified_ns && a.changed_ns == b.changed_ns && a.inode == b.inode;
}

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Whether a .dvcignore in `folder` says anything beyond comments.
bool ignores_something(const fs::path& folder) {
  const auto text = base::read_file((folder / ".dvcignore").string(), std::uint64_t{1} << 20U);
  if (!text) return text.status().code() != StatusCode::not_found;
  for (const auto raw : base::split(*text, '\n')) {
    const auto line = base::trim(raw);
    if (!line.empty() && !line.starts_with("#")) return true;
  }
  return false;
}

class Walk {
 public:
  Walk(DigestMemory& memory, bool need_line_ends, const std::stop_token& stop)
      : memory_(memory), need_line_ends_(need_line_ends), stop_(stop) {}

  Status enter(const fs::path& folder, const std::string& below, int depth) {
    if (depth > deepest_folder) {
      found.unsupported = "is nested deeper than " + std::to_string(deepest_folder) + " folders, or in a circle";
      return {};
    }
    if (ignores_something(folder)) found.unsupported = "is subject to a .dvcignore";
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      if (stop_.stop_requested()) return {StatusCode::cancelled, "the check was stopped"};
      if (!found.unsupported.empty()) return {};
      if (Status status = take(*entry, below, depth); !status) return status;
    }
    if (error) return base::file_error(error.value(), "read folder", folder.string());
    return {};
  }

  DigestedFolder found;

 private:
  Status take(const fs::directory_entry& entry, const std::string& below, int depth) {
    const std::string name = entry.path().filename().string();
    if (name == ".git" || name == ".hg" || name == ".dvc") return {};  // DVC passes these over
    const std::string relative = below.empty() ? name : below + "/" + name;
    if (!base::valid_utf8(name) || name == ".dvcignore") {
      found.unsupported = name == ".dvcignore" ? "holds a .dvcignore" : "holds a file whose name is not UTF-8";
      return {};
    }
    std::error_code error;
    const bool folder = entry.is_directory(error);
    if (!folder && entry.is_symlink() && !entry.is_regular_file(error)) {
      found.unsupported = "holds a link that leads to no file";
      return {};
    }
    if (folder) return enter(entry.path(), relative, depth + 1);
    const auto digest = memory_.file(entry.path().string(), need_line_ends_);
    if (!digest) return digest.status();
    found.entries.emplace_back(relative, digest->md5);
    found.carriage_returns = found.carriage_returns || digest->carriage_returns;
    return {};
  }

  DigestMemory& memory_;
  bool need_line_ends_;
  const std::stop_token& stop_;
};

}  // namespace

DigestMemory::DigestMemory(const std::vector<FileDigest>& known, Time as_of) : as_of_(as_of) {
  for (const FileDigest& digest : known) known_[digest.path] = digest;
}

Result<DigestedFile> DigestMemory::file(const std::string& path, bool need_line_ends) {
  const Descriptor file(path);
  if (file.get() < 0) return base::file_error(errno, "open", path);
  struct stat before{};
  if (::fstat(file.get(), &before) != 0) return base::file_error(errno, "read", path);
  if (!S_ISREG(before.st_mode)) return Status{StatusCode::invalid_argument, path + " is not a regular file"};
  FileDigest marks = marks_of(path, before);
  if (const auto known = known_.find(path); known != known_.end() && !need_line_ends && same_marks(known->second, marks)) {
    current_[path] = known->second;
    return DigestedFile{known->second.md5, true};
  }
  base::Md5 hash;
  DigestedFile digest;
  bool ends_in_cr = false;
  std::vector<char> buffer(std::size_t{1} << 20U);
  for (std::uint64_t have = 0;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::file_error(errno, "read", path);
    if (got == 0 && have != marks.size) return Status{StatusCode::unavailable, path + " is being written"};
    if (got == 0) break;
    const std::string_view bytes(buffer.data(), std::size_t(got));
    hash.update(bytes);
    have += bytes.size();
    if (need_line_ends && !digest.carriage_returns) {
      digest.carriage_returns = bytes.find("\r\n") != std::string_view::npos || (ends_in_cr && bytes.front() == '\n');
      ends_in_cr = bytes.back() == '\r';
    }
  }
  struct stat after{};
  if (::fstat(file.get(), &after) != 0) return base::file_error(errno, "read", path);
  if (!same_marks(marks, marks_of(path, after))) return Status{StatusCode::unavailable, path + " is being written"};
  digest.md5 = marks.md5 = hash.hex();
  // Within the grain of the file system's clock a file can change twice and look the same.
  const auto changed = std::chrono::nanoseconds(std::max(marks.modified_ns, marks.changed_ns));
  if (std::chrono::nanoseconds(as_of_.time_since_epoch()) - changed >= racy) current_[path] = marks;
  return digest;
}

Result<DigestedFolder> DigestMemory::folder(const std::string& path, bool need_line_ends, const std::stop_token& stop) {
  Walk walk(*this, need_line_ends, stop);
  for (fs::path above = fs::path(path).parent_path();; above = above.parent_path()) {
    if (ignores_something(above)) walk.found.unsupported = "is subject to a .dvcignore";
    std::error_code ignored;
    if (fs::is_directory(above / ".dvc", ignored) || above == above.parent_path()) break;
  }
  if (Status status = walk.enter(path, "", 0); !status) return status;
  std::sort(walk.found.entries.begin(), walk.found.entries.end());
  walk.found.md5 = folder_digest(walk.found.entries);
  return std::move(walk.found);
}

std::vector<FileDigest> DigestMemory::remembered() const {
  std::vector<FileDigest> digests;
  for (const auto& [path, digest] : current_) digests.push_back(digest);
  return digests;
}

std::string folder_digest(const std::vector<std::pair<std::string, std::string>>& entries) {
  base::Md5 hash;
  hash.update("[");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string name = base::Json(entries[i].first).dump(-1, ' ', true);
    hash.update((i == 0 ? "{\"md5\": \"" : ", {\"md5\": \"") + entries[i].second + "\", \"relpath\": " + name + "}");
  }
  hash.update("]");
  return hash.hex();
}

}  // namespace retrain::readiness
