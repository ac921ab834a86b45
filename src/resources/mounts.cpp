#include "mounts.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "system_file.hpp"

namespace retrain::resources {
namespace {

/// mountinfo writes blanks, tabs, line feeds and backslashes as \040, \011, \012 and \134.
std::string without_escapes(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 3 >= text.size() || !octal(text[i + 1]) || !octal(text[i + 2]) || !octal(text[i + 3])) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return plain;
}

/// "36 35 98:0 /root /point options … - cgroup cgroup rw,memory": the optional fields end at the dash.
std::optional<CgroupMount> read_mount(std::string_view line, const std::string& root) {
  const auto words = words_of(line);
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (words.size() < 6 || words.end() - dash < 4) return std::nullopt;
  CgroupMount mount{without_escapes(words[3]), root + without_escapes(words[4]), {}, dash[1] == "cgroup2"};
  if (!mount.unified && dash[1] != "cgroup") return std::nullopt;
  for (const auto option : base::split(dash[3], ',')) {
    if (!mount.unified) mount.controllers.emplace_back(option);
  }
  while (mount.point.size() > root.size() && mount.point.ends_with('/')) mount.point.pop_back();
  return mount;
}

std::vector<CgroupMount> usual_mounts(const std::string& root) {
  const std::string folder = root + "/sys/fs/cgroup";
  std::vector<CgroupMount> mounts = {{"/", folder, {}, true}, {"/", folder + "/unified", {}, true}};
  // Controllers mounted together share the folder "cpu,cpuacct", to which "cpu" is commonly, not always, a link.
  for (const char* together : {"memory", "cpu", "cpuacct,cpu", "cpu,cpuacct"}) {
    CgroupMount mount{"/", folder + "/" + together, {}, false};
    for (const auto controller : base::split(together, ',')) mount.controllers.emplace_back(controller);
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

/// Whether `root` is "/..", "/../.." …: a mount made outside our namespace of groups, from one that holds all of it.
bool is_above(std::string_view root) {
  const auto parts = base::split(root, '/');
  return parts.size() > 1 && std::all_of(parts.begin() + 1, parts.end(), [](std::string_view part) { return part == ".."; });
}

/// `path` as seen from `root`; nothing when it does not lie there.
std::optional<std::string_view> below(std::string_view path, std::string_view root) {
  if (root == "/") return path;
  if (is_above(root)) return "";
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  return path.empty() || path.front() == '/' ? std::optional(path) : std::nullopt;
}

std::vector<std::string> folders_up(const std::string& point, std::string_view path) {
  std::vector<std::string> folders = {point};
  for (const auto part : base::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    // A group outside the namespace shows as "/../other": what lies above is not ours to read.
    if (part == "..") break;
    folders.push_back(folders.back() + "/" + std::string(part));
  }
  std::reverse(folders.begin(), folders.end());
  return folders;
}

bool holds(const CgroupMount& mount, std::string_view controller) {
  if (controller.empty()) return mount.unified;
  return std::find(mount.controllers.begin(), mount.controllers.end(), controller) != mount.controllers.end();
}

}  // namespace

std::vector<CgroupMount> cgroup_mounts(const std::string& root) {
  const auto text = read_system_file(root + "/proc/self/mountinfo");
  if (!text) return usual_mounts(root);
  std::vector<CgroupMount> mounts;
  for (const auto line : base::split(*text, '\n')) {
    if (auto mount = read_mount(line, root)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

std::vector<std::string> group_folders(const std::vector<CgroupMount>& mounts, std::string_view controller,
                                       std::string_view path) {
  std::vector<std::string> seen, elsewhere;
  for (const CgroupMount& mount : mounts) {
    if (!holds(mount, controller)) continue;
    const auto inside = below(path, mount.root);
    if (!inside) elsewhere.push_back(mount.point);
    if (!inside) continue;
    // One hierarchy may be mounted often, each time from another group on: together they show the most.
    for (auto& folder : folders_up(mount.point, *inside)) {
      if (std::find(seen.begin(), seen.end(), folder) == seen.end()) seen.push_back(std::move(folder));
    }
  }
  return seen.empty() ? elsewhere : seen;
}

}  // namespace retrain::resources
