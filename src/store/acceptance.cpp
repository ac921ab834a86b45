// T1: what comes in, an alert or a person's wish, with the verdict about it and the run it starts or joins.
#include "base/json.hpp"
#include "queue_control.hpp"
#include "resolution.hpp"
#include "silence_table.hpp"
#include "transactions.hpp"

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

/// The run starts no earlier than `not_before`, which is no waiting for its turn.
void delay_until(RunRow& run, const std::optional<Time>& not_before) {
  if (!not_before || *not_before <= run.created.wall) return;
  run.not_before = *not_before;
  run.delay = *not_before - run.created.wall;
  run.waits_for = WaitsFor::time;
}

Status start_run(Connection& db, const Stamp& stamp, const AlertInput& input, AlertDecision& decision) {
  const auto refusal = room_in_queue(db, stamp, input.max_queue);
  if (!refusal) return refusal.status();
  if (*refusal) {
    decision.verdict = (*refusal)->draining ? AlertVerdict::held : AlertVerdict::capped;
    decision.reason = (*refusal)->reason;
    decision.next_eligible_at = (*refusal)->until;
    decision.run_not_before.reset();
    decision.calendar_window.clear();
    return {};
  }
  RunRow run = new_run(stamp, "alert " + decision.alert_id, input.alert.severity);
  delay_until(run, decision.run_not_before);
  run.calendar_window = decision.calendar_window;
  run.slot_taken = !run.calendar_window.empty();
  if (Status status = insert_run(db, run); !status) return status;
  if (run.slot_taken) {
    if (Status status = take_calendar_slot(db, stamp.model, run.calendar_window); !status) return status;
  }
  decision.run_id = run.id;
  return {};
}

/// What the group of an alert comes to with it: an accepted one opens a new group, others that count join the present one.
AlertGroup group_with(const AlertInput& input, const AlertDecision& decision, const std::optional<DriftContext::Group>& before) {
  switch (decision.verdict) {
    case AlertVerdict::accepted:
    case AlertVerdict::escalated: return {1, input.alert.severity};
    case AlertVerdict::merged:
    case AlertVerdict::debounced:
      if (!before) return {1, input.alert.severity};
      return {before->count + 1, std::max(before->worst_severity, input.alert.severity)};
    default: return {};
  }
}

