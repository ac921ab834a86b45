// What a person does about the queue: cancel, halt, resume, requeue; each a single function to be run inside one transaction.
#pragma once

#include "transactions.hpp"

namespace retrain::store {

/// Why no run may be added now.
struct Refusal {
  bool draining = false;  ///< else the queue is full
  std::string reason;
  std::optional<Time> until;  ///< earliest instant at which the answer may change
};
Result<std::optional<Refusal>> room_in_queue(Connection& db, const Stamp& stamp, std::size_t max_queue);

/// Ends an open run as cancelled, gives its calendar slot back if it trained nothing, and reports it like every other ending.
/// Fails with lease_lost when `run` was claimed since it was read.
Status cancel_run(Connection& db, const Stamp& stamp, const RunRow& run, const std::string& reason);
/// The run as it stands afterwards. `dead` is the owner of the run who is known to live no more. Fails with conflict when the
/// run ended otherwise.
Result<RunRow> cancel_on_request(Connection& db, const Stamp& stamp, const CancelRequest& request, const std::string& dead);

Status halt_queue(Connection& db, const Stamp& stamp, HaltKind kind, const HaltRequest& request);
Status resume_queue(Connection& db, const Stamp& stamp, const ResumeRequest& request);
/// To be called with every ending: the last run of a queue that is drained says so.
Status report_drained(Connection& db, const Stamp& stamp);

/// The run in place of the one that failed, which is there already when this was asked before.
Result<RunRow> requeue_run(Connection& db, const Stamp& stamp, const RequeueRequest& request, std::size_t max_queue);

}  // namespace retrain::store
