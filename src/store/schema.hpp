// The tables: schema version 1, and what each later version added to it. docs/formats/state.md explains each. Times are
// microseconds UTC, ids are UUIDv7 text.
#pragma once

namespace retrain::store {

inline constexpr const char* schema_1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE bindings (
  model TEXT PRIMARY KEY, task TEXT NOT NULL, target TEXT NOT NULL, features TEXT NOT NULL, created_us INTEGER NOT NULL) STRICT;

CREATE TABLE runs (
  id TEXT PRIMARY KEY, model TEXT NOT NULL REFERENCES bindings(model),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished')),
  outcome TEXT NOT NULL CHECK (outcome IN ('none', 'promoted', 'rejected', 'data_not_ready', 'failed', 'cancelled', 'set_aside')),
  reason TEXT NOT NULL, asked_by TEXT NOT NULL, manual INTEGER NOT NULL CHECK (manual IN (0, 1)), mode TEXT,
  severity REAL NOT NULL, calendar_window TEXT NOT NULL, slot_taken INTEGER NOT NULL CHECK (slot_taken IN (0, 1)),
  created_us INTEGER NOT NULL, created_boot_us INTEGER NOT NULL, created_boot_id TEXT NOT NULL,
  not_before_us INTEGER NOT NULL, finished_us INTEGER, finished_boot_us INTEGER, finished_boot_id TEXT,
  trained INTEGER NOT NULL CHECK (trained IN (0, 1)), attempts INTEGER NOT NULL CHECK (attempts >= 0),
  owner TEXT NOT NULL, fence INTEGER NOT NULL, lease_until_us INTEGER NOT NULL,
  reserved_memory INTEGER NOT NULL, reserved_threads INTEGER NOT NULL,
  parts TEXT NOT NULL, candidate_sha256 TEXT NOT NULL,
  CHECK ((state = 'finished') = (outcome <> 'none')), CHECK ((state = 'finished') = (finished_us IS NOT NULL))) STRICT;
CREATE INDEX runs_waiting ON runs (model, state, severity, created_us) WHERE state <> 'finished';
CREATE UNIQUE INDEX runs_single_flight ON runs (model) WHERE state <> 'finished';

CREATE TABLE alerts (
  id TEXT PRIMARY KEY, model TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT NOT NULL, dedup_key TEXT NOT NULL,
  severity REAL, payload TEXT NOT NULL, received_us INTEGER NOT NULL, boot_us INTEGER NOT NULL, boot_id TEXT NOT NULL,
  verdict TEXT NOT NULL, reason TEXT NOT NULL, next_eligible_us INTEGER, clock_suspect INTEGER NOT NULL,
  run_id TEXT REFERENCES runs(id),
  CHECK ((verdict IN ('accepted', 'escalated', 'merged')) = (run_id IS NOT NULL))) STRICT;
CREATE INDEX alerts_identity ON alerts (model, source, source_id);
CREATE INDEX alerts_group ON alerts (model, dedup_key, received_us);
CREATE INDEX alerts_run ON alerts (run_id);
CREATE UNIQUE INDEX alerts_accepted ON alerts (run_id) WHERE verdict IN ('accepted', 'escalated');

CREATE TABLE steps (
  run_id TEXT NOT NULL REFERENCES runs(id), step TEXT NOT NULL, time_us INTEGER NOT NULL, fence INTEGER NOT NULL,
  result TEXT NOT NULL, PRIMARY KEY (run_id, step)) STRICT;

CREATE TABLE models (
  model TEXT NOT NULL REFERENCES bindings(model), sha256 TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES runs(id),
  description_sha256 TEXT NOT NULL, data_fingerprint TEXT NOT NULL, parameters_fingerprint TEXT NOT NULL, code_fingerprint TEXT NOT NULL,
  created_us INTEGER NOT NULL, PRIMARY KEY (model, sha256)) STRICT;

CREATE TABLE evaluations (
  run_id TEXT PRIMARY KEY REFERENCES runs(id), model TEXT NOT NULL, sha256 TEXT NOT NULL, holdout TEXT NOT NULL,
  context TEXT NOT NULL, session_sums TEXT NOT NULL, created_us INTEGER NOT NULL) STRICT;

CREATE TABLE deployments (
  model TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1), sha256 TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES runs(id),
  registry_run_id TEXT NOT NULL, registry_model_id TEXT NOT NULL, registry_version TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('promoted', 'rolled_back')),
  state TEXT NOT NULL CHECK (state IN ('provisional', 'stable', 'rolled_back', 'superseded')),
  reason TEXT NOT NULL, since_us INTEGER NOT NULL, predecessor_sha256 TEXT NOT NULL, activated_us INTEGER,
  known_sessions INTEGER NOT NULL,
  PRIMARY KEY (model, version), FOREIGN KEY (model, sha256) REFERENCES models (model, sha256)) STRICT;
