#include "resources/mounts.hpp"

#include <doctest/doctest.h>

#include "fake_machine.hpp"
#include "resources/machine.hpp"

using namespace retrain;
using resources::cgroup_mounts;
using resources::group_folders;
using resources::read_cgroup_limits;
using resources::read_machine;
using resources::usable_threads;
using test::FakeMachine;

namespace {

using Folders = std::vector<std::string>;

/// One line of mountinfo.
std::string mount(const std::string& root, const std::string& point, const std::string& type, const std::string& options = "rw") {
  return "41 31 0:38 " + root + " " + point + " rw,nosuid shared:9 - " + type + " " + type + " " + options + "\n";
}

void version_1(FakeMachine& machine, const std::string& folder, const std::string& limit, const std::string& usage = "0") {
  machine.file(folder + "/memory.limit_in_bytes", limit + "\n");
  machine.file(folder + "/memory.usage_in_bytes", usage + "\n");
}

std::vector<std::uint64_t> limits_of(const FakeMachine& machine) {
  std::vector<std::uint64_t> limits;
  for (const auto& limit : read_cgroup_limits(machine.root()).memory) limits.push_back(limit.limit);
  return limits;
}

}  // namespace

TEST_CASE("the hierarchies are looked for where mountinfo says they are") {
  FakeMachine machine;
  machine.file("proc/self/mountinfo", mount("/", "/proc", "proc") + "nonsense\n\n- cgroup2\n1 2 3:4 / /x rw - cgroup\n" +
                                          mount("/", "/run/my\\040groups\\134\\011/", "cgroup2") +
                                          mount("/a", "/run/v1/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"));

  const auto mounts = cgroup_mounts(machine.root());

  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].unified);
  CHECK(mounts[0].point == machine.root() + "/run/my groups\\\t");
  CHECK(mounts[1].root == "/a");
  CHECK(mounts[1].controllers == Folders{"rw", "cpu", "cpuacct"});
  CHECK(group_folders(mounts, "cpuacct", "/a/b") == Folders{mounts[1].point + "/b", mounts[1].point});
  CHECK(group_folders(mounts, "memory", "/a/b").empty());
}

TEST_CASE("a mount shows the groups below its root, and no namesake of it") {
  const std::vector<resources::CgroupMount> mounts = {{"/docker/abc", "/here", {}, true}};

  CHECK(group_folders(mounts, "", "/docker/abc") == Folders{"/here"});
  CHECK(group_folders(mounts, "", "/docker/abc/x/y") == Folders{"/here/x/y", "/here/x", "/here"});
  CHECK(group_folders(mounts, "", "/docker/abcd/x") == Folders{"/here"});
}

TEST_CASE("of mounts that do not show the process's group one that does is preferred, and several of these add up") {
  const std::vector<resources::CgroupMount> mounts = {
      {"/other", "/theirs", {}, true}, {"/mine/deep", "/narrow", {}, true}, {"/", "/wide", {}, true}};

  CHECK(group_folders(mounts, "", "/mine/deep/er") ==
        Folders{"/narrow/er", "/narrow", "/wide/mine/deep/er", "/wide/mine/deep", "/wide/mine", "/wide"});
}

TEST_CASE("a mount made outside the namespace of groups is of an ancestor") {
  const std::vector<resources::CgroupMount> mounts = {{"/../..", "/outer", {}, true}, {"/../sibling", "/theirs", {}, true}};

  CHECK(group_folders(mounts, "", "/mine") == Folders{"/outer"});
}

TEST_CASE(
    "where both versions are mounted the limits of both count, and a controller of version 1 is not looked for in version 2") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "4:memory:/service/a\n1:cpu:/\n0::/unit\n");
  machine.file("proc/self/mountinfo",
               mount("/", "/sys/fs/cgroup", "tmpfs") + mount("/", "/sys/fs/cgroup/memory", "cgroup", "rw,memory") +
                   mount("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu") + mount("/", "/sys/fs/cgroup/unified", "cgroup2"));
  version_1(machine, "sys/fs/cgroup/memory/service/a", "9223372036854771712");
  version_1(machine, "sys/fs/cgroup/memory/service", "5000000");
  machine.file("sys/fs/cgroup/unified/unit/memory.max", "4000000\n");
  machine.file("sys/fs/cgroup/unified/memory/service/memory.limit_in_bytes", "1\n");
  machine.file("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  machine.file("sys/fs/cgroup/unified/unit/cpu.max", "50000 100000\n");

  CHECK(limits_of(machine) == std::vector<std::uint64_t>{5000000, 4000000});
  CHECK(read_cgroup_limits(machine.root()).cpus == 0.5);
}

