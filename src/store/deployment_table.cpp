#include "deployment_table.hpp"

namespace retrain::store {
namespace {

DeploymentState state_of(const std::string& text) {
  for (const DeploymentState state : {DeploymentState::stable, DeploymentState::rolled_back, DeploymentState::superseded}) {
    if (to_string(state) == text) return state;
  }
  return DeploymentState::provisional;
}

ModelRef read_ref(const Statement& row, int column) {
  return {row.text(column), row.text(column + 1), row.text(column + 2), row.text(column + 3), row.text(column + 4)};
}

Result<DeploymentRow> load_deployment(Connection& db, const std::string& model, std::int64_t version) {
  auto row = db.prepare(
      "SELECT sha256, run_id, registry_run_id, registry_model_id, registry_version, kind, state, reason, since_us, "
      "predecessor_sha256, "
      "activated_us, known_sessions FROM deployments WHERE model = $1 AND version = $2");
  row.with(model, version);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return Status{StatusCode::not_found, model + " has no deployment " + std::to_string(version)};
  return DeploymentRow{version,     read_ref(row, 0), row.text(5),        state_of(row.text(6)), row.text(7),
                       row.time(8), row.text(9),      row.maybe_time(10), row.integer(11)};
}

Result<std::vector<DeploymentRow>> load_all(Connection& db, const std::string& model, Statement versions) {
  std::vector<std::int64_t> found;
  for (;;) {
    const auto more = versions.next();
    if (!more) return more.status();
    if (!*more) break;
    found.push_back(versions.integer(0));
  }
  std::vector<DeploymentRow> rows;
  for (const auto version : found) {
    auto row = load_deployment(db, model, version);
    if (!row) return row.status();
    rows.push_back(std::move(*row));
  }
  return rows;
}

Result<std::vector<ModelRef>> read_refs(Statement row) {
  std::vector<ModelRef> refs;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return refs;
    refs.push_back(read_ref(row, 0));
  }
}

Result<bool> exists(Statement row) {
  return row.next();
}

}  // namespace

Status insert_model(Connection& db, const std::string& model, const ModelRow& row, Time now) {
  // The same bytes may be trained again by a later run: the first run that made them keeps them.
  return db
      .prepare(
          "INSERT INTO models (model, sha256, run_id, description_sha256, data_fingerprint, parameters_fingerprint, "
          "code_fingerprint, "
          "created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (model, sha256) DO NOTHING")
      .with(model, row.sha256, row.run_id, row.description_sha256, row.fingerprint.data, row.fingerprint.parameters,
            row.fingerprint.code, now)
      .run();
}

Result<ModelRow> load_model(Connection& db, const std::string& model, const std::string& sha256) {
  auto row = db.prepare(
      "SELECT run_id, description_sha256, data_fingerprint, parameters_fingerprint, code_fingerprint FROM models "
      "WHERE model = $1 AND sha256 = $2");
  row.with(model, sha256);
  const auto found = row.next();
  if (!found) return found.status();
  if (!*found) return Status{StatusCode::not_found, model + " has no model " + sha256};
  return ModelRow{sha256, row.text(0), row.text(1), {row.text(2), row.text(3), row.text(4)}};
}

Result<std::vector<std::string>> list_unneeded_models(Connection& db, const std::string& model) {
  auto row = db.prepare(
      "SELECT sha256 FROM models WHERE model = $1 AND NOT EXISTS (SELECT 1 FROM runs WHERE state = 'running') "
      "AND sha256 NOT IN (SELECT sha256 FROM stable_models) AND sha256 NOT IN (SELECT sha256 FROM models WHERE model <> $1) "
      "AND sha256 NOT IN (SELECT candidate_sha256 FROM runs WHERE state <> 'finished') "
      "AND sha256 NOT IN (SELECT sha256 FROM deployments WHERE model = $1 AND version = (SELECT max(version) FROM deployments "
      "WHERE model = $1)) AND sha256 NOT IN (SELECT predecessor_sha256 FROM deployments WHERE model = $1 AND version = (SELECT "
      "max(version) FROM deployments WHERE model = $1)) ORDER BY created_us DESC, sha256");
  row.with(model);
  std::vector<std::string> found;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return found;
    found.push_back(row.text(0));
  }
}

