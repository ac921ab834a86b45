// Cgroup: the memory and processor limits of the control groups this process lives in, version 1 and 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retrain::resources {

/// One group on the way to the root that limits memory.
struct MemoryLimit {
  std::uint64_t limit = 0;        ///< bytes
  std::uint64_t working_set = 0;  ///< bytes in use that the kernel would not readily give back: usage minus inactive_file
  std::uint64_t pinned = 0;       ///< bytes it cannot give back: usage minus all file pages
};

struct CgroupLimits {
  std::vector<MemoryLimit> memory;        ///< own group first; empty = none known
  std::optional<double> cpus;             ///< smallest quota over period; empty = none
  std::optional<double> cpu_pressure;     ///< as Machine's, of the process's own group; version 2 only
  std::optional<double> memory_pressure;  ///< the same
};

/// Reads below `root` ("" on a real machine). Each group from the process's own up to the root of the hierarchy counts, of both
/// versions where both are mounted, as far as this process can see them (mounts.hpp). Never fails.
///
/// The processors of a cpuset are no limit here: the kernel cuts the process's mask to them, which Machine reads.
///
/// Sources: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, scheduler/sched-bwc.rst.
CgroupLimits read_cgroup_limits(const std::string& root);

}  // namespace retrain::resources