TEST_CASE("a container that is told the host's path finds its limit through the root of its mount") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "4:memory:/docker/abc/worker\n");
  machine.file("proc/self/mountinfo", mount("/docker/abc", "/sys/fs/cgroup/memory", "cgroup", "rw,memory"));
  version_1(machine, "sys/fs/cgroup/memory", "3000000");
  version_1(machine, "sys/fs/cgroup/memory/worker", "2000000");

  CHECK(limits_of(machine) == std::vector<std::uint64_t>{2000000, 3000000});
}

TEST_CASE("without mountinfo the usual places are tried, with version 2 in the folder or one level down") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "3:cpu,cpuacct:/a\n0::/unit\n");
  machine.file("sys/fs/cgroup/unified/unit/memory.max", "4000000\n");
  machine.file("sys/fs/cgroup/cpuacct,cpu/a/cpu.cfs_quota_us", "20000\n");
  machine.file("sys/fs/cgroup/cpuacct,cpu/a/cpu.cfs_period_us", "10000\n");

  CHECK(limits_of(machine) == std::vector<std::uint64_t>{4000000});
  CHECK(read_cgroup_limits(machine.root()).cpus == 2.0);
}

TEST_CASE("an ancestor whose limit does not hold for the groups below it is left out") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "4:memory:/a/b\n");
  version_1(machine, "sys/fs/cgroup/memory/a", "1000000");
  version_1(machine, "sys/fs/cgroup/memory/a/b", "2000000");
  machine.file("sys/fs/cgroup/memory/a/memory.use_hierarchy", "0\n");
  machine.file("sys/fs/cgroup/memory/a/b/memory.use_hierarchy", "0\n");

  CHECK(limits_of(machine) == std::vector<std::uint64_t>{2000000});
  machine.file("sys/fs/cgroup/memory/a/memory.use_hierarchy", "1\n");
  CHECK(limits_of(machine) == std::vector<std::uint64_t>{2000000, 1000000});
}

TEST_CASE("the throttling limit of version 2 counts like the hard one, whichever is smaller") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "0::/a\n");
  machine.group("/a", "max", 7);
  CHECK(limits_of(machine).empty());
  machine.file("sys/fs/cgroup/a/memory.high", "3000000\n");
  CHECK(limits_of(machine) == std::vector<std::uint64_t>{3000000});

  machine.group("/a", "2000000");

  CHECK(limits_of(machine) == std::vector<std::uint64_t>{2000000});
}

TEST_CASE("every level's quota counts, in both versions, and a malformed one does not") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "2:cpu:/a/b\n0::/c/d\n");
  machine.processors("0-15");
  const auto quota = [&](const std::string& folder, const std::string& micros) {
    machine.file("sys/fs/cgroup/cpu/" + folder + "/cpu.cfs_quota_us", micros + "\n");
    machine.file("sys/fs/cgroup/cpu/" + folder + "/cpu.cfs_period_us", "100000\n");
  };
  quota("a/b", "1200000");
  CHECK(usable_threads(read_machine(machine.root())) == 12);
  quota("a", "1000000");
  CHECK(usable_threads(read_machine(machine.root())) == 10);
  machine.file("sys/fs/cgroup/c/d/cpu.max", "max 100000\n");
  machine.file("sys/fs/cgroup/c/cpu.max", "800000 100000\n");
  CHECK(usable_threads(read_machine(machine.root())) == 8);

  for (const char* nonsense : {"-5 100000\n", "0 100000\n", "5 0\n", "x 100000\n", "1\n", "max\n", "1 2 3\n", "\n", ""}) {
    machine.file("sys/fs/cgroup/c/d/cpu.max", nonsense);
    CHECK(usable_threads(read_machine(machine.root())) == 8);
  }
}

TEST_CASE("limits that are no limits are none: max, nothing, huge, negative, no number") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "4:memory:/a\n0::/a\n");
  for (const char* text : {"max", "", "-1", "18446744073709551615", "9223372036854771712", "9223372036854710272",
                           "99999999999999999999999999", "1e6", "many"}) {
    CAPTURE(text);
    version_1(machine, "sys/fs/cgroup/memory/a", text);
    machine.group("/a", text);
    CHECK(limits_of(machine).empty());
  }
}

TEST_CASE("pressure on the process's own group counts like that on the machine, whichever is more") {
  FakeMachine machine;
  machine.be_idle();
  machine.file("proc/self/cgroup", "0::/a/b\n");
  machine.file("sys/fs/cgroup/a/b/memory.pressure", "some avg10=31.00 avg60=0 avg300=0 total=0\n");
  machine.file("sys/fs/cgroup/a/b/cpu.pressure", "some avg10=0.20 avg60=0 avg300=0 total=0\n");
  machine.file("sys/fs/cgroup/a/cpu.pressure", "some avg10=99.00 avg60=0 avg300=0 total=0\n");

  CHECK(read_machine(machine.root()).memory_pressure == 31.0);
  CHECK(read_machine(machine.root()).cpu_pressure == 0.5);
  CHECK(machine.admit(test::mebibyte).verdict == AdmissionVerdict::wait);
}
