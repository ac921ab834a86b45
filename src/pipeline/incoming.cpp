#include "incoming.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace retrain::pipeline {
namespace {

AlertDecision invalid(std::string reason) {
  AlertDecision decision;
  decision.verdict = AlertVerdict::invalid;
  decision.reason = std::move(reason);
  return decision;
}

/// What a text that was no alert is by today's readers: the alerts in it, or why there are still none.
Result<AlertBody> read_anew(const StoredAlert& stored) {
  const auto payload = base::parse_json(stored.alert.detail);
  if (!payload || !payload->is_string()) return Status{StatusCode::invalid_argument, "its text is not kept"};
  const auto text = payload->get<std::string>();
  if (text.size() >= kept_of_invalid) {
    return Status{StatusCode::invalid_argument, "only the first " + std::to_string(kept_of_invalid) + " bytes of it are kept"};
  }
  return parse_alerts(text);
}

Result<AlertDecision> decide(Core& core, const Alert& alert, Time received) {
  const Instant now = core.now();
  auto present = completed(core, alert, received);
  if (!present) return invalid(present.status().message());
  if (Status status = validate(*present); !status) return invalid(status.message());
  present->raised_at = now.wall - (received - *present->raised_at);
  return core.fetch<AlertDecision>([&](store::Connection& db) -> Result<AlertDecision> {
    auto context = store::read_drift_context(db, core.model(), *present, now);
    if (!context) return context.status();
    context->seen_before = false;
    return core.parts().drift_policy->decide(*present, *context);
  });
}

}  // namespace

Result<Alert> completed(Core& core, Alert alert, Time received) {
  if (alert.model.empty()) alert.model = core.model();
  if (alert.model != core.model()) {
    return Status{StatusCode::invalid_argument,
                  "the alert is about model " + base::printable(alert.model) + ", this pipeline serves " + core.model()};
  }
  if (alert.dedup_key.empty()) alert.dedup_key = alert.source;
  if (!alert.raised_at) alert.raised_at = received;
  return alert;
}

Result<AlertDecision> decide_again(Core& core, const StoredAlert& stored) {
  Alert alert = stored.alert;
  if (stored.decision.verdict == AlertVerdict::invalid) {
    auto body = read_anew(stored);
    if (!body) return invalid(body.status().message());
    if (body->alerts.empty()) return invalid(body->invalid.front().reason);
    alert = std::move(body->alerts.front());
  }
  return decide(core, alert, stored.received);
}

}  // namespace retrain::pipeline