Status store_decision(Connection& db, const Stamp& stamp, const AlertInput& input, const AlertDecision& decision,
                      const AlertGroup& group) {
  if (Status status = insert_alert(db, input.alert, decision, input.payload, group, stamp.now); !status) return status;
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

/// The run that waits or works, described for the policy. Only what it needs: a flood of alerts asks each time.
Status describe_open_run(Connection& db, const std::string& model, DriftContext& context) {
  auto open =
      db.prepare("SELECT state, severity FROM runs WHERE model = $1 AND state <> 'finished' ORDER BY created_us, id LIMIT 1");
  open.with(model);
  const auto is_open = open.next();
  if (!is_open) return is_open.status();
  if (*is_open) {
    context.run_waiting = open.text(0) == to_string(RunState::queued);
    context.run_active = !context.run_waiting;
    context.waiting_severity = open.real(1);
  }
  auto trained = db.prepare(
      "SELECT finished_us, finished_boot_us, finished_boot_id, severity FROM runs WHERE model = $1 AND state = 'finished' AND "
      "trained = 1 ORDER BY finished_us DESC, id DESC LIMIT 1");
  trained.with(model);
  const auto has_trained = trained.next();
  if (!has_trained) return has_trained.status();
  if (*has_trained) {
    context.last_trained = Instant{trained.time(0), Duration(trained.integer(1)), trained.text(2)};
    context.last_severity = trained.real(3);
  }
  return {};
}

Result<RunId> id_of_open_run(Connection& db, const std::string& model) {
  auto open = db.prepare("SELECT id FROM runs WHERE model = $1 AND state <> 'finished' ORDER BY created_us, id LIMIT 1");
  open.with(model);
  const auto is_open = open.next();
  if (!is_open) return is_open.status();
  if (*is_open) return open.text(0);
  return Status{StatusCode::callback_failed, "the drift policy merged an alert, but no run of " + model + " is open"};
}

Status describe_group(Connection& db, const std::string& model, const std::string& key, DriftContext& context) {
  auto opened = db.prepare(
      "SELECT received_us, boot_us, boot_id FROM alerts WHERE model = $1 AND dedup_key = $2 AND verdict IN ('accepted', "
      "'escalated') "
      // A run that was cancelled before it did anything debounces nothing: the cause that comes back asks anew.
      "AND NOT EXISTS (SELECT 1 FROM runs WHERE id = run_id AND outcome = 'cancelled' AND trained = 0) "
      "ORDER BY received_us DESC, rowid DESC LIMIT 1");
  opened.with(model, key);
  const auto found = opened.next();
  if (!found) return found.status();
  if (!*found) return {};
  DriftContext::Group group;
  group.opened = {opened.time(0), Duration(opened.integer(1)), opened.text(2)};
  // Each alert carries the count up to itself: a group of many thousands costs no more than one of two.
  auto newest = db.prepare(
      "SELECT group_count, group_worst FROM alerts WHERE model = $1 AND dedup_key = $2 AND received_us >= $3 "
      "AND verdict IN ('accepted', 'escalated', 'merged', 'debounced') ORDER BY received_us DESC, rowid DESC LIMIT 1");
  newest.with(model, key, group.opened.wall);
  const auto counted = newest.next();
  if (!counted) return counted.status();
  group.count = static_cast<int>(newest.integer(0));
  group.worst_severity = newest.real(1);
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
}  // namespace

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
    const auto open = id_of_open_run(db, stamp.model);
    if (!open) return open.status();
    decision.run_id = *open;
    if (Status status = raise_severity(db, decision.run_id, input.alert.severity); !status) return status;
  }
  const auto unasked = run_left_unasked(db, input.alert, stamp.model, decision);
  if (!unasked) return unasked.status();
  const AlertGroup group = group_with(input, decision, context->group);
  if (Status status = store_decision(db, stamp, input, decision, group); !status) return status;
  if (*unasked) {
    const std::string reason = "alert " + decision.alert_id + " reports that the cause is over";
    if (Status status = cancel_run(db, stamp, **unasked, reason); !status) return status;
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
  if (Status status = store_decision(db, stamp, input, decision, {}); !status) return status;
  return decision;
}

Result<RunId> accept_manual_run(Connection& db, const Stamp& stamp, const ManualRun& request, std::size_t max_queue,
                                const RunRow* again) {
  const auto open = open_run(db, stamp.model);
  if (!open) return open.status();
  if (*open) {
    return Status{StatusCode::conflict,
                  "run " + (*open)->id + " of " + stamp.model + " is " + std::string(to_string((*open)->state)) + " already"};
  }
  const auto refusal = room_in_queue(db, stamp, max_queue);
  if (!refusal) return refusal.status();
  if (*refusal) return Status{StatusCode::unavailable, (*refusal)->reason};
  RunRow run = new_run(stamp, request.actor, 1.0);
  run.manual = true;
  if (request.mode) run.mode = std::string(to_string(*request.mode));
  delay_until(run, request.not_before);
  Json data = {{"actor", request.actor}, {"reason", request.reason}};
  if (again != nullptr) {
    run.mode = again->mode;
    run.severity = again->severity;
    run.requeued_from = again->id;
    data["requeues"] = again->id;
  }
  data["mode"] = run.mode ? Json(*run.mode) : Json(nullptr);
  if (Status status = insert_run(db, run); !status) return status;
  if (Status status = record(db, stamp, "run.requested", run.id, base::dump(data)); !status) return status;
  return run.id;
}

}  // namespace retrain::store
