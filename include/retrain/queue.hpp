// Queue: the runs that wait for their turn, over all models of a state directory, and what a person may do about them.
#pragma once

#include <optional>
#include <retrain/run.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

/// What a run waits for.
enum class WaitsFor { turn, time, data, resources, retry };
std::string_view to_string(WaitsFor cause);

/// A person let a model's runs wait: `paused` starts nothing and still accepts, `draining` accepts nothing and finishes what it
/// has.
enum class HaltKind { paused, draining };
std::string_view to_string(HaltKind kind);

struct QueueHalt {
  HaltKind kind = HaltKind::paused;
  std::string actor;
  std::string reason;
  Time since{};
  std::optional<Time> until;  ///< empty = until resumed
};

/// One run that is not finished.
struct QueueEntry {
  RunSummary run;
  std::size_t place = 0;          ///< from 1 among those that wait; 0 = under way
  double rank = 0;                ///< 1 = most urgent: the severity, raised by waiting
  Duration waited{};              ///< since it could have started first
  WaitsFor waits_for{};           ///< of one that waits
  std::optional<Time> next_try;   ///< of one that waits: when it is looked at again, if that lies ahead
  std::string worker;             ///< of one under way: a name in owners/
  std::optional<QueueHalt> halt;  ///< its model is paused or drained
  std::string cancelled_by;       ///< somebody asked to end it, and its worker has not yet
};

struct QueueReport {
  Time now{};
  std::string model;                ///< the pipeline's
  std::optional<QueueHalt> halt;    ///< of that model
  bool empty = true;                ///< that model has no run open: a drained queue is done
  std::size_t waiting = 0;          ///< runs that wait, of all models
  std::size_t limit = 0;            ///< resources.max_queue_size
  std::vector<QueueEntry> entries;  ///< those under way first, then those that wait, the next one first
};

/// A wish about the queue. With `dry_run` it is only said what would happen.
struct CancelRequest {
  RunId run;
  std::string actor;
  std::string reason;
  bool dry_run = false;
};
struct HaltRequest {
  std::string actor;
  std::string reason;
  std::optional<Time> until;  ///< empty = until resumed
  bool dry_run = false;
};
struct ResumeRequest {
  std::string actor;
  std::string reason;
  bool dry_run = false;
};
struct RequeueRequest {
  RunId run;  ///< a run that failed or was set aside
  std::string actor;
  std::string reason;
  bool dry_run = false;
};

}  // namespace retrain
