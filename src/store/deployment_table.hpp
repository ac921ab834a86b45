// Deployments: the whole history of the production pointer, what is verified about it, and what is quarantined.
#pragma once

#include <retrain/model_registry.hpp>
#include <retrain/pipeline_status.hpp>
#include <retrain/rollback_store.hpp>
#include <retrain/verifier.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

struct DeploymentRow {
  std::int64_t version = 0;
  ModelRef ref;
  std::string kind;  ///< promoted | rolled_back
  DeploymentState state = DeploymentState::provisional;
  std::string reason;
  Time since{};
  std::string predecessor_sha256;   ///< empty = it was the first
  std::optional<Time> activated;    ///< empty = serving has not been told yet
  std::int64_t known_sessions = 0;  ///< sessions with a higher ordinal are later than it
};

struct ModelRow {
  std::string sha256, run_id, description_sha256;
  Fingerprint fingerprint;
};

Status insert_model(Connection& db, const std::string& model, const ModelRow& row, Time now);
Result<ModelRow> load_model(Connection& db, const std::string& model, const std::string& sha256);

/// Models whose files nothing needs any more, the newest first: never stable, not in production, not what production is verified
/// against, no candidate of an open run, and of no other model of the state. Empty while any run is under way: it may be about to
/// make the same bytes again.
Result<std::vector<std::string>> list_unneeded_models(Connection& db, const std::string& model);

/// The newest row is production.
Result<std::optional<DeploymentRow>> current_deployment(Connection& db, const std::string& model);
Result<std::optional<DeploymentRow>> deployment_of_run(Connection& db, const std::string& model, const RunId& run);
Result<std::vector<DeploymentRow>> list_deployments(Connection& db, const std::string& model, std::size_t limit);
/// Moves the pointer: version + 1. The version must be the one after `seen`, or nothing changes (conflict).
Status insert_deployment(Connection& db, const std::string& model, const DeploymentRow& row);
Status set_deployment_state(Connection& db, const std::string& model, std::int64_t version, DeploymentState state,
                            const std::string& reason);
Status mark_activated(Connection& db, const std::string& model, std::int64_t version, Time now);
Result<int> count_rollbacks(Connection& db, const std::string& model, Time since);

Status insert_verification(Connection& db, const std::string& model, std::int64_t version, std::int64_t ordinal,
                           const VerificationSession& session, bool has_predecessor, Time now);
struct ScoredSession {
  VerificationSession session;
  bool has_predecessor = false;
};
Result<std::vector<ScoredSession>> list_verifications(Connection& db, const std::string& model, std::int64_t version);

struct DetectionRow {
  std::int64_t sessions = 0;
  Time time{};
};
Status insert_detection(Connection& db, const std::string& model, std::int64_t version, const DetectionRow& row,
                        const std::string& alert);
Result<std::vector<DetectionRow>> list_detections(Connection& db, const std::string& model, std::int64_t version);

Status insert_stable(Connection& db, const std::string& model, const ModelRef& ref, Time now);
/// Newest first, quarantined ones left out.
Result<std::vector<ModelRef>> list_stable(Connection& db, const std::string& model, std::size_t limit);
Result<std::optional<ModelRef>> first_stable(Connection& db, const std::string& model);
Status insert_quarantine(Connection& db, const std::string& model, const Quarantine& quarantine, Time now);
Result<bool> is_quarantined(Connection& db, const std::string& model, const Fingerprint& fingerprint);
Result<bool> is_quarantined_hash(Connection& db, const std::string& model, const std::string& sha256);

}  // namespace retrain::store
