#include "target_delivery.hpp"

#include <charconv>

#include "base/crash_point.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "store/delivery_table.hpp"

namespace retrain::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// After the n-th refusal; the schedule that Standard Webhooks recommends: ten attempts in about three days.
constexpr Duration pauses[] = {seconds(5), minutes(5), minutes(30), hours(2), hours(5),
                               hours(10),  hours(14),  hours(20),   hours(24)};
constexpr int most_attempts = static_cast<int>(std::size(pauses)) + 1;
// After so many refusals in a row the target rests, whatever the events.
constexpr int failures_before_rest = 3;
constexpr Duration longest_rest = hours(1), longest_wish = hours(24);
constexpr Duration time_for_one_target = seconds(10);
constexpr std::size_t batch = 16;

/// `pause` and up to a fifth more, so that many senders do not come back at one instant; the same each time it is computed.
Duration with_jitter(Duration pause, const std::string& event, int attempts) {
  const std::string hash = base::sha256(event + "/" + std::to_string(attempts));
  unsigned drawn = 0;
  std::from_chars(hash.data(), hash.data() + 6, drawn, 16);
  return pause + Duration(static_cast<std::int64_t>(static_cast<double>(pause.count()) * 0.2 * drawn / 0x1000000));
}

Delivery hand_over(Notifier& notifier, const Event& event) {
  try {
    return notifier.deliver(event);
  } catch (const std::exception& error) {
    return {.status = {StatusCode::callback_failed, error.what()}};
  } catch (...) {
    return {.status = {StatusCode::callback_failed, "an unknown exception"}};
  }
}

/// What became of some events, to be written at once.
struct Attempts {
  std::vector<std::int64_t> delivered;
  std::optional<store::PendingEvent> refused;
  Delivery last;
};

/// The target's row after `attempts`, and the next try of the refused event (nullopt: given up).
std::optional<Time> settle(store::TargetRow& target, const Attempts& attempts, Time now) {
  if (!attempts.delivered.empty()) {
    target.failures = 0;
    target.paused_until.reset();
    target.reason.clear();
    target.seen = std::max(target.seen, attempts.delivered.back());
  }
  if (!attempts.refused) return std::nullopt;
  const store::PendingEvent& refused = *attempts.refused;
  const Delivery& last = attempts.last;
  ++target.failures;
  target.reason = last.status.message();
  if (last.gone) {
    target.switched_off = now;
    return std::nullopt;
  }
  const Duration wish = std::min(last.retry_after.value_or(Duration{}), longest_wish);
  const int rests = last.unreachable ? target.failures : target.failures - failures_before_rest + 1;
  if (rests > 0) {
    const auto step = std::min<std::size_t>(static_cast<std::size_t>(rests), std::size(pauses)) - 1;
    target.paused_until = now + std::max(wish, with_jitter(std::min(pauses[step], longest_rest), target.name, target.failures));
  } else if (wish > Duration{}) {
    target.paused_until = now + wish;
  }
  if (last.unreachable) return now;
  target.seen = std::max(target.seen, refused.sequence);
  if (refused.attempts + 1 >= most_attempts) return std::nullopt;
  return now + std::max(wish, with_jitter(pauses[refused.attempts], refused.event.id, refused.attempts));
}

Status write_attempts(Core& core, store::TargetRow& target, const Attempts& attempts) {
  return core.write("delivered_to_target", [&](store::Connection& db, const store::Stamp& stamp) -> Status {
    const Time now = stamp.now.wall;
    const auto next_try = settle(target, attempts, now);
    for (const std::int64_t sequence : attempts.delivered) {
      if (Status status = store::set_delivered(db, stamp.model, target.name, sequence, now); !status) return status;
    }
    // Nobody answered: that says nothing about the event, so it stays as it was.
    const bool answered = attempts.refused && !attempts.last.unreachable && !attempts.last.gone;
    if (answered) {
      const store::PendingEvent& refused = *attempts.refused;
      const int tries = refused.attempts + 1;
      Status status = store::set_refused(db, stamp.model, target.name, refused.sequence, tries, next_try, target.reason, now);
      if (!status) return status;
      if (!next_try && refused.event.type != "delivery.given_up") {
        const base::Json data = {
            {"target", target.name}, {"event", refused.event.id}, {"attempts", tries}, {"reason", target.reason}};
        if (status = store::record(db, stamp, "delivery.given_up", refused.event.run_id, base::dump(data)); !status)
          return status;
      }
    }
    if (attempts.refused && attempts.last.gone) {
      const base::Json data = {{"target", target.name}, {"reason", target.reason}};
      if (Status status = store::record(db, stamp, "target.switched_off", "", base::dump(data)); !status) return status;
    }
    return store::update_target(db, stamp.model, target);
  });
}

Result<std::optional<store::TargetRow>> load_target(Core& core, const std::string& name) {
  return core.fetch<std::optional<store::TargetRow>>([&](store::Connection& db) -> Result<std::optional<store::TargetRow>> {
    auto rows = store::list_targets(db, core.model());
    if (!rows) return rows.status();
    for (store::TargetRow& row : *rows) {
      if (row.name == name) return std::optional<store::TargetRow>(std::move(row));
    }
    return std::optional<store::TargetRow>();
  });
}

