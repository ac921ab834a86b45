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
  std::vector<MemoryLimit> memory;  ///< own group first; empty = none known
  std::optional<double> cpus;       ///< smallest quota over period; empty = none
};

/// Reads below `root` ("/" on a real machine). Each group from the process's own up to the root of the hierarchy counts; where
/// a container sees a path of the host that is not below its mount, only what it does see counts. Never fails.
///
/// Sources: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, scheduler/sched-bwc.rst.
CgroupLimits read_cgroup_limits(const std::string& root);

}  // namespace retrain::resources
