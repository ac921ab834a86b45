// The queue as JSON.
#include "records.hpp"

namespace retrain::report {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Json as_json(const QueueEntry& record) {
  const bool waits = record.run.state == RunState::queued;
  return {{"run", report::as_json(record.run)},
          {"place", record.place},
          {"rank", base::number(record.rank)},
          {"waited_seconds", base::number(seconds(record.waited))},
          {"waits_for", waits ? Json(to_string(record.waits_for)) : Json(nullptr)},
          {"next_try", report::as_json(record.next_try)},
          {"worker", record.worker},
          {"halt", report::as_json(record.halt)},
          {"cancelled_by", record.cancelled_by}};
}

}  // namespace

Json as_json(const QueueHalt& record) {
  return {{"kind", to_string(record.kind)},
          {"actor", record.actor},
          {"reason", record.reason},
          {"since", as_json(record.since)},
          {"until", as_json(record.until)}};
}

Json as_json(const QueueReport& record) {
  Json entries = Json::array();
  for (const QueueEntry& entry : record.entries) entries.push_back(as_json(entry));
  return {{"schema", "retrain.queue/1"}, {"now", as_json(record.now)}, {"model", record.model}, {"halt", as_json(record.halt)},
          {"empty", record.empty},       {"waiting", record.waiting},  {"limit", record.limit}, {"entries", std::move(entries)}};
}

}  // namespace retrain::report
