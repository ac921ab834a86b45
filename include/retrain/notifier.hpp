// Notifier: where the pipeline reports what it decided. Implement this to reach your own channel.
#pragma once

#include <memory>
#include <retrain/event.hpp>
#include <retrain/part.hpp>
#include <retrain/status.hpp>
#include <string>

namespace retrain {

/// Receives every event of a pipeline, in order, at least once: compare Event::id to drop a repeat.
///
/// Threads: called from the thread that drives the pipeline, one call at a time.
/// Failure: a non-ok Status is retried later with backoff; it never stops a run.
class Notifier {
 public:
  Notifier() = default;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  virtual ~Notifier();

  virtual PartId id() const = 0;
  /// Delivers `event`, which is valid only during the call.
  virtual Status notify(const Event& event) = 0;
};

/// The default: one JSON line per event, appended to `path` (created with mode 0600) and synced; an id that already stands
/// among the last lines is not written again.
std::shared_ptr<Notifier> make_jsonl_notifier(std::string path);

}  // namespace retrain