CREATE UNIQUE INDEX deployments_promotion ON deployments (run_id) WHERE kind = 'promoted';

CREATE TABLE verifications (
  model TEXT NOT NULL, version INTEGER NOT NULL, ordinal INTEGER NOT NULL, session TEXT NOT NULL, rows INTEGER NOT NULL,
  champion_loss REAL NOT NULL, predecessor_loss REAL, time_us INTEGER NOT NULL,
  PRIMARY KEY (model, version, session), FOREIGN KEY (model, version) REFERENCES deployments (model, version)) STRICT;

CREATE TABLE detections (
  model TEXT NOT NULL, version INTEGER NOT NULL, sessions INTEGER NOT NULL, time_us INTEGER NOT NULL, alert_id TEXT NOT NULL,
  PRIMARY KEY (model, version, sessions)) STRICT;

CREATE TABLE stable_models (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, sha256 TEXT NOT NULL, run_id TEXT NOT NULL,
  registry_run_id TEXT NOT NULL, registry_model_id TEXT NOT NULL, registry_version TEXT NOT NULL, time_us INTEGER NOT NULL,
  UNIQUE (model, sha256)) STRICT;

CREATE TABLE quarantine (
  model TEXT NOT NULL, data_fingerprint TEXT NOT NULL, parameters_fingerprint TEXT NOT NULL, code_fingerprint TEXT NOT NULL,
  sha256 TEXT NOT NULL, reason TEXT NOT NULL, time_us INTEGER NOT NULL,
  PRIMARY KEY (model, data_fingerprint, parameters_fingerprint, code_fingerprint, sha256)) STRICT;

CREATE TABLE holds (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, kind TEXT NOT NULL,
  since_us INTEGER NOT NULL, until_us INTEGER, lifted_us INTEGER, lifted_by TEXT, lift_reason TEXT) STRICT;

CREATE TABLE calendar_counts (
  model TEXT NOT NULL, window TEXT NOT NULL, taken INTEGER NOT NULL CHECK (taken >= 0), PRIMARY KEY (model, window)) STRICT;

CREATE TABLE sessions (
  model TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, rows INTEGER NOT NULL,
  used_rows INTEGER NOT NULL, time_us INTEGER, seen_us INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  PRIMARY KEY (model, id), UNIQUE (model, ordinal)) STRICT;

CREATE TABLE footprints (
  run_id TEXT PRIMARY KEY REFERENCES runs(id), model TEXT NOT NULL, memory_bytes INTEGER NOT NULL, cpu_seconds REAL NOT NULL,
  threads INTEGER NOT NULL, data_bytes INTEGER NOT NULL, finished_us INTEGER NOT NULL) STRICT;

CREATE TABLE outbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, type TEXT NOT NULL, run_id TEXT NOT NULL,
  time_us INTEGER NOT NULL, data TEXT NOT NULL, attempts INTEGER NOT NULL, next_try_us INTEGER NOT NULL, delivered_us INTEGER) STRICT;
CREATE INDEX outbox_pending ON outbox (model, sequence) WHERE delivered_us IS NULL;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY, model TEXT NOT NULL, time_us INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
  previous_hash TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
)sql";

// Version 2: the alpha ledger, the settings behind a judgement, what a run waits on, digests of files, and deliveries.
inline constexpr const char* schema_2 = R"sql(
ALTER TABLE evaluations ADD COLUMN settings TEXT NOT NULL DEFAULT '';

CREATE TABLE alpha_ledger (
  model TEXT NOT NULL, sequence INTEGER NOT NULL CHECK (sequence >= 1), run_id TEXT NOT NULL REFERENCES runs(id), actor TEXT NOT NULL,
  candidate_sha256 TEXT NOT NULL, production_sha256 TEXT NOT NULL, holdout TEXT NOT NULL, settings TEXT NOT NULL,
  sessions TEXT NOT NULL, fresh_sessions INTEGER NOT NULL, lag INTEGER NOT NULL, rule TEXT NOT NULL,
  wealth_before REAL, level REAL NOT NULL CHECK (level > 0 AND level < 1), reserved_us INTEGER NOT NULL,
  p REAL, verdict TEXT NOT NULL, promoted INTEGER CHECK (promoted IN (0, 1)), settled_us INTEGER,
  PRIMARY KEY (model, sequence)) STRICT;
