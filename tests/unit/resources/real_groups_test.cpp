// Control groups of this machine, where it lets us make some.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/text.hpp"
#include "resources/machine.hpp"
#include "resources/mounts.hpp"
#include "resources/system_file.hpp"

using namespace retrain;
using namespace retrain::resources;

namespace {

/// The group of this process for a controller of version 1; empty = version 2.
std::string own_path(std::string_view controller) {
  const std::string membership = read_system_file("/proc/self/cgroup").value_or("");
  for (const auto line : base::split(membership, '\n')) {
    const auto fields = base::split(line, ':');
    if (fields.size() < 3) continue;
    const auto controllers = base::split(fields[1], ',');
    if (std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) continue;
    return std::string(line.substr(fields[0].size() + fields[1].size() + 2));
  }
  return "";
}

/// A group inside ours, and one inside that, both gone at the end.
class NestedGroups {
 public:
  explicit NestedGroups(std::string_view controller) {
    // A group that a supervisor made for us is its own: only below the root is there room for tests.
    const std::string path = own_path(controller);
    if (path != "/") return;
    const auto folders = group_folders(cgroup_mounts(""), controller, path);
    if (folders.empty()) return;
    outer_ = folders.front() + "/retrain-test-" + std::to_string(::getpid());
    std::error_code error;
    made_ = std::filesystem::create_directory(outer_, error) && std::filesystem::create_directory(inner(), error);
  }
  NestedGroups(const NestedGroups&) = delete;
  NestedGroups& operator=(const NestedGroups&) = delete;
  ~NestedGroups() {
    ::rmdir(inner().c_str());
    ::rmdir(outer_.c_str());
  }

  bool made() const { return made_; }
  std::string outer() const { return outer_; }
  std::string inner() const { return outer_ + "/inner"; }

 private:
  std::string outer_;
  bool made_ = false;
};

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return !file.fail();
}

/// Whether `holds` is true in a child process that joined `group`.
bool inside(const std::string& group, const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool joined = write(group + "/cgroup.procs", std::to_string(::getpid()));
    ::_exit(joined && holds() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a real group's quota and that of the group around it bound the threads of a process in it") {
  const NestedGroups groups("cpu");
  if (!groups.made()) {
    MESSAGE("skipped: this machine has no cpu controller of version 1 at whose root we may make a group");
    return;
  }
  REQUIRE(write(groups.outer() + "/cpu.cfs_period_us", "100000"));
  REQUIRE(write(groups.inner() + "/cpu.cfs_period_us", "50000"));
  const auto cpus_are = [](double expected) { return [expected] { return read_machine("").cgroup.cpus == expected; }; };

  CHECK(inside(groups.inner(), [] { return !read_machine("").cgroup.cpus; }));
  REQUIRE(write(groups.outer() + "/cpu.cfs_quota_us", "150000"));
  CHECK(inside(groups.inner(), cpus_are(1.5)));
  CHECK(inside(groups.inner(), [] { return usable_threads(read_machine("")) == 1; }));
  REQUIRE(write(groups.inner() + "/cpu.cfs_quota_us", "25000"));
  CHECK(inside(groups.inner(), cpus_are(0.5)));
  CHECK(inside(groups.outer(), cpus_are(1.5)));
}

TEST_CASE("a real set of processors shows in the mask of a process in it") {
  const NestedGroups groups("cpuset");
  if (!groups.made()) {
    MESSAGE("skipped: this machine has no cpuset controller of version 1 at whose root we may make a group");
    return;
  }
  for (const auto& group : {groups.outer(), groups.inner()}) {
    REQUIRE(write(group + "/cpuset.mems", "0"));
    REQUIRE(write(group + "/cpuset.cpus", "0"));
  }

  CHECK(inside(groups.inner(), [] { return read_machine("").allowed_processors == 1U; }));
  CHECK(inside(groups.inner(), [] { return usable_threads(read_machine("")) == 1; }));
}

TEST_CASE("a real group's memory limit and use are read at every level") {
  const NestedGroups groups("memory");
  if (!groups.made()) {
    MESSAGE("skipped: this machine has no memory controller of version 1 at whose root we may make a group");
    return;
  }
  REQUIRE(write(groups.outer() + "/memory.limit_in_bytes", "536870912"));
  REQUIRE(write(groups.inner() + "/memory.limit_in_bytes", "268435456"));

  CHECK(inside(groups.inner(), [] {
    const auto limits = read_machine("").cgroup.memory;
    return limits.size() == 2 && limits[0].limit == 268435456 && limits[1].limit == 536870912;
  }));
}

TEST_CASE("the limits found here are those of files that can be read here, whichever versions are mounted") {
  const Machine machine = read_machine("");

  for (const auto& limit : machine.cgroup.memory) {
    CHECK(limit.limit > 0);
    CHECK(limit.pinned <= limit.working_set);
  }
  CHECK(usable_threads(machine) >= 1);
  for (const auto& mount : cgroup_mounts("")) CHECK_MESSAGE(std::filesystem::is_directory(mount.point), mount.point);
}
