#include "queue_order.hpp"

#include <retrain/decision_settings.hpp>

#include <algorithm>
#include <tuple>

namespace retrain::pipeline {

double rank(const Turn& turn, Duration ageing) {
  if (ageing <= Duration{}) return turn.severity;
  if (turn.waited >= ageing) return 1;
  const double share = static_cast<double>(turn.waited.count()) / static_cast<double>(ageing.count());
  return turn.severity + (1 - turn.severity) * std::max(share, 0.0);
}

bool goes_before(const Turn& one, const Turn& other, Duration ageing) {
  return std::make_tuple(-rank(one, ageing), one.created, std::cref(one.run)) <
         std::make_tuple(-rank(other, ageing), other.created, std::cref(other.run));
}

Turn turn_of(const store::RunRow& run, const Instant& now) {
  return {run.id, run.severity, std::max(elapsed(run.created, now) - run.delay, Duration{}), run.created.wall};
}

Duration due_in(const store::RunRow& run, const Instant& now) {
  return (run.not_before - run.since.wall) - elapsed(run.since, now);
}

Duration backoff_of(const QueueSettings& queue, const RunId& run, int failures) {
  Duration pause = std::min(queue.backoff, queue.max_backoff);
  for (int i = 1; i < failures && pause < queue.max_backoff; ++i) pause = std::min(2 * pause, queue.max_backoff);
  // The last twelve digits of a UUIDv7 are random, or follow from the seed of a simulation.
  std::uint64_t random = 0;
  for (const char c : std::string_view(run).substr(run.size() - std::min<std::size_t>(run.size(), 12))) {
    random = random * 16 + static_cast<std::uint64_t>(c >= 'a' ? c - 'a' + 10 : c - '0') % 16;
  }
  const double share = static_cast<double>(random) * 0x1p-48;
  return pause - Duration(static_cast<std::int64_t>(static_cast<double>(pause.count()) * share / 4));
}

}  // namespace retrain::pipeline