Result<std::optional<DeploymentRow>> current_deployment(Connection& db, const std::string& model) {
  auto rows = list_deployments(db, model, 1);
  if (!rows) return rows.status();
  if (rows->empty()) return std::optional<DeploymentRow>{};
  return std::optional<DeploymentRow>(std::move(rows->front()));
}

Result<std::optional<DeploymentRow>> deployment_of_run(Connection& db, const std::string& model, const RunId& run) {
  auto versions = db.prepare("SELECT version FROM deployments WHERE model = $1 AND run_id = $2 AND kind = 'promoted'");
  versions.with(model, run);
  auto rows = load_all(db, model, std::move(versions));
  if (!rows) return rows.status();
  if (rows->empty()) return std::optional<DeploymentRow>{};
  return std::optional<DeploymentRow>(std::move(rows->front()));
}

Result<std::vector<DeploymentRow>> list_deployments(Connection& db, const std::string& model, std::size_t limit) {
  auto versions = db.prepare("SELECT version FROM deployments WHERE model = $1 ORDER BY version DESC LIMIT $2");
  versions.with(model, limit);
  return load_all(db, model, std::move(versions));
}

Status insert_deployment(Connection& db, const std::string& model, const DeploymentRow& row) {
  auto insert = db.prepare(
      "INSERT INTO deployments (model, version, sha256, run_id, registry_run_id, registry_model_id, registry_version, kind, "
      "state, reason, "
      "since_us, predecessor_sha256, activated_us, known_sessions) "
      "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, $13 "
      "WHERE $2 = (SELECT coalesce(max(version), 0) + 1 FROM deployments WHERE model = $1)");
  insert.with(model, row.version, row.ref.sha256, row.ref.run_id, row.ref.registry_run_id, row.ref.registry_model_id,
              row.ref.registry_version, row.kind, to_string(row.state), row.reason, row.since, row.predecessor_sha256,
              row.known_sessions);
  if (Status status = insert.run(); !status) return status;
  if (insert.changes() == 1) return {};
  return {StatusCode::conflict,
          "production of " + model + " moved meanwhile: version " + std::to_string(row.version) + " is taken"};
}

Status set_deployment_state(Connection& db, const std::string& model, std::int64_t version, DeploymentState state,
                            const std::string& reason) {
  return db.prepare("UPDATE deployments SET state = $3, reason = $4 WHERE model = $1 AND version = $2")
      .with(model, version, to_string(state), reason)
      .run();
}

Status mark_activated(Connection& db, const std::string& model, std::int64_t version, Time now) {
  return db.prepare("UPDATE deployments SET activated_us = $3 WHERE model = $1 AND version <= $2 AND activated_us IS NULL")
      .with(model, version, now)
      .run();
}

Result<int> count_rollbacks(Connection& db, const std::string& model, Time since) {
  auto row = db.prepare("SELECT count(*) FROM deployments WHERE model = $1 AND kind = 'rolled_back' AND since_us > $2");
  row.with(model, since);
  const auto found = row.next();
  if (!found) return found.status();
  return static_cast<int>(row.integer(0));
}

Status insert_verification(Connection& db, const std::string& model, std::int64_t version, std::int64_t ordinal,
                           const VerificationSession& session, bool has_predecessor, Time now) {
  return db
      .prepare(
          "INSERT INTO verifications (model, version, ordinal, session, rows, champion_loss, predecessor_loss, time_us) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (model, version, session) DO NOTHING")
      .with(model, version, ordinal, session.session, session.rows, session.champion_loss,
            has_predecessor ? std::optional<double>(session.predecessor_loss) : std::nullopt, now)
      .run();
}

