// The default ResourceManager: admits by memory from the limits of machine and control groups, and by pressure.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <retrain/config.hpp>
#include <retrain/resource_manager.hpp>

#include "base/text.hpp"
#include "machine.hpp"

namespace retrain {
namespace {

using resources::Machine;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t least_memory = 64 * mebibyte;
// Without history: text parsed into float32 columns, XGBoost's own copy of them, and the libraries.
constexpr double memory_per_data_byte = 8;
constexpr std::uint64_t memory_of_libraries = 128 * mebibyte;
// Up to here the memory of a run is mostly the process itself: scaled as if it were data, kilobytes would predict terabytes.
constexpr std::uint64_t scalable_data = 32 * mebibyte;
constexpr std::size_t recent_runs = 10;

constexpr double max_memory_pressure = 20;  // percent of ten seconds
constexpr auto pressure_retry = std::chrono::seconds(30);
constexpr auto memory_retry = std::chrono::seconds(60);

std::uint64_t whole(double value) {
  constexpr double largest = 9e18;
  return value > 0 ? static_cast<std::uint64_t>(std::min(value, largest)) : 0;
}

std::string show_bytes(std::uint64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  double value = static_cast<double>(bytes);
  for (; value >= 1024 && unit + 1 < std::size(units); value /= 1024) ++unit;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return buffer;
}

std::string show_percent(double percent) {
  return base::format_short(percent, 3) + " %";
}

/// One budget a run must fit in: the machine, or a control group with a limit.
struct MemoryBudget {
  std::uint64_t capacity = 0;   ///< what all runs may use: the configured share of the total
  std::uint64_t used = 0;       ///< now, by anybody
  std::uint64_t available = 0;  ///< what could be had now, were the share not kept free
};

class HostResourceManager final : public ResourceManager {
 public:
  HostResourceManager(const ResourceSettings& settings, std::string root) : settings_(settings), root_(std::move(root)) {
    while (root_.ends_with('/')) root_.pop_back();
  }

  PartId id() const override { return {"host_resource_manager", "1"}; }

  Footprint predict(const Workload& coming, const FootprintHistory& history) override {
    const std::vector<Footprint> runs = comparable_runs(history);
    Footprint predicted;
    predicted.data_bytes = coming.data_bytes;
    predicted.rows = coming.rows;
    predicted.rounds = expected_rounds(coming, runs);
    predicted.threads = threads(resources::read_machine(root_));
    double memory = 0;
    for (const auto& run : runs) {
      const double growth = growth_since(run, coming);
      memory = std::max(memory, scaled_memory(run, growth));
      const double more_rounds = run.rounds > 0 && predicted.rounds > 0 ? double(predicted.rounds) / run.rounds : 1;
      predicted.cpu_seconds = std::max(predicted.cpu_seconds, run.cpu_seconds * growth * more_rounds);
    }
    if (runs.empty()) {
      memory = static_cast<double>(coming.data_bytes) * memory_per_data_byte + static_cast<double>(memory_of_libraries);
    }
    predicted.memory_bytes = std::max(least_memory, whole(memory));
    return predicted;
  }

  Result<Admission> admit(const Footprint& predicted, std::span<const Footprint> running) override {
    const Machine machine = resources::read_machine(root_);
    const std::vector<MemoryBudget> budgets = budgets_of(machine);
    for (const auto& budget : budgets) {
      if (predicted.memory_bytes <= budget.capacity) continue;
      return Admission{AdmissionVerdict::never, "needs " + show_bytes(predicted.memory_bytes) + ", the machine gives at most " +
                                                    show_bytes(least_capacity(budgets))};
    }
    if (const std::string reason = pressure_of(machine); !reason.empty()) {
      return Admission{AdmissionVerdict::wait, reason, pressure_retry};
    }
    for (const auto& budget : budgets) {
      if (const std::string reason = shortage_of(budget, predicted, running); !reason.empty()) {
        return Admission{AdmissionVerdict::wait, reason, memory_retry};
      }
    }
    const unsigned granted = free_threads(machine, running);
    return Admission{AdmissionVerdict::start,
                     "needs " + show_bytes(predicted.memory_bytes) + limit_clause(budgets) + time_clause(predicted, granted),
                     Duration{}, granted, predicted.memory_bytes};
  }

 private:
  unsigned threads(const Machine& machine) const {
    return settings_.threads > 0 ? settings_.threads : resources::usable_threads(machine);
  }

  /// Those that no running run was granted, at least one; a configured number is what it says.
  unsigned free_threads(const Machine& machine, std::span<const Footprint> running) const {
    unsigned free = threads(machine);
    if (settings_.threads > 0) return free;
    for (const auto& run : running) free -= std::min(free, run.threads);
    return std::max(1U, free);
  }

  static std::string time_clause(const Footprint& predicted, unsigned threads) {
    if (!(predicted.cpu_seconds >= 1)) return {};
    constexpr double longest = 1e9;  // seconds
    const auto seconds = std::chrono::seconds(std::llround(std::min(longest, predicted.cpu_seconds)));
    return ", about " + format_duration(seconds) + " of processor time on " + std::to_string(threads) +
           (threads == 1 ? " thread" : " threads");
  }

  /// The newest runs that say what they read and needed.
  static std::vector<Footprint> comparable_runs(const FootprintHistory& history) {
    std::vector<Footprint> runs;
    for (const auto& run : history.finished) {
      if (run.data_bytes == 0 || run.memory_bytes == 0) continue;
      if (runs.size() == recent_runs) break;
      runs.push_back(run);
    }
    return runs;
  }

