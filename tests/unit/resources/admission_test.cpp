#include <doctest/doctest.h>

#include "fake_machine.hpp"

using namespace retrain;
using namespace std::chrono_literals;
using test::FakeMachine;
using test::gibibyte;
using test::mebibyte;

namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

const std::vector<Footprint> one_running = {{.run_id = "other", .memory_bytes = 512 * mebibyte}};

}  // namespace

TEST_CASE("an idle machine starts a run that fits, with all processors and the memory it asked for") {
  FakeMachine machine;
  machine.be_idle();

  const Admission admission = machine.admit(gibibyte);

  CHECK(admission.verdict == AdmissionVerdict::start);
  CHECK(admission.threads == 2);
  CHECK(admission.memory_bytes == gibibyte);
  CHECK(admission.reason == "needs 1.0 GiB of 1.6 GiB");
}

TEST_CASE("a run larger than the configured share of the machine never starts") {
  FakeMachine machine;
  machine.be_idle();

  const Admission admission = machine.admit(3 * gibibyte);

  CHECK(admission.verdict == AdmissionVerdict::never);
  CHECK(admission.reason == "needs 3.0 GiB, the machine gives at most 1.6 GiB");
  CHECK(machine.admit(3 * gibibyte, {}, {.max_memory_percent = 50}).reason == "needs 3.0 GiB, the machine gives at most 1.0 GiB");
}

TEST_CASE("the share ends to the byte") {
  FakeMachine machine;
  machine.memory(1000 * mebibyte, 1000 * mebibyte);

  CHECK(machine.admit(500 * mebibyte, {}, {.max_memory_percent = 50}).verdict == AdmissionVerdict::start);
  CHECK(machine.admit(500 * mebibyte + 1, {}, {.max_memory_percent = 50}).verdict == AdmissionVerdict::never);
}

TEST_CASE("a run alone waits only for memory that is not there, a second one also for the share kept free") {
  FakeMachine machine;
  machine.be_idle();
  machine.memory(2 * gibibyte, gibibyte);

  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::start);
  const Admission alone = machine.admit(gibibyte + mebibyte);
  CHECK(alone.verdict == AdmissionVerdict::wait);
  CHECK(alone.retry_after == 60s);
  CHECK(alone.reason == "needs 1.0 GiB, 1.0 GiB is available");

  const Admission second = machine.admit(256 * mebibyte, one_running);
  CHECK(second.verdict == AdmissionVerdict::wait);
  CHECK(second.retry_after == 60s);
  CHECK(second.reason == "needs 256.0 MiB, of 1.6 GiB 1 running hold 512.0 MiB and 1.0 GiB is in use");
  machine.memory(2 * gibibyte, 2 * gibibyte);
  CHECK(machine.admit(256 * mebibyte, one_running).verdict == AdmissionVerdict::start);
}

TEST_CASE("reservations count whether or not their memory is in use yet") {
  FakeMachine machine;
  machine.be_idle();
  const std::vector<Footprint> running(3, one_running.front());

  CHECK(machine.admit(64 * mebibyte, running).verdict == AdmissionVerdict::start);
  CHECK(machine.admit(128 * mebibyte, running).verdict == AdmissionVerdict::wait);
}

TEST_CASE("a busy machine makes a run wait, with the number and when to ask again") {
  FakeMachine machine;
  machine.be_idle();
  machine.load("1.61");

  const Admission admission = machine.admit(gibibyte);

  CHECK(admission.verdict == AdmissionVerdict::wait);
  CHECK(admission.retry_after == 30s);
  CHECK(admission.reason == "load is 1.61 on 2 processors, 80.5 % with 80 % allowed");
  CHECK(machine.admit(gibibyte, {}, {.max_cpu_percent = 81}).verdict == AdmissionVerdict::start);
  machine.load("1.60");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::start);
}

TEST_CASE("a load that only remembers what is over does not make a run wait") {
  FakeMachine machine;
  machine.be_idle();
  machine.pressure("cpu", "0.30");
  machine.load("3.90", "1");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::start);

  machine.load("3.90", "3");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::wait);

  machine.load("3.90", "1");
  machine.pressure("cpu", "12.00");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::wait);
}

TEST_CASE("pressure on processors or memory makes a run wait") {
  FakeMachine machine;
  machine.be_idle();
  machine.pressure("cpu", "80.01");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::wait);
  CHECK(contains(machine.admit(gibibyte).reason, "waited for a processor in 80 %"));
  machine.pressure("cpu", "80.00");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::start);

  machine.pressure("memory", "20.01");

  const Admission admission = machine.admit(gibibyte);
  CHECK(admission.verdict == AdmissionVerdict::wait);
  CHECK(admission.retry_after == 30s);
  CHECK(contains(admission.reason, "waited for memory in 20 %"));
  machine.pressure("memory", "20.00");
  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::start);
}

