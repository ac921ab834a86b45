#include "watch.hpp"

#include <retrain/json.hpp>

#include "base/json.hpp"
#include "deployment.hpp"

namespace retrain::pipeline {
namespace {

using base::Json;

struct Watched {
  store::DeploymentRow deployment;
  std::vector<store::ScoredSession> sessions;
};

Result<std::optional<Watched>> read_watched(Core& core) {
  return core.fetch<std::optional<Watched>>([&](store::Connection& db) -> Result<std::optional<Watched>> {
    auto current = store::current_deployment(db, core.model());
    if (!current) return current.status();
    if (!*current) return std::optional<Watched>{};
    auto sessions = store::list_verifications(db, core.model(), (*current)->version);
    if (!sessions) return sessions.status();
    return std::optional<Watched>(Watched{std::move(**current), std::move(*sessions)});
  });
}

Result<std::optional<Verification>> judge(Core& core, const Watched& watched) {
  if (watched.deployment.state != DeploymentState::provisional) return std::optional<Verification>{};
  VerificationContext context;
  for (const auto& scored : watched.sessions) {
    if (scored.has_predecessor) context.sessions.push_back(scored.session);
  }
  auto verification = core.parts().verifier->verify(context);
  if (!verification) return verification.status();
  return std::optional<Verification>(std::move(*verification));
}

/// The champion's mean loss on each session of the holdout that it was judged on.
Result<std::vector<SessionLoss>> reference_of(Core& core, const RunId& run) {
  const auto row =
      core.fetch<std::optional<store::EvaluationRow>>([&](store::Connection& db) { return store::load_evaluation(db, run); });
  if (!row) return row.status();
  std::vector<SessionLoss> reference;
  if (!*row) return reference;
  const auto sums = base::parse_json((*row)->session_sums);
  if (!sums) return sums.status();
  return base::guarded("session_sums", [&] {
    for (const Json& session : *sums) {
      const auto rows = session.at("rows").get<std::int64_t>();
      if (rows > 0)
        reference.push_back({session.at("session").get<std::string>(), base::number_or_nan(session, "candidate_loss"), rows});
    }
    return reference;
  });
}

Result<DetectorContext> detector_context(Core& core, const Watched& watched) {
  DetectorContext context;
  auto reference = reference_of(core, watched.deployment.ref.run_id);
  if (!reference) return reference.status();
  context.reference = std::move(*reference);
  for (const auto& scored : watched.sessions) {
    context.since_deployment.push_back({scored.session.session, scored.session.champion_loss, scored.session.rows});
  }
  const auto raised = core.fetch<std::vector<store::DetectionRow>>(
      [&](store::Connection& db) { return store::list_detections(db, core.model(), watched.deployment.version); });
  if (!raised) return raised.status();
  for (const auto& row : *raised) context.alerts_raised.push_back(row.time);
  if (!raised->empty()) context.sessions_at_last_alert = static_cast<std::size_t>(raised->back().sessions);
  return context;
}

}  // namespace

Result<std::optional<Verification>> verification_now(Core& core) {
  const auto watched = read_watched(core);
  if (!watched) return watched.status();
  if (!*watched) return std::optional<Verification>{};
  return judge(core, **watched);
}

Result<std::optional<Verification>> verify_champion(Core& core, std::optional<RollbackReport>& rollback) {
  const auto watched = read_watched(core);
  if (!watched) return watched.status();
  if (!*watched) return std::optional<Verification>{};
  auto verification = judge(core, **watched);
  if (!verification) return verification.status();
  if (!*verification) return verification;
  const store::DeploymentRow& deployment = (*watched)->deployment;
  if ((*verification)->verdict == VerificationVerdict::confirm) {
    const Status confirmed = core.write("confirm", [&](store::Connection& db, const store::Stamp& stamp) {
      return store::confirm_deployment(db, stamp, deployment.version, (*verification)->reason);
    });
    if (!confirmed) return confirmed;
  }
  if ((*verification)->verdict == VerificationVerdict::harm) {
    RollbackRequest request;
    request.actor = "verification";
    request.reason = (*verification)->message;
    auto report = roll_back(core, request);
    if (!report) return report.status();
    rollback = std::move(*report);
  }
  return verification;
}

Result<AlertDecision> submit(Core& core, store::AlertInput input) {
  std::optional<AlertDecision> decision;
  const Status status = core.write("alert", [&](store::Connection& db, const store::Stamp& stamp) {
    auto decided = store::accept_alert(db, stamp, input, *core.parts().drift_policy);
    if (decided) decision = *decided;
    return decided.status();
  });
  if (!status) return status;
  return *decision;
}

Result<std::optional<Detection>> detect_drift(Core& core, std::vector<AlertDecision>& alerts) {
  if (!core.parts().drift_detector) return std::optional<Detection>{};
  const auto watched = read_watched(core);
  if (!watched) return watched.status();
  if (!*watched) return std::optional<Detection>{};
  const store::DeploymentRow& deployment = (*watched)->deployment;
  const auto context = detector_context(core, **watched);
  if (!context) return context.status();
  auto detection = core.parts().drift_detector->observe(*context);
  if (!detection) return detection.status();
  if (!detection->alert) return std::optional<Detection>(std::move(*detection));

  const std::size_t seen = context->since_deployment.size();
  store::AlertInput input;
  input.alert.id = "deployment-" + std::to_string(deployment.version) + "-session-" + std::to_string(seen);
  input.alert.source = "detector";
  input.alert.model = core.model();
  input.alert.dedup_key = "detector";
  input.alert.severity = detection->severity;
  input.alert.severity_rule = "min(1, 0.875 d)";
  input.alert.summary = detection->reason;
  input.alert.raised_at = core.now().wall;
  input.alert.detail = to_json(*detection);
  input.payload = to_json(input.alert);
  input.max_queue = core.config().resources.max_queue_size;
  input.detection_version = deployment.version;
  input.detection_sessions = static_cast<std::int64_t>(seen);
  auto decision = submit(core, std::move(input));
  if (!decision) return decision.status();
  alerts.push_back(std::move(*decision));
  return std::optional<Detection>(std::move(*detection));
}

}  // namespace retrain::pipeline
