#include "transactions.hpp"

#include "alpha_table.hpp"
#include "audit.hpp"
#include "base/json.hpp"
#include "queue_control.hpp"
#include "queue_table.hpp"

namespace retrain::store {
namespace {

using base::Json;

Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

Status become_stable(Connection& db, const Stamp& stamp, const DeploymentRow& row, const std::string& reason) {
  if (Status status = insert_stable(db, stamp.model, row.ref, stamp.now.wall); !status) return status;
  const Json data = {{"version", row.version}, {"sha256", row.ref.sha256}, {"reason", reason}};
  return record(db, stamp, "model.stable", row.ref.run_id, base::dump(data));
}

/// Moves the pointer to a candidate. The first model has nobody to be verified against: it is stable at once.
Status promote(Connection& db, const Stamp& stamp, const Lease& lease, const Ending& ending) {
  const auto held = active_hold(db, stamp.model, stamp.now.wall);
  if (!held) return held.status();
  const auto run = load_run(db, lease.run);
  if (!run) return run.status();
  if (!run->cancelled_by.empty()) return {StatusCode::cancelled, "run " + run->id + " is cancelled by " + run->cancelled_by};
  // A person who asks for a run overrides a person's hold, but nobody overrides safe mode except by lifting it.
  if (*held && (!run->manual || (*held)->kind == "safe_mode")) {
    return {StatusCode::conflict, "promotion is held by " + (*held)->hold.actor + ": " + (*held)->hold.reason};
  }
  const auto current = current_deployment(db, stamp.model);
  if (!current) return current.status();
  DeploymentRow row;
  row.version = *current ? (*current)->version + 1 : 1;
  row.ref = *ending.promoted;
  row.kind = "promoted";
  row.state = *current ? DeploymentState::provisional : DeploymentState::stable;
  row.reason = *current ? ending.reason : "first";
  row.since = stamp.now.wall;
  row.known_sessions = ending.known_sessions;
  if (*current) {
    const DeploymentRow& old = **current;
    if (old.state == DeploymentState::provisional) {
      // The last stable model stays the one to be verified against: a skipped champion was never confirmed.
      const Status status =
          set_deployment_state(db, stamp.model, old.version, DeploymentState::superseded, "superseded before it was confirmed");
      if (!status) return status;
      row.predecessor_sha256 = old.predecessor_sha256;
    } else {
      row.predecessor_sha256 = old.ref.sha256;
    }
  }
  if (Status status = insert_deployment(db, stamp.model, row); !status) return status;
  return *current ? Status{} : become_stable(db, stamp, row, "first");
}

}  // namespace

Status record(Connection& db, const Stamp& stamp, std::string_view type, const std::string& run, const std::string& data_json) {
  const Event event{stamp.ids.next(stamp.now.wall), std::string(type), stamp.now.wall, stamp.model, run, data_json};
  if (Status status = insert_event(db, event); !status) return status;
  const auto data = base::parse_json(data_json);
  const Json line = {{"event", event.id}, {"run", run}, {"data", data ? *data : Json(data_json)}};
  return append_audit(db, stamp.model, type, base::dump(line), stamp.now.wall);
}

Result<Lease> claim_run(Connection& db, const Stamp& stamp, const RunRow& seen, const std::string& owner, Time lease_until,
                        const std::string& parts, bool allow_other_parts) {
  if (!allow_other_parts && !seen.parts.empty() && seen.parts != parts) {
    return Status{StatusCode::conflict, "run " + seen.id + " was begun with parts " + seen.parts + ", this process has " + parts};
  }
  const auto halt = active_halt(db, stamp.model, stamp.now.wall);
  if (!halt) return halt.status();
  if (*halt && (*halt)->kind == HaltKind::paused && seen.cancelled_by.empty()) {
    return Status{StatusCode::conflict, "the queue is paused by " + (*halt)->actor + ": " + (*halt)->reason};
  }
  auto lease = take_lease(db, seen, owner, lease_until, parts, stamp.now);
  if (!lease) return lease;
  if (Status status = forget_sightings(db, seen.id); !status) return status;
  const Json line = {{"run", seen.id}, {"owner", owner}, {"fence", lease->fence}, {"attempt", seen.attempts + 1}};
  if (Status status = append_audit(db, stamp.model, "run.claimed", base::dump(line), stamp.now.wall); !status) return status;
  return lease;
}

Status postpone_run(Connection& db, const Stamp& stamp, const Lease& lease, Wait wait) {
  const auto before = load_run(db, lease.run);
  if (!before) return before.status();
  wait.not_before = std::max(wait.not_before, stamp.now.wall);
  if (Status status = release_lease(db, lease, wait, stamp.now); !status) return status;
  if (before->waits_for == wait.waits_for && before->reason == wait.reason && wait.waits_for != WaitsFor::retry) return {};
  const Json data = {{"reason", wait.reason}, {"for", to_string(wait.waits_for)}, {"not_before", format_time(wait.not_before)}};
  return record(db, stamp, "run.waiting", lease.run, base::dump(data));
}

Status register_candidate(Connection& db, const Stamp& stamp, const Lease& lease, const ModelRow& candidate,
                          const std::string& step_result) {
  if (Status status = check_lease(db, lease); !status) return status;
  if (Status status = insert_model(db, stamp.model, candidate, stamp.now.wall); !status) return status;
  if (Status status = mark_trained(db, lease, candidate.sha256); !status) return status;
  if (Status status = insert_step(db, lease, Step::train, step_result, stamp.now.wall); !status) return status;
  const Json line = {{"run", lease.run}, {"sha256", candidate.sha256}, {"data", candidate.fingerprint.data}};
  return append_audit(db, stamp.model, "run.trained", base::dump(line), stamp.now.wall);
}

Status decide_run(Connection& db, const Stamp& stamp, const Lease& lease, const Ending& ending) {
  if (Status status = check_lease(db, lease); !status) return status;
  if (ending.step) {
    if (Status status = insert_step(db, lease, *ending.step, ending.step_result, stamp.now.wall); !status) return status;
  }
  if (ending.promoted) {
    if (Status status = promote(db, stamp, lease, ending); !status) return status;
  }
  if (Status status = finish_run(db, lease, ending.outcome, ending.reason, stamp.now); !status) return status;
  if (Status status = decide_level(db, stamp.model, lease.run, ending.promoted.has_value()); !status) return status;
  Json data = {{"reason", ending.reason},
               {"message", ending.message},
               {"sha256", ending.promoted ? Json(ending.promoted->sha256) : Json(nullptr)}};
  if (const auto findings = base::parse_json(ending.findings); findings && !findings->empty()) data["findings"] = *findings;
  const Status told = record(db, stamp, "run." + std::string(to_string(ending.outcome)), lease.run, base::dump(data));
  return told ? report_drained(db, stamp) : told;
}

Status confirm_deployment(Connection& db, const Stamp& stamp, std::int64_t version, const std::string& reason) {
  const auto current = current_deployment(db, stamp.model);
  if (!current) return current.status();
  if (!*current || (*current)->version != version || (*current)->state != DeploymentState::provisional) {
    return {StatusCode::conflict,
            "deployment " + std::to_string(version) + " of " + stamp.model + " is not provisional in production"};
  }
  if (Status status = set_deployment_state(db, stamp.model, version, DeploymentState::stable, reason); !status) return status;
  return become_stable(db, stamp, **current, reason);
}

Status roll_back(Connection& db, const Stamp& stamp, const RollbackPlan& plan) {
  const auto current = current_deployment(db, stamp.model);
  if (!current) return current.status();
  if (!*current || (*current)->version != plan.from.version) {
    return {StatusCode::conflict, "production of " + stamp.model + " moved meanwhile: version " +
                                      std::to_string(plan.from.version) + " is not in production any more"};
  }
  Status status = set_deployment_state(db, stamp.model, plan.from.version, DeploymentState::rolled_back, plan.reason);
  if (status) status = insert_quarantine(db, stamp.model, plan.quarantine, stamp.now.wall);
  if (!status) return status;
  auto newest = db.prepare("SELECT coalesce(max(ordinal), 0) FROM sessions WHERE model = $1");
  newest.with(stamp.model);
  const auto found = newest.next();
  if (!found) return found.status();
  DeploymentRow row;
  row.version = plan.from.version + 1;
  row.ref = plan.to;
  row.kind = "rolled_back";
  row.state = DeploymentState::stable;
  row.reason = plan.reason;
  row.since = stamp.now.wall;
  row.predecessor_sha256 = plan.from.ref.sha256;
  row.known_sessions = newest.integer(0);
  status = insert_deployment(db, stamp.model, row);
  if (status)
    status = insert_hold(db, stamp.model, {plan.actor, "rolled back: " + plan.reason, plan.hold_until},
                         plan.safe_mode ? "safe_mode" : "rollback", stamp.now.wall);
  if (!status) return status;
  const Json data = {{"from", plan.from.ref.sha256},
                     {"to", plan.to.sha256},
                     {"actor", plan.actor},
                     {"reason", plan.reason},
                     {"hold_until", time_or_null(plan.hold_until)},
                     {"safe_mode", plan.safe_mode}};
  return record(db, stamp, plan.safe_mode ? "model.safe_mode" : "model.rolled_back", plan.from.ref.run_id, base::dump(data));
}

Status mark_delivered(Connection& db, const std::vector<std::int64_t>& sequences, Time now) {
  for (const auto sequence : sequences) {
    Status status =
        db.prepare("UPDATE outbox SET delivered_us = $2, attempts = attempts + 1 WHERE sequence = $1 AND delivered_us IS NULL")
            .with(sequence, now)
            .run();
    if (!status) return status;
  }
  return {};
}

}  // namespace retrain::store
