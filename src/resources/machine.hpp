// Machine: one reading of what this machine has and how busy it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgroup.hpp"

namespace retrain::resources {

/// What could not be read is empty: in a container that is common and no error.
struct Machine {
  std::optional<std::uint64_t> memory_total;      ///< bytes
  std::optional<std::uint64_t> memory_available;  ///< bytes, the kernel's own estimate
  std::optional<unsigned> processors;             ///< online, of the whole machine
  std::optional<unsigned> allowed_processors;     ///< those this process may be scheduled on
  std::optional<double> runnable;                 ///< tasks runnable at this moment, this process's reader left out
  std::optional<double> load;                     ///< runnable and blocked tasks, mean of a minute, of the whole machine
  std::optional<double> cpu_pressure;             ///< percent of the last 10 s in which some task waited for a processor, of the
                                                  ///< machine or of this process's group, whichever is more
  std::optional<double> memory_pressure;          ///< the same for memory
  CgroupLimits cgroup;
};

/// Reads below `root`. Never fails.
///
/// Sources: proc(5); Linux, Documentation/accounting/psi.rst.
Machine read_machine(const std::string& root);

/// Threads worth starting: the processors this process may use, cut to the quota, at least one.
unsigned usable_threads(const Machine& machine);

}  // namespace retrain::resources