CREATE INDEX alpha_ledger_run ON alpha_ledger (run_id);

CREATE TABLE silences (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
  dedup_key TEXT NOT NULL, since_us INTEGER NOT NULL, until_us INTEGER NOT NULL, lifted_us INTEGER, lifted_by TEXT) STRICT;

ALTER TABLE runs ADD COLUMN waits_on TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN waits_for TEXT NOT NULL DEFAULT 'turn' CHECK (waits_for IN ('turn', 'time', 'data', 'resources', 'retry'));
ALTER TABLE runs ADD COLUMN since_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN since_boot_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN since_boot_id TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN delay_us INTEGER NOT NULL DEFAULT 0 CHECK (delay_us >= 0);
ALTER TABLE runs ADD COLUMN begun_us INTEGER;
ALTER TABLE runs ADD COLUMN begun_boot_us INTEGER;
ALTER TABLE runs ADD COLUMN begun_boot_id TEXT;
ALTER TABLE runs ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN cancel_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN requeued_from TEXT NOT NULL DEFAULT '';
UPDATE runs SET since_us = created_us, since_boot_us = created_boot_us, since_boot_id = created_boot_id;
UPDATE runs SET begun_us = created_us, begun_boot_us = created_boot_us, begun_boot_id = created_boot_id WHERE fence > 0;
ALTER TABLE footprints ADD COLUMN rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE footprints ADD COLUMN rounds INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX runs_requeued ON runs (requeued_from) WHERE requeued_from <> '';

CREATE INDEX runs_created ON runs (model, created_us);
CREATE INDEX runs_ended ON runs (model, finished_us) WHERE state = 'finished';

ALTER TABLE alerts ADD COLUMN group_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN group_worst REAL NOT NULL DEFAULT 0;
UPDATE alerts SET group_count = 1, group_worst = coalesce(severity, 0) WHERE verdict IN ('accepted', 'escalated', 'merged', 'debounced');
DROP INDEX alerts_group;
CREATE INDEX alerts_opening ON alerts (model, dedup_key, received_us) WHERE verdict IN ('accepted', 'escalated');
CREATE INDEX alerts_counted ON alerts (model, dedup_key, received_us) WHERE verdict IN ('accepted', 'escalated', 'merged', 'debounced');
CREATE INDEX alerts_resolved ON alerts (model, dedup_key) WHERE verdict = 'resolved';
DROP INDEX alerts_run;
CREATE INDEX alerts_run ON alerts (run_id, received_us) WHERE run_id IS NOT NULL;

CREATE TABLE queue_halts (
  model TEXT PRIMARY KEY REFERENCES bindings(model), kind TEXT NOT NULL CHECK (kind IN ('paused', 'draining')),
  actor TEXT NOT NULL, reason TEXT NOT NULL, since_us INTEGER NOT NULL, until_us INTEGER) STRICT;

CREATE TABLE lease_sightings (
  run_id TEXT NOT NULL REFERENCES runs(id), boot_id TEXT NOT NULL, fence INTEGER NOT NULL, lease_until_us INTEGER NOT NULL,
  seen_boot_us INTEGER NOT NULL, PRIMARY KEY (run_id, boot_id)) STRICT;

CREATE TABLE file_digests (
  model TEXT NOT NULL REFERENCES bindings(model), path TEXT NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
  changed_ns INTEGER NOT NULL, inode INTEGER NOT NULL, md5 TEXT NOT NULL, PRIMARY KEY (model, path)) STRICT;

CREATE TABLE delivery_targets (
  model TEXT NOT NULL REFERENCES bindings(model), target TEXT NOT NULL, seen_sequence INTEGER NOT NULL, failures INTEGER NOT NULL,
  paused_until_us INTEGER, switched_off_us INTEGER, reason TEXT NOT NULL, PRIMARY KEY (model, target)) STRICT;

CREATE TABLE deliveries (
  model TEXT NOT NULL, target TEXT NOT NULL, sequence INTEGER NOT NULL REFERENCES outbox(sequence),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up', 'dropped')), attempts INTEGER NOT NULL,
  next_try_us INTEGER, reason TEXT NOT NULL, settled_us INTEGER, PRIMARY KEY (model, target, sequence),
  FOREIGN KEY (model, target) REFERENCES delivery_targets (model, target),
  CHECK ((state = 'waiting') = (settled_us IS NULL))) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (model, target, next_try_us) WHERE state = 'waiting';
)sql";

}  // namespace retrain::store
