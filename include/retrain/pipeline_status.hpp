// Records that a Pipeline answers with.
#pragma once

#include <optional>
#include <retrain/alert.hpp>
#include <retrain/drift_detector.hpp>
#include <retrain/model_ref.hpp>
#include <retrain/queue.hpp>
#include <retrain/run.hpp>
#include <retrain/verifier.hpp>
#include <string>
#include <vector>

namespace retrain {

/// One move of the production pointer.
struct DeployedModel {
  std::int64_t version = 0;  ///< 1, 2, … without a gap
  ModelRef model;
  DeploymentState state = DeploymentState::provisional;
  std::string reason;  ///< "promoted", "rolled back: …"
  Time since{};
  bool in_production = false;
  bool quarantined = false;
};

struct StoredAlert {
  Alert alert;
  AlertDecision decision;
  Time received{};
};

struct Hold {
  std::string actor;
  std::string reason;
  std::optional<Time> until;  ///< empty = until lifted
};

struct Lift {
  std::string actor;
  std::string reason;
};

/// Alerts of one key, or of any, that start nothing for a while.
struct Silence {
  std::int64_t id = 0;  ///< filled by the pipeline
  std::string actor;
  std::string reason;
  std::string dedup_key;  ///< empty = every alert of the model
  Time until{};
};

struct RollbackRequest {
  std::string actor;
  std::string reason;
  std::string to_sha256;    ///< a stable model; empty = the newest before the present one
  bool dry_run = false;     ///< only say what would be done
  bool trust_hash = false;  ///< go to a model that this process cannot load
};

struct RollbackReport {
  bool done = false;  ///< false: nothing changed, see `reason`
  bool dry_run = false;
  std::string reason;
  std::optional<ModelRef> from;
  std::optional<ModelRef> to;
  std::optional<Time> hold_until;
};

/// What one tick did.
struct TickReport {
  bool idle = true;                   ///< nothing was due
  std::vector<AlertDecision> alerts;  ///< raised by the detector
  std::optional<Detection> detection;
  std::optional<RunReport> run;  ///< the run that was taken up
  std::optional<Verification> verification;
  std::optional<RollbackReport> rollback;
  int events_delivered = 0;
  int events_pending = 0;
  std::optional<Time> next_due;  ///< when something will be due, if known
  std::vector<std::string> notes;
};

/// What repeated gates have drawn from the error budget.
struct AlphaStatus {
  std::string method;     ///< `validation.lifetime`
  double next_level = 0;  ///< one-sided, of a gate now with a fresh holdout
  double spent = 0;       ///< sum of the levels so far
  std::size_t tests = 0;  ///< levels reserved
  std::size_t promotions = 0;
  double false_share = 0;  ///< estimated share of false promotions
};

struct PipelineStatus {
  std::string model;
  std::string state_directory;
  Time now{};
  std::optional<DeployedModel> production;
  std::optional<DeployedModel> stable;
  std::optional<Verification> verification;  ///< of a provisional champion
  std::optional<Hold> hold;
  bool safe_mode = false;  ///< too many rollbacks: nothing is promoted until the hold is lifted
  std::size_t queued = 0;
  std::optional<QueueHalt> halt;  ///< the queue is paused or drained
  std::optional<RunSummary> active;
  std::optional<RunSummary> last_run;
  std::optional<Time> next_eligible_at;  ///< for a new alert
  std::size_t events_pending = 0;
  std::size_t sessions_known = 0;
  std::string newest_session;
  AlphaStatus alpha;
};

struct HealthFinding {
  std::string invariant;  ///< "I5 production model loads"
  bool ok = true;
  std::string message;  ///< what is wrong, or "not_verifiable_here: …"
};

struct HealthReport {
  bool ok = true;
  std::vector<HealthFinding> findings;
};

struct ReplayReport {
  RunId run_id;
  bool agrees = false;
  std::string message;
  GateReport gate;
  Comparison comparison;
  std::size_t levels = 0;  ///< rows of the alpha ledger that were computed again, up to this run's
};

}  // namespace retrain
