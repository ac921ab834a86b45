// Mounts: where the hierarchies of control groups are mounted, and which folders of them stand for this process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrain::resources {

/// A mounted hierarchy of control groups.
struct CgroupMount {
  std::string root;                      ///< the group that is seen at `point`, as /proc/self/cgroup would name it
  std::string point;                     ///< the folder
  std::vector<std::string> controllers;  ///< of version 1; empty = version 2
  bool unified = false;                  ///< version 2
};

/// Those that /proc/self/mountinfo below `root` lists; those at the usual places where it cannot be read.
///
/// Source: proc(5), /proc/pid/mountinfo.
std::vector<CgroupMount> cgroup_mounts(const std::string& root);

/// The folders of the group `path` and of all its ancestors that can be seen through `mounts`, deepest first, for `controller` of
/// version 1 or, when that is empty, for version 2. Where a container is told a path of the host that is not below its mount,
/// only the mount itself is left. Empty = no such hierarchy.
std::vector<std::string> group_folders(const std::vector<CgroupMount>& mounts, std::string_view controller,
                                       std::string_view path);

}  // namespace retrain::resources
