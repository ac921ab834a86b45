// A folder that looks like the /proc and /sys of a machine.
#pragma once

#include <retrain/config.hpp>
#include <retrain/resource_manager.hpp>
#include <string>

#include "support/temporary_folder.hpp"

namespace retrain::test {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;

class FakeMachine {
 public:
  void memory(std::uint64_t total, std::uint64_t available) {
    folder_.write("proc/meminfo", "MemTotal:       " + std::to_string(total / 1024) + " kB\nMemFree:  1 kB\nMemAvailable:   " +
                                      std::to_string(available / 1024) + " kB\nHugePages_Total:       0\n");
  }
  void processors(const std::string& online) { folder_.write("sys/devices/system/cpu/online", online + "\n"); }
  void load(const std::string& minute, const std::string& runnable = "3") {
    folder_.write("proc/loadavg", minute + " 0.95 0.38 " + runnable + "/102 8668\n");
  }
  void pressure(const std::string& what, const std::string& avg10) {
    folder_.write("proc/pressure/" + what, "some avg10=" + avg10 +
                                               " avg60=4.08 avg300=3.05 total=21796596\n"
                                               "full avg10=99.00 avg60=0.00 avg300=0.00 total=0\n");
  }
  void file(const std::string& name, const std::string& text) { folder_.write(name, text); }
  /// A version 2 group, "" = the root of the hierarchy. `limit` is bytes or "max".
  void group(const std::string& path, const std::string& limit, std::uint64_t current = 0, std::uint64_t inactive = 0,
             std::uint64_t active = 0) {
    const std::string folder = "sys/fs/cgroup" + path;
    folder_.write(folder + "/memory.max", limit + "\n");
    folder_.write(folder + "/memory.current", std::to_string(current) + "\n");
    folder_.write(folder + "/memory.stat", "anon 4096\nfile 8192\ninactive_file " + std::to_string(inactive) + "\nactive_file " +
                                               std::to_string(active) + "\n");
  }
  /// An idle machine of two processors.
  void be_idle() {
    memory(2 * gibibyte, 2 * gibibyte);
    processors("0-1");
    load("0.10");
    pressure("cpu", "0.50");
    pressure("memory", "0.00");
  }

  const std::string& root() const { return folder_.path(); }
  Admission admit(std::uint64_t memory, const std::vector<Footprint>& running = {}, const ResourceSettings& settings = {}) const {
    return make_resource_manager(settings, root())->admit({.run_id = "new", .memory_bytes = memory}, running).value();
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace retrain::test
