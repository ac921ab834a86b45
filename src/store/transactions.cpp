#include "transactions.hpp"

#include "alpha_table.hpp"
#include "audit.hpp"
#include "base/json.hpp"
#include "resolution.hpp"
#include "silence_table.hpp"

namespace retrain::store {
namespace {

using base::Json;

Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

RunRow new_run(const Stamp& stamp, std::string asked_by, double severity) {
  RunRow run;
  run.id = stamp.ids.next(stamp.now.wall);
  run.model = stamp.model;
  run.reason = "waiting for its turn";
  run.asked_by = std::move(asked_by);
  run.severity = severity;
  run.created = stamp.now;
  run.not_before = stamp.now.wall;
  return run;
}

Status start_run(Connection& db, const Stamp& stamp, const AlertInput& input, AlertDecision& decision) {
  const auto queued = count_queued(db);
  if (!queued) return queued.status();
  if (*queued >= input.max_queue) {
    decision.verdict = AlertVerdict::capped;
    decision.reason =
        "the queue is full: " + std::to_string(*queued) + " runs wait, max_queue_size is " + std::to_string(input.max_queue);
    return {};
  }
  RunRow run = new_run(stamp, "alert " + decision.alert_id, input.alert.severity);
  run.not_before = decision.run_not_before.value_or(stamp.now.wall);
  run.calendar_window = decision.calendar_window;
  run.slot_taken = !run.calendar_window.empty();
  if (Status status = insert_run(db, run); !status) return status;
  if (run.slot_taken) {
    if (Status status = take_calendar_slot(db, stamp.model, run.calendar_window); !status) return status;
  }
  decision.run_id = run.id;
  return {};
}

Status store_decision(Connection& db, const Stamp& stamp, const AlertInput& input, const AlertDecision& decision) {
  if (Status status = insert_alert(db, input.alert, decision, input.payload, stamp.now); !status) return status;
  if (input.detection_version) {
    const DetectionRow row{input.detection_sessions, stamp.now.wall};
    if (Status status = insert_detection(db, stamp.model, *input.detection_version, row, decision.alert_id); !status)
      return status;
  }
  const Json data = {{"alert", decision.alert_id},
                     {"source", input.alert.source},
                     {"severity", base::number(input.alert.severity)},
                     {"verdict", to_string(decision.verdict)},
                     {"reason", decision.reason},
                     {"next_eligible_at", time_or_null(decision.next_eligible_at)}};
  return record(db, stamp, "alert." + std::string(to_string(decision.verdict)), decision.run_id, base::dump(data));
}

/// The run that waits or works, described for the policy.
Status describe_open_run(Connection& db, const std::string& model, DriftContext& context) {
  const auto open = open_run(db, model);
  if (!open) return open.status();
  if (*open) {
    context.run_waiting = (*open)->state == RunState::queued;
    context.run_active = (*open)->state == RunState::running;
    context.waiting_severity = (*open)->severity;
  }
  const auto trained = last_finished_run(db, model, true);
  if (!trained) return trained.status();
  if (*trained) {
    context.last_trained = (*trained)->finished;
    context.last_severity = (*trained)->severity;
  }
  return {};
}

Status describe_group(Connection& db, const std::string& model, const std::string& key, DriftContext& context) {
  auto opened = db.prepare(
      "SELECT received_us, boot_us, boot_id FROM alerts WHERE model = $1 AND dedup_key = $2 AND verdict IN ('accepted', "
      "'escalated') "
      // A run that was cancelled before it did anything debounces nothing: the cause that comes back asks anew.
      "AND NOT EXISTS (SELECT 1 FROM runs WHERE id = run_id AND outcome = 'cancelled' AND trained = 0) "
      "ORDER BY received_us DESC, id DESC LIMIT 1");
  opened.with(model, key);
  const auto found = opened.next();
  if (!found) return found.status();
  if (!*found) return {};
  DriftContext::Group group;
  group.opened = {opened.time(0), Duration(opened.integer(1)), opened.text(2)};
  auto merged = db.prepare(
      "SELECT count(*), coalesce(max(severity), 0) FROM alerts WHERE model = $1 AND dedup_key = $2 AND received_us >= $3 "
      "AND verdict IN ('accepted', 'escalated', 'merged', 'debounced')");
  merged.with(model, key, group.opened.wall);
  const auto counted = merged.next();
  if (!counted) return counted.status();
  group.count = static_cast<int>(merged.integer(0));
  group.worst_severity = merged.real(1);
  context.group = group;
  return {};
}

Status describe_silence(Connection& db, const std::string& model, const std::string& key, DriftContext& context) {
  const auto silences = active_silences(db, model, context.now.wall);
  if (!silences) return silences.status();
  for (const Silence& silence : *silences) {
    if (!silence.dedup_key.empty() && silence.dedup_key != key) continue;
    context.silence = DriftContext::Silence{silence.reason, silence.actor, silence.until};
    return {};
  }
  return {};
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

Result<DriftContext> read_drift_context(Connection& db, const std::string& model, const Alert& alert, const Instant& now) {
  DriftContext context;
  context.now = now;
  auto twin =
      db.prepare("SELECT 1 FROM alerts WHERE model = $1 AND source = $2 AND source_id = $3 AND verdict <> 'invalid' LIMIT 1");
  twin.with(model, alert.source, alert.id);
  const auto seen = twin.next();
  if (!seen) return seen.status();
  context.seen_before = *seen;
  if (Status status = describe_open_run(db, model, context); !status) return status;
  if (Status status = describe_group(db, model, alert.dedup_key, context); !status) return status;
  auto counts = calendar_counts(db, model);
  if (!counts) return counts.status();
  context.window_counts = std::move(*counts);
  const auto held = active_hold(db, model, now.wall);
  if (!held) return held.status();
  if (*held) context.hold = DriftContext::Hold{(*held)->hold.reason, (*held)->hold.actor, (*held)->hold.until};
  if (Status status = describe_silence(db, model, alert.dedup_key, context); !status) return status;
  auto recent = recent_runs(db, model, 1000);
  if (!recent) return recent.status();
  context.recent_runs = std::move(*recent);
  return context;
}

Result<AlertDecision> accept_alert(Connection& db, const Stamp& stamp, const AlertInput& input, const DriftPolicy& policy) {
  const auto context = read_drift_context(db, stamp.model, input.alert, stamp.now);
  if (!context) return context.status();
  AlertDecision decision = policy.decide(input.alert, *context);
  decision.alert_id = stamp.ids.next(stamp.now.wall);
  decision.run_id.clear();
  if (decision.verdict == AlertVerdict::accepted || decision.verdict == AlertVerdict::escalated) {
    if (context->run_waiting || context->run_active) {
      return Status{StatusCode::callback_failed, "the drift policy accepted an alert while a run of " + stamp.model + " is open"};
    }
    if (Status status = start_run(db, stamp, input, decision); !status) return status;
  } else if (decision.verdict == AlertVerdict::merged) {
    const auto open = open_run(db, stamp.model);
    if (!open) return open.status();
    if (!*open)
      return Status{StatusCode::callback_failed, "the drift policy merged an alert, but no run of " + stamp.model + " is open"};
    decision.run_id = (*open)->id;
    if (Status status = raise_severity(db, decision.run_id, input.alert.severity); !status) return status;
  }
  const auto unasked = run_left_unasked(db, input.alert, stamp.model, decision);
  if (!unasked) return unasked.status();
  if (Status status = store_decision(db, stamp, input, decision); !status) return status;
  if (*unasked) {
    if (Status status = cancel_run(db, stamp, **unasked, decision.alert_id); !status) return status;
  }
  return decision;
}

Result<AlertDecision> store_invalid_alert(Connection& db, const Stamp& stamp, const Alert& alert, const std::string& payload,
                                          const std::string& reason) {
  AlertDecision decision;
  decision.verdict = AlertVerdict::invalid;
  decision.reason = reason;
  decision.alert_id = stamp.ids.next(stamp.now.wall);
  AlertInput input;
  input.alert = alert;
  input.payload = payload;
  if (Status status = store_decision(db, stamp, input, decision); !status) return status;
  return decision;
}

Result<RunId> accept_manual_run(Connection& db, const Stamp& stamp, const ManualRun& request, std::size_t max_queue) {
  const auto open = open_run(db, stamp.model);
  if (!open) return open.status();
  if (*open) {
    return Status{StatusCode::conflict,
                  "run " + (*open)->id + " of " + stamp.model + " is " + std::string(to_string((*open)->state)) + " already"};
  }
  const auto queued = count_queued(db);
  if (!queued) return queued.status();
  if (*queued >= max_queue) {
    return Status{StatusCode::unavailable,
                  "the queue is full: " + std::to_string(*queued) + " runs wait, max_queue_size is " + std::to_string(max_queue)};
  }
  RunRow run = new_run(stamp, request.actor, 1.0);
  run.manual = true;
  if (request.mode) run.mode = std::string(to_string(*request.mode));
  if (Status status = insert_run(db, run); !status) return status;
  const Json data = {{"actor", request.actor}, {"reason", request.reason}, {"mode", run.mode ? Json(*run.mode) : Json(nullptr)}};
  if (Status status = record(db, stamp, "run.requested", run.id, base::dump(data)); !status) return status;
  return run.id;
}

Result<Lease> claim_run(Connection& db, const Stamp& stamp, const RunRow& seen, const std::string& owner, Time lease_until,
                        const std::string& parts, bool allow_other_parts) {
  if (!allow_other_parts && !seen.parts.empty() && seen.parts != parts) {
    return Status{StatusCode::conflict, "run " + seen.id + " was begun with parts " + seen.parts + ", this process has " + parts};
  }
  auto lease = take_lease(db, seen, owner, lease_until, parts);
  if (!lease) return lease;
  const Json line = {{"run", seen.id}, {"owner", owner}, {"fence", lease->fence}, {"attempt", seen.attempts + 1}};
  if (Status status = append_audit(db, stamp.model, "run.claimed", base::dump(line), stamp.now.wall); !status) return status;
  return lease;
}

Status postpone_run(Connection& db, const Stamp& stamp, const Lease& lease, Time not_before, const std::string& reason,
                    bool worked, const std::string& waits_on) {
  if (Status status = release_lease(db, lease, not_before, reason, worked, waits_on); !status) return status;
  const Json data = {{"reason", reason}, {"not_before", format_time(not_before)}};
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
  return record(db, stamp, "run." + std::string(to_string(ending.outcome)), lease.run, base::dump(data));
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

Result<std::int64_t> set_silence(Connection& db, const Stamp& stamp, const Silence& silence) {
  const auto id = insert_silence(db, stamp.model, silence, stamp.now.wall);
  if (!id) return id;
  const Json data = {{"silence", *id},
                     {"actor", silence.actor},
                     {"reason", silence.reason},
                     {"dedup_key", silence.dedup_key},
                     {"until", format_time(silence.until)}};
  if (Status status = record(db, stamp, "silence.set", "", base::dump(data)); !status) return status;
  return id;
}

Status end_silence(Connection& db, const Stamp& stamp, std::int64_t id, const std::string& actor) {
  const auto lifted = lift_silence(db, stamp.model, id, actor, stamp.now.wall);
  if (!lifted) return lifted.status();
  if (!*lifted) return {StatusCode::not_found, "no silence " + std::to_string(id) + " of " + stamp.model + " is in force"};
  return record(db, stamp, "silence.lifted", "", base::dump(Json{{"silence", id}, {"actor", actor}}));
}

Status set_hold(Connection& db, const Stamp& stamp, const Hold& hold) {
  if (Status status = insert_hold(db, stamp.model, hold, "manual", stamp.now.wall); !status) return status;
  const Json data = {{"actor", hold.actor}, {"reason", hold.reason}, {"until", time_or_null(hold.until)}};
  return record(db, stamp, "hold.set", "", base::dump(data));
}

Status lift_hold(Connection& db, const Stamp& stamp, const Lift& lift) {
  const auto lifted = lift_holds(db, stamp.model, lift, stamp.now.wall);
  if (!lifted) return lifted.status();
  if (*lifted == 0) return {StatusCode::not_found, "nothing is held for " + stamp.model};
  const Json data = {{"actor", lift.actor}, {"reason", lift.reason}, {"holds", *lifted}};
  return record(db, stamp, "hold.lifted", "", base::dump(data));
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