void note_due(TickReport& report, Time when) {
  if (!report.next_due || when < *report.next_due) report.next_due = when;
}

Status deliver_to(Core& core, Notifier& notifier, TickReport& report) {
  const std::string name = notifier.id().name;
  auto found = load_target(core, name);
  if (!found) return found.status();
  if (!*found) return {};
  store::TargetRow& target = **found;
  const Time started = core.now().wall;
  while (!target.switched_off && !(target.paused_until && *target.paused_until > core.now().wall) &&
         core.now().wall - started < time_for_one_target) {
    const auto due = core.fetch<std::vector<store::PendingEvent>>(
        [&](store::Connection& db) { return store::due_deliveries(db, core.model(), target, core.now().wall, batch); });
    if (!due) return due.status();
    if (due->empty()) break;
    // While it has just failed, one event finds out whether it is well again.
    const std::size_t most = target.failures > 0 ? 1 : due->size();
    Attempts attempts;
    for (std::size_t i = 0; i < most && !attempts.refused; ++i) {
      if (i > 0 && core.now().wall - started >= time_for_one_target) break;
      base::crash_point("target", "before");
      attempts.last = hand_over(notifier, (*due)[i].event);
      base::crash_point("target", "after");
      if (attempts.last.status) {
        attempts.delivered.push_back((*due)[i].sequence);
      } else {
        attempts.refused = (*due)[i];
        report.notes.push_back(name + ": event " + (*due)[i].event.type +
                               " was not delivered: " + attempts.last.status.message());
      }
    }
    if (Status status = write_attempts(core, target, attempts); !status) return status;
    report.events_delivered += static_cast<int>(attempts.delivered.size());
  }
  if (target.switched_off) return {};
  if (target.paused_until && *target.paused_until > core.now().wall) {
    note_due(report, *target.paused_until);
    return {};
  }
  const auto next =
      core.fetch<std::optional<Time>>([&](store::Connection& db) { return store::next_delivery(db, core.model(), name); });
  if (!next) return next.status();
  if (*next) note_due(report, **next);
  return {};
}

bool meant(const store::TargetRow& row, const OutboxSelection& selection) {
  return selection.target.empty() || selection.target == row.name;
}

}  // namespace

Status deliver_to_targets(Core& core, TickReport& report) {
  for (const auto& target : core.targets()) {
    if (Status status = deliver_to(core, *target, report); !status) return status;
  }
  return {};
}

Result<OutboxReport> report_outbox(Core& core) {
  return core.fetch<OutboxReport>([&](store::Connection& db) -> Result<OutboxReport> {
    constexpr std::size_t most = 1000;
    OutboxReport report;
    const auto rows = store::list_targets(db, core.model());
    if (!rows) return rows.status();
    for (const store::TargetRow& row : *rows) {
      const bool configured = std::any_of(core.targets().begin(), core.targets().end(),
                                          [&](const auto& target) { return target->id().name == row.name; });
      DeliveryTarget target{row.name, configured, row.switched_off.has_value(), row.paused_until, row.failures, row.reason, 0, 0};
      if (Status status = store::count_deliveries(db, core.model(), row, target); !status) return status;
      report.targets.push_back(std::move(target));
    }
    auto undelivered = store::list_undelivered(db, core.model(), most);
    if (!undelivered) return undelivered.status();
    report.undelivered = std::move(*undelivered);
    return report;
  });
}

Result<int> change_outbox(Core& core, const OutboxSelection& selection, bool replay) {
  if (selection.actor.empty()) return Status{StatusCode::invalid_argument, "a change of the outbox needs an actor"};
  int changed = 0;
  const Status written = core.write("outbox", [&](store::Connection& db, const store::Stamp& stamp) -> Status {
    changed = 0;
    bool woken = false;
    auto rows = store::list_targets(db, stamp.model);
    if (!rows) return rows.status();
    for (store::TargetRow& row : *rows) {
      if (!meant(row, selection)) continue;
      const auto count = replay ? store::replay_deliveries(db, stamp.model, row, selection, stamp.now.wall)
                                : store::drop_deliveries(db, stamp.model, row, selection, stamp.now.wall);
      if (!count) return count.status();
      changed += *count;
      if (replay && (*count > 0 || selection.event_id.empty())) {
        woken = woken || row.switched_off || row.paused_until;
        row.failures = 0;
        row.paused_until.reset();
        row.switched_off.reset();
      }
      if (Status status = store::update_target(db, stamp.model, row); !status) return status;
    }
    if (changed == 0 && !woken) return {StatusCode::not_found, "no undelivered event is meant"};
    const base::Json data = {{"actor", selection.actor}, {"target", selection.target}, {"events", changed}};
    return store::record(db, stamp, replay ? "outbox.replayed" : "outbox.dropped", "", base::dump(data));
  });
  if (!written) return written;
  return changed;
}

}  // namespace retrain::pipeline
