#include "cgroup.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "mounts.hpp"
#include "system_file.hpp"

namespace retrain::resources {
namespace {

// Version 1 writes "no limit" as the largest multiple of a page, near 2^63.
constexpr std::uint64_t no_limit = std::uint64_t{1} << 60U;

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

std::optional<std::uint64_t> smaller(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

void raise_to(std::optional<double>& pressure, std::optional<double> other) {
  if (other) pressure = std::max(pressure.value_or(0), *other);
}

void add_version_2(CgroupLimits& limits, const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    // Beyond memory.high the group is throttled until it gives back: no place to train in.
    const auto limit = smaller(read_count(folder + "/memory.max"), read_count(folder + "/memory.high"));
    add_memory(limits, limit, folder + "/memory.current", folder + "/memory.stat", "");
    const std::string quota = read_system_file(folder + "/cpu.max").value_or("");
    const auto words = words_of(quota);
    if (words.size() == 2) add_quota(limits, parse_count(words[0]), parse_count(words[1]));
  }
  if (folders.empty()) return;
  raise_to(limits.cpu_pressure, read_pressure(folders.front() + "/cpu.pressure"));
  raise_to(limits.memory_pressure, read_pressure(folders.front() + "/memory.pressure"));
}

void add_memory_of_version_1(CgroupLimits& limits, const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    // Kernels before 5.11 may have groups whose limit does not hold for those below.
    if (folder != folders.front() && read_count(folder + "/memory.use_hierarchy") == 0U) continue;
    add_memory(limits, read_count(folder + "/memory.limit_in_bytes"), folder + "/memory.usage_in_bytes", folder + "/memory.stat",
               "total_");
  }
}

void add_quotas_of_version_1(CgroupLimits& limits, const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    add_quota(limits, read_count(folder + "/cpu.cfs_quota_us"), read_count(folder + "/cpu.cfs_period_us"));
  }
}

}  // namespace

CgroupLimits read_cgroup_limits(const std::string& root) {
  CgroupLimits limits;
  const std::vector<CgroupMount> mounts = cgroup_mounts(root);
  const std::string membership = read_system_file(root + "/proc/self/cgroup").value_or("");
  for (const auto line : base::split(membership, '\n')) {
    // "4:memory:/group" in version 1, "0::/group" in version 2; the path may hold colons.
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view path = line.substr(second + 1);
    const auto controllers = base::split(line.substr(first + 1, second - first - 1), ',');
    if (controllers.size() == 1 && controllers.front().empty()) add_version_2(limits, group_folders(mounts, "", path));
    for (const auto controller : controllers) {
      if (controller == "memory") add_memory_of_version_1(limits, group_folders(mounts, controller, path));
      if (controller == "cpu") add_quotas_of_version_1(limits, group_folders(mounts, controller, path));
    }
  }
  return limits;
}

}  // namespace retrain::resources
