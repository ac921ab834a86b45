#include "dvc_files.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace retrain::readiness {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = std::uint64_t{64} << 20U;
constexpr int deepest_folder = 16;

/// Thrown within this file: the record is not one that DVC could have written.
struct Malformed {
  std::string message;
};

std::string normal(const fs::path& path) {
  std::string text = path.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::optional<fs::path> root_above(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    if (is_folder(folder / ".dvc")) return folder;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

std::string text_of(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  if (!value) return {};
  if (!value.IsScalar()) throw Malformed{std::string(key) + " is no text"};
  return value.Scalar();
}

bool flag_of(const YAML::Node& map, const char* key, bool fallback) {
  const std::string text = text_of(map, key);
  return text.empty() ? fallback : text == "true";
}

/// DVC refuses a file with a key that it does not know, and so must we: it may change what the rest means.
void check_keys(const YAML::Node& map, const std::set<std::string_view>& known, const char* what) {
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    if (!known.contains(key)) throw Malformed{std::string(what) + " has the unknown key '" + base::printable(key) + "'"};
  }
}

bool is_md5(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

DvcRecord read_output(const YAML::Node& node, const fs::path& folder, const std::string& file) {
  if (!node.IsMap()) throw Malformed{"an output is no map"};
  DvcRecord record;
  record.file = file;
  const std::string path = text_of(node, "path");
  if (path.empty()) throw Malformed{"an output has no path"};
  record.path = normal(folder / path);
  record.legacy = !node["hash"];
  record.in_cache = flag_of(node, "cache", true);
  std::string md5 = text_of(node, "md5");
  record.directory = md5.ends_with(".dir");
  if (record.directory) md5.resize(md5.size() - 4);
  record.md5 = md5;
  if (path.find("://") != std::string::npos || node["remote"]) {
    record.unsupported = "lies outside the workspace";
  } else if (node["files"] || node["cloud"]) {
    record.unsupported = "is versioned by the cloud";
  } else if (md5.empty()) {
    record.unsupported = "has no MD5";
  } else if (!is_md5(md5) || (node["hash"] && text_of(node, "hash") != "md5")) {
    record.unsupported = "has a hash that is no MD5";
  }
  return record;
}

class Reader {
 public:
  Reader(const DataSettings& data, fs::path root, std::string directory)
      : data_(data), root_(std::move(root)), directory_(std::move(directory)) {}

  Status read() {
    if (!data_.dvc.path.empty()) {
      const fs::path path = fs::absolute(data_.dvc.path);
      if (is_file(path)) return read_file(path);
      if (!is_folder(path)) return {StatusCode::not_found, "data.dvc.path " + data_.dvc.path + " is not there"};
      return read_folder(path);
    }
    for (fs::path above = directory_;; above = above.parent_path()) {
      if (Status status = read_folder(above); !status) return status;
      if (above == root_ || above == above.parent_path()) break;
    }
    return read_below(directory_, 0);
  }

  std::vector<DvcRecord> outputs;

 private:
  Status read_below(const fs::path& folder, int depth) {
    if (depth >= deepest_folder) return {};
    std::error_code error;
    std::vector<fs::path> folders;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      const std::string name = entry->path().filename().string();
      if (!name.starts_with(".") && entry->is_directory(ignored) && !entry->is_symlink(ignored)) folders.push_back(entry->path());
    }
    for (const auto& below : folders) {
      if (Status status = read_folder(below); !status) return status;
      if (Status status = read_below(below, depth + 1); !status) return status;
    }
    return {};
  }

  Status read_folder(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const bool wanted = name == "dvc.lock" || (name.ends_with(".dvc") && name.size() > 4);
      if (wanted && is_file(entry->path())) found.push_back(entry->path());
    }
    std::sort(found.begin(), found.end());
    for (const auto& path : found) {
      if (Status status = read_file(path); !status) return status;
    }
    return {};
  }

  Status read_file(const fs::path& path) {
    const std::string name = normal(path.lexically_relative(root_));
    if (!read_.insert(normal(path)).second) return {};
    const auto text = base::read_file(normal(path), largest_file);
    if (!text) return text.status();
    const auto fault = [&](const std::string& why) {
      return Status{StatusCode::invalid_argument,
                    base::printable(name, 200) + " is not as DVC writes it: " + base::printable(why, 200)};
    };
    try {
      const YAML::Node root = YAML::Load(*text);
      if (!root.IsMap()) return fault("it is no map");
      if (path.filename() == "dvc.lock") {
        read_stages(root, path, name);
      } else {
        check_keys(root, {"outs", "deps", "md5", "wdir", "frozen", "desc", "meta", "always_changed", "cmd"}, "the file");
        const fs::path folder = path.parent_path() / text_of(root, "wdir");
        read_outputs(root["outs"], folder, name);
      }
    } catch (const Malformed& malformed) {
      return fault(malformed.message);
    } catch (const YAML::Exception& error) {
      return fault(error.msg);
    }
    return {};
  }

  void read_stages(const YAML::Node& lock, const fs::path& path, const std::string& name) {
    const YAML::Node stages = lock["stages"];
    if (!stages) return;
    if (!stages.IsMap()) throw Malformed{"stages is no map"};
    // Where a stage works stands in dvc.yaml only.
    YAML::Node pipeline;
    if (const auto text = base::read_file(normal(path.parent_path() / "dvc.yaml"), largest_file)) pipeline = YAML::Load(*text);
    for (const auto& stage : stages) {
      std::string stage_name = stage.first.Scalar();
      stage_name.resize(std::min(stage_name.size(), stage_name.find('@')));
      std::string folder;
      if (pipeline.IsMap() && pipeline["stages"].IsMap() && pipeline["stages"][stage_name].IsMap()) {
        YAML::Node definition = pipeline["stages"][stage_name];
        if (definition["do"] && definition["do"].IsMap()) definition.reset(definition["do"]);
        folder = text_of(definition, "wdir");
      }
      const std::size_t before = outputs.size();
      read_outputs(stage.second["outs"], path.parent_path() / folder, name);
      if (folder.find("${") == std::string::npos) continue;
      for (std::size_t i = before; i < outputs.size(); ++i)
        outputs[i].unsupported = "belongs to a stage whose wdir is a template";
    }
  }

  void read_outputs(const YAML::Node& outs, const fs::path& folder, const std::string& name) {
    if (!outs || outs.IsNull()) return;
    if (!outs.IsSequence()) throw Malformed{"outs is no list"};
    for (const auto& node : outs) {
      if (node.IsMap()) {
        check_keys(node, {"md5",        "etag",    "checksum", "size",   "nfiles", "path",      "hash", "isexec",
                          "cache",      "persist", "push",     "desc",   "type",   "labels",    "meta", "remote",
                          "version_id", "cloud",   "files",    "metric", "plot",   "fs_config", "db"},
                   "an output");
      }
      DvcRecord record = read_output(node, folder, name);
      record.relative = normal(fs::path(record.path).lexically_relative(root_));
      const bool relevant = lies_in(directory_, record.path) || lies_in(record.path, directory_);
      if (relevant) outputs.push_back(std::move(record));
    }
  }

  const DataSettings& data_;
  fs::path root_;
  std::string directory_;
  std::set<std::string> read_;
};

