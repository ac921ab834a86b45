// QueueOrder: which of several waiting runs goes first. Pure.
#pragma once

#include <retrain/queue.hpp>

#include "store/run_table.hpp"

namespace retrain::pipeline {

/// What the order needs to know of a run that waits.
struct Turn {
  RunId run;
  double severity = 0;
  Duration waited{};  ///< since it could have started first
  Time created{};
};

/// The severity, raised in proportion to the waiting: 1, the most urgent, after `ageing`. Without ageing (0) the severity alone.
double rank(const Turn& turn, Duration ageing);

/// Whether `one` goes before `other`: the higher rank, then the one created first, then the smaller id. A strict total order of
/// runs with different ids.
///
/// No run starves under it: whatever is created later than a run that waited `ageing` stays behind it.
bool goes_before(const Turn& one, const Turn& other, Duration ageing);

/// `run` as it stands in the queue at `now`.
Turn turn_of(const store::RunRow& run, const Instant& now);

/// When a run that waits may be tried: so long from now; negative = it is due since then. Steps of the wall clock do not count.
Duration due_in(const store::RunRow& run, const Instant& now);

/// The pause before the attempt that follows `failures` failures: doubled with each, at most `queue.max_backoff`, and shortened
/// by up to a quarter, by the random part of the run's id: it is the same for a run after each restart, so no pause is shorter
/// than the one before it, and runs that failed together come back apart.
Duration backoff_of(const QueueSettings& queue, const RunId& run, int failures);

}  // namespace retrain::pipeline