  /// Early stopping ends most runs before the most rounds they may add: as many as the longest of them, if it may.
  static unsigned expected_rounds(const Workload& coming, const std::vector<Footprint>& runs) {
    unsigned longest = 0;
    for (const auto& run : runs) longest = std::max(longest, run.rounds);
    return longest > 0 && coming.max_rounds > 0 ? std::min(longest, coming.max_rounds) : std::max(longest, coming.max_rounds);
  }

  /// How many times what `run` read the coming one reads: by rows, which do not depend on how a file is written, else by bytes.
  static double growth_since(const Footprint& run, const Workload& coming) {
    if (run.rows > 0 && coming.rows > 0) return static_cast<double>(coming.rows) / static_cast<double>(run.rows);
    return static_cast<double>(coming.data_bytes) / static_cast<double>(run.data_bytes);
  }

  /// The memory of a finished run carried over to `growth` times its data: in proportion, save that a small run is not taken for
  /// a ratio and that more data never needs less than it did.
  static double scaled_memory(const Footprint& run, double growth) {
    const double measured = static_cast<double>(run.memory_bytes);
    if (growth <= 1) return measured * growth;
    const double data = static_cast<double>(std::min(run.data_bytes, scalable_data));
    return std::max(measured, measured * growth * (data / static_cast<double>(scalable_data)));
  }

  MemoryBudget budget(std::uint64_t total, std::uint64_t used, std::uint64_t pinned) const {
    return {whole(static_cast<double>(total) * settings_.max_memory_percent / 100), used, total > pinned ? total - pinned : 0};
  }

  std::vector<MemoryBudget> budgets_of(const Machine& machine) const {
    std::vector<MemoryBudget> budgets;
    if (machine.memory_total) {
      const std::uint64_t total = *machine.memory_total;
      const std::uint64_t used = total - std::min(total, machine.memory_available.value_or(total));
      budgets.push_back(budget(total, used, used));
    }
    for (const auto& group : machine.cgroup.memory) budgets.push_back(budget(group.limit, group.working_set, group.pinned));
    return budgets;
  }

  static std::uint64_t least_capacity(const std::vector<MemoryBudget>& budgets) {
    return std::min_element(budgets.begin(), budgets.end(), [](const auto& a, const auto& b) { return a.capacity < b.capacity; })
        ->capacity;
  }

  static std::string limit_clause(const std::vector<MemoryBudget>& budgets) {
    return budgets.empty() ? "; this machine's memory is not known" : " of " + show_bytes(least_capacity(budgets));
  }

  /// The load is the mean of a minute and outlives what caused it, a build or the run before. Where few tasks are runnable at
  /// this moment and the last ten seconds saw nobody wait for a processor, it tells of the past.
  bool calm_now(const Machine& machine) const {
    constexpr double hardly_any_waiting = 5;
    return machine.runnable && 100 * *machine.runnable / *machine.processors <= settings_.max_cpu_percent &&
           machine.cpu_pressure && *machine.cpu_pressure < hardly_any_waiting;
  }

  /// Why now is a bad moment for any run, or nothing.
  std::string pressure_of(const Machine& machine) const {
    const double most = settings_.max_cpu_percent;
    if (machine.load && machine.processors) {
      // Both are of the whole machine: a quota or an affinity mask does not lower its load.
      const double percent = 100 * *machine.load / *machine.processors;
      if (percent > most && !calm_now(machine)) {
        return "load is " + base::format_short(*machine.load, 3) + " on " + std::to_string(*machine.processors) +
               " processors, " + show_percent(percent) + " with " + show_percent(most) + " allowed";
      }
    }
    if (machine.cpu_pressure && *machine.cpu_pressure > most) {
      return "tasks waited for a processor in " + show_percent(*machine.cpu_pressure) + " of the last 10 s, " +
             show_percent(most) + " is allowed";
    }
    if (machine.memory_pressure && *machine.memory_pressure > max_memory_pressure) {
      return "tasks waited for memory in " + show_percent(*machine.memory_pressure) + " of the last 10 s, " +
             show_percent(max_memory_pressure) + " is allowed";
    }
    return {};
  }

  /// Why `predicted` does not fit into `budget` beside what runs, or nothing. A run alone needs memory that is really there and
  /// no more: otherwise a busy host or a full page cache would keep it out for ever.
  static std::string shortage_of(const MemoryBudget& budget, const Footprint& predicted, std::span<const Footprint> running) {
    const std::string needs = "needs " + show_bytes(predicted.memory_bytes) + ", ";
    if (running.empty()) {
      return predicted.memory_bytes > budget.available ? needs + show_bytes(budget.available) + " is available" : "";
    }
    double reserved = 0;
    for (const auto& run : running) reserved += static_cast<double>(run.memory_bytes);
    const double wanted = reserved + static_cast<double>(predicted.memory_bytes) + static_cast<double>(budget.used);
    if (wanted <= static_cast<double>(budget.capacity)) return {};
    return needs + "of " + show_bytes(budget.capacity) + " " + std::to_string(running.size()) + " running hold " +
           show_bytes(whole(reserved)) + " and " + show_bytes(budget.used) + " is in use";
  }

  ResourceSettings settings_;
  std::string root_;
};

}  // namespace

std::shared_ptr<ResourceManager> make_resource_manager(const ResourceSettings& settings, std::string root) {
  return std::make_shared<HostResourceManager>(settings, std::move(root));
}

}  // namespace retrain