/// `cache.dir` of the repository's own configuration, config.local before config.
std::string cache_folder(const fs::path& root) {
  for (const char* name : {"config.local", "config"}) {
    const auto text = base::read_file(normal(root / ".dvc" / name), largest_file);
    if (!text) continue;
    bool in_cache = false;
    for (const auto raw : base::split(*text, '\n')) {
      const auto line = base::trim(raw);
      if (line.starts_with("[")) in_cache = line == "[cache]";
      const auto equals = line.find('=');
      if (!in_cache || equals == std::string_view::npos || base::trim(line.substr(0, equals)) != "dir") continue;
      return normal(root / ".dvc" / std::string(base::trim(line.substr(equals + 1))));
    }
  }
  return normal(root / ".dvc/cache");
}

bool lock_is_held(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  const bool held = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(file);
  return held;
}

}  // namespace

bool lies_in(const std::string& path, const std::string& folder) {
  return path == folder || folder == "/" || (path.starts_with(folder) && path[folder.size()] == '/');
}

std::string DvcRepository::cached(const std::string& md5, bool legacy) const {
  return cache + (legacy ? "/" : "/files/md5/") + md5.substr(0, 2) + "/" + md5.substr(2);
}

Result<DvcRepository> read_dvc_files(const DataSettings& data) {
  try {
    const bool one_file = data.files.size() == 1;
    std::string directory = normal(fs::absolute(one_file ? fs::path(data.files[0]).parent_path() : fs::path(data.directory)));
    auto root = root_above(directory);
    if (!root) {
      // The folder may be reached through a link from outside.
      std::error_code error;
      const fs::path real = fs::weakly_canonical(directory, error);
      if (!error) root = root_above(real);
      if (!root)
        return Status{StatusCode::not_found, data.directory + " lies in no DVC repository: no folder above it holds .dvc"};
      directory = normal(real);
    }
    Reader reader(data, *root, directory);
    if (Status status = reader.read(); !status) return status;
    if (reader.outputs.empty()) {
      return Status{StatusCode::not_found, "no .dvc file and no dvc.lock records " + data.directory + ": `dvc add` does"};
    }
    return DvcRepository{normal(*root), cache_folder(*root), std::move(reader.outputs)};
  } catch (const fs::filesystem_error& error) {
    return Status{StatusCode::io_error, std::string("cannot look for DVC files: ") + error.what()};
  }
}

std::string dvc_activity(const DvcRepository& repository) {
  if (lock_is_held(repository.root + "/.dvc/tmp/lock")) return "the repository is locked by a running DVC command";
  // While a stage's own command runs, DVC lets go of its lock: this file tells who writes what.
  const auto text = base::read_file(repository.root + "/.dvc/tmp/rwlock", largest_file);
  if (!text) return text.status().code() == StatusCode::unavailable ? "DVC is at work" : "";
  const auto locks = base::parse_json(*text);
  if (!locks || !locks->is_object() || !locks->contains("write") || !locks->at("write").is_object()) return {};
  for (const auto& [path, holder] : locks->at("write").items()) {
    const auto concerns = [&](const DvcRecord& record) { return lies_in(path, record.path) || lies_in(record.path, path); };
    if (std::none_of(repository.outputs.begin(), repository.outputs.end(), concerns)) continue;
    if (!holder.is_object() || !holder.contains("pid") || !holder.at("pid").is_number_integer()) continue;
    const auto process = holder.at("pid").get<std::int64_t>();
    // What a process that died has left behind holds nobody up.
    if (process <= 0 || (::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH)) continue;
    return "DVC process " + std::to_string(process) + " is writing " + base::printable(path, 200);
  }
  return {};
}

}  // namespace retrain::readiness
