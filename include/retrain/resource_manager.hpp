// ResourceManager: may this run start now, and with what? Implement it to ask your own scheduler.
#pragma once

#include <cstdint>
#include <memory>
#include <retrain/part.hpp>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <span>
#include <string>
#include <vector>

namespace retrain {

struct ResourceSettings;

/// What a run needs, or needed.
struct Footprint {
  std::string run_id;
  std::uint64_t memory_bytes = 0;
  double cpu_seconds = 0;
  unsigned threads = 0;
  std::uint64_t data_bytes = 0;  ///< size of the session files it reads
  std::uint64_t rows = 0;        ///< rows with a target in them; 0 = not known
  unsigned rounds = 0;           ///< boosting rounds it added; 0 = not known
};

/// What is known of a run before it starts.
struct Workload {
  std::uint64_t data_bytes = 0;  ///< size of the session files it reads
  std::uint64_t rows = 0;        ///< rows with a target in them; 0 = not known
  unsigned max_rounds = 0;       ///< boosting rounds it may add; 0 = not known
};

/// Measured footprints of finished runs, newest first.
struct FootprintHistory {
  std::vector<Footprint> finished;
};

enum class AdmissionVerdict { start, wait, never };
std::string_view to_string(AdmissionVerdict verdict);

struct Admission {
  AdmissionVerdict verdict = AdmissionVerdict::wait;
  std::string reason;
  Duration retry_after{};          ///< for wait
  unsigned threads = 1;            ///< for start: how many it may use
  std::uint64_t memory_bytes = 0;  ///< for start: how much is reserved for it
};

/// Threads: called by the thread that does the pipeline's work, one call at a time.
class ResourceManager {
 public:
  ResourceManager() = default;
  ResourceManager(const ResourceManager&) = delete;
  ResourceManager& operator=(const ResourceManager&) = delete;
  virtual ~ResourceManager();

  virtual PartId id() const = 0;
  /// What the coming run will need, from what runs needed before.
  virtual Footprint predict(const Workload& coming, const FootprintHistory& history) = 0;
  /// Answers for one run, given those that hold reservations now.
  virtual Result<Admission> admit(const Footprint& predicted, std::span<const Footprint> running) = 0;
};

/// The default: cgroup v1 and v2 limits, MemAvailable, load and pressure (PSI), all read below `root`.
/// `root` is "/" on a real machine; tests pass a folder that holds proc/ and sys/.
std::shared_ptr<ResourceManager> make_resource_manager(const ResourceSettings& settings, std::string root = "/");

}  // namespace retrain
