#include "resources/machine.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "fake_machine.hpp"
#include "resources/system_file.hpp"

using namespace retrain;
using resources::read_cgroup_limits;
using resources::read_machine;
using resources::usable_threads;
using test::FakeMachine;
using test::gibibyte;
using test::mebibyte;

TEST_CASE("every group from the process up to the root counts, in version 2") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "0::/outer/inner\n");
  machine.group("", "max", 1);
  machine.group("/outer", "1000000", 600000, 100000, 200000);
  machine.group("/outer/inner", "5000000", 300000, 100000);
  machine.file("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
  machine.file("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");

  const auto limits = read_cgroup_limits(machine.root());

  REQUIRE(limits.memory.size() == 2);
  CHECK(limits.memory[0].limit == 5000000);
  CHECK(limits.memory[0].working_set == 200000);
  CHECK(limits.memory[1].limit == 1000000);
  CHECK(limits.memory[1].working_set == 500000);
  CHECK(limits.memory[1].pinned == 300000);
  CHECK(limits.cpus == 1.5);
}

TEST_CASE("in version 1 each controller has its own path and folder, and total_ counters include what lies below") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "9:name=systemd:/\n4:memory:/service/a\n2:cpu,cpuacct:/shares\n1:pids:/\n0::/\n");
  machine.file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  machine.file("sys/fs/cgroup/memory/service/memory.limit_in_bytes", "2000000\n");
  machine.file("sys/fs/cgroup/memory/service/memory.usage_in_bytes", "900000\n");
  machine.file("sys/fs/cgroup/memory/service/memory.stat",
               "inactive_file 1\ntotal_inactive_file 400000\ntotal_active_file 50000\n");
  machine.file("sys/fs/cgroup/memory/service/a/memory.limit_in_bytes", "9223372036854771712\n");
  machine.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  machine.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  machine.file("sys/fs/cgroup/cpu,cpuacct/shares/cpu.cfs_quota_us", "250000\n");
  machine.file("sys/fs/cgroup/cpu,cpuacct/shares/cpu.cfs_period_us", "100000\n");

  const auto limits = read_cgroup_limits(machine.root());

  REQUIRE(limits.memory.size() == 1);
  CHECK(limits.memory[0].limit == 2000000);
  CHECK(limits.memory[0].working_set == 500000);
  CHECK(limits.memory[0].pinned == 450000);
  CHECK(limits.cpus == 2.5);
}

TEST_CASE("a container that is shown the host's path reads the limit at its own mount") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "4:memory:/docker/0123456789abcdef\n");
  machine.file("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n");

  const auto limits = read_cgroup_limits(machine.root());

  REQUIRE(limits.memory.size() == 1);
  CHECK(limits.memory[0].limit == 3000000);
}

TEST_CASE("a path that leads out of the hierarchy is not followed") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "0::/../../../secret\n");
  machine.file("secret/memory.max", "1\n");
  machine.group("", "7000000");

  const auto limits = read_cgroup_limits(machine.root());

  REQUIRE(limits.memory.size() == 1);
  CHECK(limits.memory[0].limit == 7000000);
}

TEST_CASE("a group that uses less than its file pages claim has a working set of nothing") {
  FakeMachine machine;
  machine.file("proc/self/cgroup", "0::/\n");
  machine.group("", "7000000", 100, 200, 300);

  CHECK(read_cgroup_limits(machine.root()).memory.at(0).working_set == 0);
  CHECK(read_cgroup_limits(machine.root()).memory.at(0).pinned == 0);
}

TEST_CASE("memory, load and pressure are read in bytes, tasks and percent") {
  FakeMachine machine;
  machine.be_idle();
  machine.memory(4 * gibibyte, 3 * gibibyte);
  machine.load("2.50");
  machine.pressure("memory", "12.34");

  const auto seen = read_machine(machine.root());

  CHECK(seen.memory_total == 4 * gibibyte);
  CHECK(seen.memory_available == 3 * gibibyte);
  CHECK(seen.load == 2.5);
  CHECK(seen.cpu_pressure == 0.5);
  CHECK(seen.memory_pressure == 12.34);
}

TEST_CASE("a kernel without pressure files leaves pressure unknown") {
  FakeMachine machine;
  machine.memory(4 * gibibyte, 3 * gibibyte);

  const auto seen = read_machine(machine.root());

  CHECK_FALSE(seen.cpu_pressure);
  CHECK_FALSE(seen.memory_pressure);
  CHECK_FALSE(seen.load);
  CHECK_FALSE(seen.processors);
  CHECK(seen.cgroup.memory.empty());
}

TEST_CASE("processors are counted from ranges, else from the description of each") {
  FakeMachine machine;
  machine.file("proc/cpuinfo", "processor\t: 0\nmodel name\t: processor of a kind\n\nprocessor\t: 1\nprocessor\t: 2\n");
  CHECK(read_machine(machine.root()).processors == 3U);

  machine.processors("0-3,8,10-11");

  CHECK(read_machine(machine.root()).processors == 7U);
}

TEST_CASE("threads are bounded by processors, affinity and quota, and never fewer than one") {
  FakeMachine machine;
  machine.processors("0-7");
  CHECK(usable_threads(read_machine(machine.root())) == 8);
  machine.file("proc/self/status", "Name:\tretrain\nCpus_allowed:\t3f\nCpus_allowed_list:\t0-5\n");
  CHECK(usable_threads(read_machine(machine.root())) == 6);
  machine.file("proc/self/cgroup", "0::/\n");
  machine.file("sys/fs/cgroup/cpu.max", "390000 100000\n");
  CHECK(usable_threads(read_machine(machine.root())) == 3);
  machine.file("sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(usable_threads(read_machine(machine.root())) == 1);
  machine.file("sys/fs/cgroup/cpu.max", "9000000000000000000 1\n");
  CHECK(usable_threads(read_machine(machine.root())) == 6);
}

TEST_CASE("only regular files of at most 1 MiB are read") {
  FakeMachine machine;
  machine.file("fits", std::string(mebibyte, 'x'));
  machine.file("over", std::string(mebibyte + 1, 'x'));
  REQUIRE(::mkfifo((machine.root() + "/fifo").c_str(), 0600) == 0);

  CHECK(resources::read_system_file(machine.root() + "/fits").value_or("").size() == mebibyte);
  CHECK_FALSE(resources::read_system_file(machine.root() + "/over"));
  CHECK_FALSE(resources::read_system_file(machine.root() + "/fifo"));
  CHECK_FALSE(resources::read_system_file(machine.root()));
  CHECK(resources::read_system_file("/proc/self/stat").value_or("").size() > 10);  // claims size 0
}