Result<std::vector<ScoredSession>> list_verifications(Connection& db, const std::string& model, std::int64_t version) {
  auto row = db.prepare(
      "SELECT session, rows, champion_loss, predecessor_loss FROM verifications WHERE model = $1 AND version = $2 ORDER BY "
      "ordinal");
  row.with(model, version);
  std::vector<ScoredSession> sessions;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return sessions;
    sessions.push_back({{row.text(0), row.integer(1), row.real(2), row.is_null(3) ? 0 : row.real(3)}, !row.is_null(3)});
  }
}

Status insert_detection(Connection& db, const std::string& model, std::int64_t version, const DetectionRow& row,
                        const std::string& alert) {
  return db.prepare("INSERT INTO detections (model, version, sessions, time_us, alert_id) VALUES ($1, $2, $3, $4, $5)")
      .with(model, version, row.sessions, row.time, alert)
      .run();
}

Result<std::vector<DetectionRow>> list_detections(Connection& db, const std::string& model, std::int64_t version) {
  auto row = db.prepare("SELECT sessions, time_us FROM detections WHERE model = $1 AND version = $2 ORDER BY sessions");
  row.with(model, version);
  std::vector<DetectionRow> rows;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return rows;
    rows.push_back({row.integer(0), row.time(1)});
  }
}

Status insert_stable(Connection& db, const std::string& model, const ModelRef& ref, Time now) {
  return db
      .prepare(
          "INSERT INTO stable_models (model, sha256, run_id, registry_run_id, registry_model_id, registry_version, time_us) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (model, sha256) DO NOTHING")
      .with(model, ref.sha256, ref.run_id, ref.registry_run_id, ref.registry_model_id, ref.registry_version, now)
      .run();
}

Result<std::vector<ModelRef>> list_stable(Connection& db, const std::string& model, std::size_t limit) {
  auto row = db.prepare(
      "SELECT sha256, run_id, registry_run_id, registry_model_id, registry_version FROM stable_models WHERE model = $1 "
      "AND sha256 NOT IN (SELECT sha256 FROM quarantine WHERE model = $1) ORDER BY sequence DESC LIMIT $2");
  row.with(model, limit);
  return read_refs(std::move(row));
}

Result<std::optional<ModelRef>> first_stable(Connection& db, const std::string& model) {
  auto row = db.prepare(
      "SELECT sha256, run_id, registry_run_id, registry_model_id, registry_version FROM stable_models WHERE model = $1 "
      "ORDER BY sequence LIMIT 1");
  row.with(model);
  auto refs = read_refs(std::move(row));
  if (!refs) return refs.status();
  if (refs->empty()) return std::optional<ModelRef>{};
  return std::optional<ModelRef>(std::move(refs->front()));
}

Status insert_quarantine(Connection& db, const std::string& model, const Quarantine& quarantine, Time now) {
  const auto& [data, parameters, code] = quarantine.fingerprint;
  return db
      .prepare(
          "INSERT INTO quarantine (model, data_fingerprint, parameters_fingerprint, code_fingerprint, sha256, reason, time_us) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING")
      .with(model, data, parameters, code, quarantine.sha256, quarantine.reason, now)
      .run();
}

Result<bool> is_quarantined(Connection& db, const std::string& model, const Fingerprint& fingerprint) {
  auto row = db.prepare(
      "SELECT 1 FROM quarantine WHERE model = $1 AND data_fingerprint = $2 AND parameters_fingerprint = $3 AND code_fingerprint "
      "= $4");
  row.with(model, fingerprint.data, fingerprint.parameters, fingerprint.code);
  return exists(std::move(row));
}

Result<bool> is_quarantined_hash(Connection& db, const std::string& model, const std::string& sha256) {
  auto row = db.prepare("SELECT 1 FROM quarantine WHERE model = $1 AND sha256 = $2");
  row.with(model, sha256);
  return exists(std::move(row));
}

}  // namespace retrain::store
