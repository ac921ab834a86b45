// Notifier: where the pipeline reports what it decided. Implement this to reach your own channel.
#pragma once

#include <memory>
#include <optional>
#include <retrain/clock.hpp>
#include <retrain/deployment_settings.hpp>
#include <retrain/event.hpp>
#include <retrain/part.hpp>
#include <retrain/service_finding.hpp>
#include <retrain/status.hpp>
#include <string>
#include <vector>

namespace retrain {

/// What became of one attempt to deliver an event.
struct Delivery {
  Status status;
  std::optional<Duration> retry_after;  ///< the receiver asked for this pause before anything else comes
  bool unreachable = false;             ///< of a failure: nobody answered, so the next event would fare no better
  bool gone = false;                    ///< of a failure: the receiver wants nothing any more
};

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
  /// The same, with more to say about a failure. The default calls notify().
  virtual Delivery deliver(const Event& event);
};

/// The default: one JSON line per event, appended to `path` (created with mode 0600) and synced; an id that already stands
/// among the last lines is not written again.
std::shared_ptr<Notifier> make_jsonl_notifier(std::string path);

/// Posts each event to `settings.webhook_url` as a CloudEvent, signed as Standard Webhooks lays down (docs/notifications.md). The
/// secrets are read from their files at each delivery. Fails with invalid_argument when the address is no https URL, or no http
/// URL where webhook_allow_http is set, or holds a user.
Result<std::shared_ptr<Notifier>> make_webhook_notifier(const NotificationSettings& settings, std::shared_ptr<Clock> clock);

/// Posts the events that people want to see to a Slack, Discord or Teams webhook, `settings.chat`; the others count as delivered.
Result<std::shared_ptr<Notifier>> make_chat_notifier(const NotificationSettings& settings, std::shared_ptr<Clock> clock);

/// Looks at addresses and secrets of webhook and chat without sending anything.
std::vector<ServiceFinding> check_notifications(const NotificationSettings& settings);

}  // namespace retrain