TEST_CASE("a second run is granted the processors that the first one left, at least one") {
  FakeMachine machine;
  machine.be_idle();
  machine.processors("0-7");
  machine.memory(8 * gibibyte, 8 * gibibyte);
  std::vector<Footprint> running = one_running;
  running.front().threads = 5;
  CHECK(machine.admit(gibibyte, running).threads == 3);
  CHECK(machine.admit(gibibyte, running, {.threads = 4}).threads == 4);

  running.front().threads = 9;

  CHECK(machine.admit(gibibyte, running).threads == 1);
}

TEST_CASE("an admitted run says how much processor time it will take, where that is known") {
  FakeMachine machine;
  machine.be_idle();
  const auto manager = make_resource_manager({}, machine.root());

  CHECK(manager->admit({.memory_bytes = gibibyte, .cpu_seconds = 150}, {})->reason ==
        "needs 1.0 GiB of 1.6 GiB, about 2m 30s of processor time on 2 threads");
  CHECK(manager->admit({.memory_bytes = gibibyte, .cpu_seconds = 1e300}, {}).ok());
}

TEST_CASE("what can never fit is said before what is busy now") {
  FakeMachine machine;
  machine.be_idle();
  machine.load("50");

  CHECK(machine.admit(3 * gibibyte).verdict == AdmissionVerdict::never);
}

TEST_CASE("a group's limit counts like a smaller machine") {
  FakeMachine machine;
  machine.be_idle();
  machine.file("proc/self/cgroup", "0::/service\n");
  machine.group("/service", std::to_string(gibibyte), 700 * mebibyte, 400 * mebibyte, 200 * mebibyte);

  CHECK(machine.admit(900 * mebibyte).verdict == AdmissionVerdict::never);
  CHECK(machine.admit(900 * mebibyte).reason == "needs 900.0 MiB, the machine gives at most 819.2 MiB");
  CHECK(machine.admit(800 * mebibyte).verdict == AdmissionVerdict::start);  // 100 MiB are pinned, the rest is page cache
  CHECK(machine.admit(7 * mebibyte, one_running).verdict == AdmissionVerdict::start);
  CHECK(machine.admit(8 * mebibyte, one_running).verdict == AdmissionVerdict::wait);
}

TEST_CASE("a group that is full of pages it cannot give back makes a run wait") {
  FakeMachine machine;
  machine.be_idle();
  machine.file("proc/self/cgroup", "0::/service\n");
  machine.group("/service", std::to_string(gibibyte), 900 * mebibyte);

  CHECK(machine.admit(200 * mebibyte).reason == "needs 200.0 MiB, 124.0 MiB is available");
}

TEST_CASE("without anything to read a run starts, with one thread or those configured") {
  const FakeMachine machine;

  const Admission admission = machine.admit(gibibyte);

  CHECK(admission.verdict == AdmissionVerdict::start);
  CHECK(admission.threads == 1);
  CHECK(contains(admission.reason, "not known"));
  CHECK(machine.admit(gibibyte, one_running).verdict == AdmissionVerdict::start);
  CHECK(machine.admit(gibibyte, {}, {.threads = 5}).threads == 5);
}

TEST_CASE("files that hold nonsense count as unknown") {
  FakeMachine machine;
  machine.file("proc/meminfo", "MemTotal: many kB\nMemAvailable: -5 kB\n");
  machine.file("proc/loadavg", "nan\n");
  machine.file("proc/self/cgroup", "0:\n:::\nx\n0::/../../etc\n1:memory\n");
  machine.file("sys/devices/system/cpu/online", "3-1,x\n");
  machine.file("proc/pressure/cpu", "some avg10=inf\nsome\n");
  machine.file("sys/fs/cgroup/cpu.max", "max\n");
  machine.file("sys/fs/cgroup/memory.max", "99999999999999999999999\n");

  CHECK(machine.admit(gibibyte).verdict == AdmissionVerdict::start);
}

TEST_CASE("figures at the end of their range neither overflow nor pass for small ones") {
  FakeMachine machine;
  machine.be_idle();
  constexpr std::uint64_t huge = ~std::uint64_t{0};

  CHECK(machine.admit(huge).verdict == AdmissionVerdict::never);
  CHECK(machine.admit(64 * mebibyte, {{.memory_bytes = huge}, {.memory_bytes = huge}}).verdict == AdmissionVerdict::wait);
}

TEST_CASE("this machine answers") {
  const auto manager = make_resource_manager({});

  const auto small = manager->admit({.memory_bytes = mebibyte}, {});
  const auto absurd = manager->admit({.memory_bytes = std::uint64_t{1} << 60U}, {});

  REQUIRE(small.ok());
  CHECK(small->verdict != AdmissionVerdict::never);
  if (small->verdict == AdmissionVerdict::start) CHECK(small->threads >= 1);
  REQUIRE(absurd.ok());
  CHECK(absurd->verdict == AdmissionVerdict::never);
}
