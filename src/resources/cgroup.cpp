#include "cgroup.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "system_file.hpp"

namespace retrain::resources {
namespace {

// Version 1 writes "no limit" as the largest multiple of a page, near 2^63.
constexpr std::uint64_t no_limit = std::uint64_t{1} << 60U;

/// The folders of `path` and of all its ancestors below `mount`, deepest first.
std::vector<std::string> folders_up(const std::string& mount, std::string_view path) {
  std::vector<std::string> folders = {mount};
  for (const auto part : base::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    // A group outside the namespace shows as "/../other": what lies above is not ours to read.
    if (part == "..") break;
    folders.push_back(folders.back() + "/" + std::string(part));
  }
  std::reverse(folders.begin(), folders.end());
  return folders;
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

/// `total` is the prefix of the counters that include the groups below: "" in version 2, "total_" in version 1.
void add_memory(CgroupLimits& limits, std::optional<std::uint64_t> limit, const std::string& usage_path,
                const std::string& stat_path, const std::string& total) {
  if (!limit || *limit >= no_limit) return;
  const std::uint64_t usage = read_count(usage_path).value_or(0);
  const std::string stat = read_system_file(stat_path).value_or("");
  const std::uint64_t inactive = count_behind(stat, total + "inactive_file").value_or(0);
  const std::uint64_t active = count_behind(stat, total + "active_file").value_or(0);
  limits.memory.push_back({*limit, minus(usage, inactive), minus(minus(usage, inactive), active)});
}

void add_quota(CgroupLimits& limits, std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period) {
  if (!quota || !period || *quota == 0 || *period == 0) return;
  const double cpus = static_cast<double>(*quota) / static_cast<double>(*period);
  limits.cpus = limits.cpus ? std::min(*limits.cpus, cpus) : cpus;
}

void add_version_2(CgroupLimits& limits, const std::string& mount, std::string_view path) {
  for (const auto& folder : folders_up(mount, path)) {
    add_memory(limits, read_count(folder + "/memory.max"), folder + "/memory.current", folder + "/memory.stat", "");
    const std::string quota = read_system_file(folder + "/cpu.max").value_or("");
    const auto words = words_of(quota);
    if (words.size() == 2) add_quota(limits, parse_count(words[0]), parse_count(words[1]));
  }
}

void add_version_1(CgroupLimits& limits, const std::string& hierarchies, std::string_view controllers, std::string_view path) {
  for (const auto controller : base::split(controllers, ',')) {
    if (controller != "memory" && controller != "cpu") continue;
    // Controllers mounted together share the folder "cpu,cpuacct", to which "cpu" is commonly, not always, a link.
    std::vector<std::string> folders = folders_up(hierarchies + "/" + std::string(controller), path);
    if (controller != controllers) {
      for (auto& folder : folders_up(hierarchies + "/" + std::string(controllers), path)) folders.push_back(std::move(folder));
    }
    for (const auto& folder : folders) {
      if (controller == "cpu") {
        add_quota(limits, read_count(folder + "/cpu.cfs_quota_us"), read_count(folder + "/cpu.cfs_period_us"));
      } else {
        add_memory(limits, read_count(folder + "/memory.limit_in_bytes"), folder + "/memory.usage_in_bytes",
                   folder + "/memory.stat", "total_");
      }
    }
  }
}

}  // namespace

CgroupLimits read_cgroup_limits(const std::string& root) {
  CgroupLimits limits;
  const std::string hierarchies = root + "/sys/fs/cgroup";
  const std::string membership = read_system_file(root + "/proc/self/cgroup").value_or("");
  for (const auto line : base::split(membership, '\n')) {
    // "4:memory:/group" in version 1, "0::/group" in version 2; the path may hold colons.
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (!controllers.empty()) {
      add_version_1(limits, hierarchies, controllers, path);
    } else {
      // Beside version 1, version 2 is mounted one level down and holds no controllers of its own.
      add_version_2(limits, hierarchies, path);
    }
  }
  return limits;
}

}  // namespace retrain::resources
