#include "outbox.hpp"

#include "base/crash_point.hpp"
#include "target_delivery.hpp"

namespace retrain::pipeline {
namespace {

Duration pause_after(int attempts) {
  return std::min<Duration>(std::chrono::hours(1), std::chrono::seconds(1) * (1LL << std::min(attempts, 12)));
}

Status hand_over(Notifier& notifier, const Event& event) {
  try {
    return notifier.notify(event);
  } catch (const std::exception& error) {
    return {StatusCode::callback_failed, error.what()};
  } catch (...) {
    return {StatusCode::callback_failed, "an unknown exception"};
  }
}

}  // namespace

Status deliver_events(Core& core, TickReport& report) {
  constexpr std::size_t batch = 256;
  for (bool more = true; more;) {
    const auto pending = core.fetch<std::vector<store::PendingEvent>>(
        [&](store::Connection& db) { return store::pending_events(db, core.model(), batch); });
    if (!pending) return pending.status();
    more = pending->size() == batch;
    std::vector<std::int64_t> delivered;
    std::optional<store::PendingEvent> failed;
    for (const auto& waiting : *pending) {
      if (waiting.next_try > core.now().wall) {
        report.next_due = waiting.next_try;
        more = false;
        break;
      }
      base::crash_point("notify", "before");
      const Status status = hand_over(*core.parts().notifier, waiting.event);
      base::crash_point("notify", "after");
      if (!status) {
        report.notes.push_back("event " + waiting.event.type + " was not delivered: " + status.message());
        failed = waiting;
        more = false;
        break;
      }
      delivered.push_back(waiting.sequence);
    }
    if (delivered.empty() && !failed) break;
    const Status marked = core.write("delivered", [&](store::Connection& db, const store::Stamp& stamp) {
      if (Status status = store::mark_delivered(db, delivered, stamp.now.wall); !status) return status;
      return failed ? store::postpone_event(db, failed->sequence, stamp.now.wall + pause_after(failed->attempts)) : Status{};
    });
    if (!marked) return marked;
    report.events_delivered += static_cast<int>(delivered.size());
  }
  const auto left = core.fetch<std::size_t>([&](store::Connection& db) { return store::count_pending_events(db, core.model()); });
  if (!left) return left.status();
  report.events_pending = static_cast<int>(*left);
  return deliver_to_targets(core, report);
}

}  // namespace retrain::pipeline
