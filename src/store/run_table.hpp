// Runs: the queue and the history in one table. A running row is a lease: owner, fence, expiry.
#pragma once

#include <retrain/queue.hpp>
#include <retrain/resource_manager.hpp>
#include <retrain/run.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

struct RunRow {
  RunId id;
  std::string model;
  RunState state = RunState::queued;
  Outcome outcome = Outcome::none;
  std::string reason, asked_by;
  bool manual = false;
  std::optional<std::string> mode;
  double severity = 0;
  std::string calendar_window;
  bool slot_taken = false;
  Instant created;
  Time not_before{};
  std::optional<Instant> finished;
  bool trained = false;
  int attempts = 0;
  std::string owner;
  std::int64_t fence = 0;
  Time lease_until{};
  std::string parts, candidate_sha256;
  std::string waits_on;  ///< marks of the data it waits for: once they change, it need not wait for `not_before`; or the run
                         ///< that goes first
  WaitsFor waits_for = WaitsFor::turn;
  Instant since;                 ///< when `not_before` was laid down: the pause between them is what must pass
  Duration delay{};              ///< from `created` to the first start that was asked for
  std::optional<Instant> begun;  ///< the first claim
  std::string cancelled_by, cancel_reason;
  RunId requeued_from;
};

/// A claimed run, as its worker holds it. Every write names owner and fence, so that a lost lease cannot write.
struct Lease {
  RunId run;
  std::string owner;
  std::int64_t fence = 0;
};

/// Why a claimed run goes back to the queue, and until when.
struct Wait {
  Time not_before{};
  WaitsFor waits_for = WaitsFor::turn;
  std::string reason;
  std::string waits_on;         ///< see RunRow
  std::optional<int> attempts;  ///< what the count of attempts becomes; empty = this claim was one of them
};

Status insert_run(Connection& db, const RunRow& run);
/// Fails with not_found, naming the id.
Result<RunRow> load_run(Connection& db, const RunId& id);
/// Newest first.
Result<std::vector<RunRow>> list_runs(Connection& db, const std::string& model, const RunQuery& query);
/// The run of `model` that is not finished, if any.
Result<std::optional<RunRow>> open_run(Connection& db, const std::string& model);
Result<std::optional<RunRow>> last_finished_run(Connection& db, const std::string& model, bool trained_only);
/// When the newest `limit` runs of `model` that an alert asked for, and that trained or still may, were asked for; oldest first.
Result<std::vector<Instant>> recent_runs(Connection& db, const std::string& model, std::size_t limit);
/// When the newest alert behind a run arrived; nothing for a run that a person asked for.
Result<std::optional<Time>> newest_alert(Connection& db, const RunId& run);
/// Every run that waits, over all models of the state directory.
Result<std::size_t> count_queued(Connection& db);

/// Raises the severity behind a run that waits.
Status raise_severity(Connection& db, const RunId& id, double severity);
/// Takes a queued run, or a running one whose owner and fence are still `seen`: attempt, fence and lease in one row.
Result<Lease> take_lease(Connection& db, const RunRow& seen, const std::string& owner, Time lease_until, const std::string& parts,
                         const Instant& now);
/// Fails with lease_lost when another worker owns the run now.
Status check_lease(Connection& db, const Lease& lease);
Status extend_lease(Connection& db, const Lease& lease, Time lease_until);
/// Fails with unavailable when the reservations of others are not `seen` any more.
Status reserve(Connection& db, const Lease& lease, const Admission& admission, const std::vector<Footprint>& seen);
Status mark_trained(Connection& db, const Lease& lease, const std::string& candidate_sha256);
/// Back to the queue.
Status release_lease(Connection& db, const Lease& lease, const Wait& wait, const Instant& now);
/// Ends the run: outcome, reason, time; reservation and lease go, and so does the calendar slot when nothing was trained. The
/// "lease" of a run that waits has no owner.
Status finish_run(Connection& db, const Lease& lease, Outcome outcome, const std::string& reason, const Instant& now);

/// Reservations of the runs that are under way, over all models.
Result<std::vector<Footprint>> running_footprints(Connection& db);
Status insert_footprint(Connection& db, const std::string& model, const Footprint& footprint, Time now);
Result<FootprintHistory> footprint_history(Connection& db, const std::string& model, std::size_t limit);

Status insert_step(Connection& db, const Lease& lease, Step step, const std::string& result, Time now);
struct StepRow {
  Step step = Step::readiness;
  Time time{};
  std::string result;
};
Result<std::vector<StepRow>> list_steps(Connection& db, const RunId& run);

}  // namespace retrain::store
