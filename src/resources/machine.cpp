#include "machine.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "system_file.hpp"

namespace retrain::resources {
namespace {

/// How many processors a list like "0-3,8" names; nothing when it is malformed or empty.
std::optional<unsigned> count_of_list(std::string_view list) {
  constexpr std::uint64_t most_processors = 1U << 16U;
  std::uint64_t count = 0;
  for (const auto range : base::split(base::trim(list), ',')) {
    const auto ends = base::split(range, '-');
    const auto first = parse_count(ends.front()), last = parse_count(ends.back());
    if (ends.size() > 2 || !first || !last || *last < *first || *last >= most_processors) return std::nullopt;
    count += *last - *first + 1;
  }
  return static_cast<unsigned>(std::min(count, most_processors));
}

std::optional<unsigned> online_processors(const std::string& root) {
  if (const auto list = read_system_file(root + "/sys/devices/system/cpu/online")) {
    if (const auto count = count_of_list(*list)) return count;
  }
  const std::string description = read_system_file(root + "/proc/cpuinfo").value_or("");
  unsigned count = 0;
  for (const auto line : base::split(description, '\n')) {
    const auto words = words_of(line.substr(0, line.find(':')));
    // Also "processor<tab>: 0"; "processor" alone names the part on some architectures.
    if (words.size() == 1 && words[0] == "processor") ++count;
  }
  return count > 0 ? std::optional(count) : std::nullopt;
}

std::optional<unsigned> allowed_processors(const std::string& root) {
  const std::string status = read_system_file(root + "/proc/self/status").value_or("");
  for (const auto line : base::split(status, '\n')) {
    constexpr std::string_view key = "Cpus_allowed_list:";
    if (line.starts_with(key)) return count_of_list(line.substr(key.size()));
  }
  return std::nullopt;
}

std::optional<double> load_of(const std::string& path) {
  const std::string text = read_system_file(path).value_or("");
  const auto words = words_of(text);
  return words.empty() ? std::nullopt : base::parse_double(words[0]);
}

/// The fourth word, "3/102": runnable now of all there are. Whoever reads it runs, and is one of them.
std::optional<double> runnable_of(const std::string& path) {
  const std::string text = read_system_file(path).value_or("");
  const auto words = words_of(text);
  if (words.size() < 4) return std::nullopt;
  const auto count = base::parse_double(base::split(words[3], '/').front());
  return count ? std::optional(std::max(0.0, *count - 1)) : std::nullopt;
}

std::optional<double> larger(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::max(*a, *b);
}

}  // namespace

Machine read_machine(const std::string& root) {
  Machine machine;
  const std::string memory = read_system_file(root + "/proc/meminfo").value_or("");
  machine.memory_total = count_behind(memory, "MemTotal");
  machine.memory_available = count_behind(memory, "MemAvailable");
  machine.processors = online_processors(root);
  machine.allowed_processors = allowed_processors(root);
  machine.load = load_of(root + "/proc/loadavg");
  machine.runnable = runnable_of(root + "/proc/loadavg");
  machine.cgroup = read_cgroup_limits(root);
  machine.cpu_pressure = larger(read_pressure(root + "/proc/pressure/cpu"), machine.cgroup.cpu_pressure);
  machine.memory_pressure = larger(read_pressure(root + "/proc/pressure/memory"), machine.cgroup.memory_pressure);
  return machine;
}

unsigned usable_threads(const Machine& machine) {
  std::optional<unsigned> threads = machine.processors;
  const auto cut_to = [&](unsigned limit) { threads = threads ? std::min(*threads, limit) : limit; };
  if (machine.allowed_processors) cut_to(*machine.allowed_processors);
  // A quota far beyond any machine must not overflow the count.
  if (machine.cgroup.cpus) cut_to(static_cast<unsigned>(std::floor(std::min(*machine.cgroup.cpus, 65536.0))));
  return std::max(1U, threads.value_or(1));
}

}  // namespace retrain::resources
