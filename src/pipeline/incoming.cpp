#include "incoming.hpp"

#include <limits>
#include <retrain/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace retrain::pipeline {
namespace {

// How much is kept of a text that is no alert, in bytes.
constexpr std::size_t kept_of_invalid = 4096;

/// An alert on its way into the store, and why it is none, if it is not valid.
struct Incoming {
  store::AlertInput input;
  std::string fault;
};

Incoming no_alert(Core& core, std::string_view text, std::string reason) {
  Incoming incoming;
  incoming.input.alert.model = core.model();
  incoming.input.alert.source = "unknown";
  incoming.input.alert.severity = std::numeric_limits<double>::quiet_NaN();
  incoming.input.payload = base::dump(base::Json(std::string(text.substr(0, kept_of_invalid))));
  incoming.fault = std::move(reason);
  return incoming;
}

Result<Incoming> prepare(Core& core, const Alert& alert, Time now) {
  auto complete = completed(core, alert, now);
  if (!complete) return complete.status();
  Incoming incoming;
  store::AlertInput& input = incoming.input;
  input.alert = std::move(*complete);
  if (input.alert.id.empty()) input.alert.id = core.ids().next(now);
  input.payload = to_json(input.alert);
  input.max_queue = core.config().resources.max_queue_size;
  const Status valid = validate(input.alert);
  return valid ? incoming : no_alert(core, input.payload, valid.message());
}

Result<AlertDecision> store_one(Core& core, store::Connection& db, const store::Stamp& stamp, const Incoming& incoming) {
  if (incoming.fault.empty()) return store::accept_alert(db, stamp, incoming.input, *core.parts().drift_policy);
  return store::store_invalid_alert(db, stamp, incoming.input.alert, incoming.input.payload, incoming.fault);
}

Result<std::vector<AlertDecision>> store_all(Core& core, const std::vector<Incoming>& all) {
  std::vector<AlertDecision> decisions;
  const Status status = core.write("alert", [&](store::Connection& db, const store::Stamp& stamp) -> Status {
    decisions.clear();
    for (const Incoming& incoming : all) {
      auto decided = store_one(core, db, stamp, incoming);
      if (!decided) return decided.status();
      decisions.push_back(std::move(*decided));
    }
    return {};
  });
  if (!status) return status;
  return decisions;
}

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

Result<std::vector<AlertDecision>> submit_all(Core& core, std::span<const Alert> alerts) {
  std::vector<Incoming> all;
  const Time now = core.now().wall;
  for (const Alert& alert : alerts) {
    auto incoming = prepare(core, alert, now);
    if (!incoming) return incoming.status();
    all.push_back(std::move(*incoming));
  }
  if (all.empty()) return std::vector<AlertDecision>{};
  return store_all(core, all);
}

Result<AlertDecision> submit_invalid(Core& core, std::string_view text, std::string reason) {
  auto decisions = store_all(core, {no_alert(core, text, std::move(reason))});
  if (!decisions) return decisions.status();
  return std::move(decisions->front());
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
