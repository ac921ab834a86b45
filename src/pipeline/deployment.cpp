#include "deployment.hpp"

#include <cmath>
#include <retrain/json.hpp>

#include "steps.hpp"

namespace retrain::pipeline {
namespace {

/// The host's rollback store hears what the database says; the calls are idempotent, so they are simply repeated.
Status tell_rollback_store(Core& core) {
  RollbackStore* host = core.parts().rollback_store.get();
  if (host == nullptr) return {};
  const auto ours =
      core.fetch<std::vector<ModelRef>>([&](store::Connection& db) { return store::list_stable(db, core.model(), 1); });
  if (!ours) return ours.status();
  if (ours->empty()) return {};
  const auto theirs = host->stable();
  if (!theirs) return theirs.status();
  if (*theirs && (*theirs)->sha256 == ours->front().sha256) return {};
  return host->register_stable(ours->front());
}

Result<Quarantine> quarantine_of(Core& core, const ModelRef& ref, const std::string& reason) {
  const auto model =
      core.fetch<store::ModelRow>([&](store::Connection& db) { return store::load_model(db, core.model(), ref.sha256); });
  if (!model) return model.status();
  return Quarantine{model->fingerprint, ref.sha256, reason};
}

/// Whether this process may put `ref` into production: its bytes are the registered ones, it loads, and it predicts its golden
/// rows.
Status check_target(Core& core, const ModelRef& ref, bool trust_hash) {
  const auto artifact = core.models().get(ref.sha256);
  if (!artifact) return artifact.status();
  const auto model = core.parts().trainer->load(*artifact);
  if (!model) return trust_hash ? Status{} : model.status().within("not_verifiable_here");
  return check_golden_rows(**model);
}

Result<ModelRef> find_target(Core& core, const store::DeploymentRow& from, const RollbackRequest& request) {
  const auto stable =
      core.fetch<std::vector<ModelRef>>([&](store::Connection& db) { return store::list_stable(db, core.model(), 1000); });
  if (!stable) return stable.status();
  std::string refused;
  for (const ModelRef& ref : *stable) {
    if (ref.sha256 == from.ref.sha256) continue;
    if (!request.to_sha256.empty() && !ref.sha256.starts_with(request.to_sha256)) continue;
    const Status status = check_target(core, ref, request.trust_hash);
    if (status) return ref;
    refused += (refused.empty() ? "" : "; ") + ref.sha256.substr(0, 12) + ": " + status.message();
  }
  if (!refused.empty()) return Status{StatusCode::corrupt, "no stable model can be put back: " + refused};
  if (!request.to_sha256.empty()) {
    return Status{StatusCode::not_found, request.to_sha256 + " is no stable model to go back to"};
  }
  return Status{StatusCode::not_found, "there is no stable model before the present one"};
}

/// The figures by which the run's candidate was promoted, for registries that show them; none where they cannot be read.
std::map<std::string, double> figures_of(Core& core, const RunId& run) {
  std::map<std::string, double> figures;
  const auto judged = stored_step(core, run, Step::gate);
  if (!judged || !*judged) return figures;
  const auto gate = parse_gate_report(**judged);
  if (!gate) return figures;
  const auto add = [&](const char* name, double value) {
    if (!std::isnan(value)) figures[name] = value;
  };
  add("candidate_loss", gate->candidate_loss);
  add("candidate_rmse", gate->candidate_rmse);
  if (gate->test.clusters > 0) {
    add("production_loss", gate->production_loss);
    add("production_rmse", gate->production_rmse);
    add("relative_improvement", gate->relative_improvement);
    add("p", gate->p);
    add("level", gate->level);
    add("sessions", static_cast<double>(gate->test.clusters));
  }
  return figures;
}

/// Whether a failed activation says that this model cannot be served, not that a server is away.
bool is_lost(const Status& failure) {
  return failure.code() == StatusCode::corrupt || failure.code() == StatusCode::incompatible ||
         failure.code() == StatusCode::callback_failed;
}

/// A deployment that failed after the pointer moved is taken back where there is something to go back to.
Status take_back(Core& core, const store::DeploymentRow& deployment, const Status& failure) {
  if (deployment.kind != "promoted" || deployment.state != DeploymentState::provisional || !is_lost(failure)) return failure;
  const auto report = roll_back(core, {"deployment", "the deployment failed: " + failure.message(), "", false, false});
  if (!report) return Status{failure.code(), failure.message() + "; " + report.status().message()};
  return Status{failure.code(), failure.message() + (report->done ? "; rolled back to the last stable model" : "")};
}

}  // namespace

Status activate_pending(Core& core) {
  const auto current = core.fetch<std::optional<store::DeploymentRow>>(
      [&](store::Connection& db) { return store::current_deployment(db, core.model()); });
  if (!current) return current.status();
  if (!*current) return {};
  const store::DeploymentRow& deployment = **current;
  // In the host's own process the new model serves at once; programs that read files follow with the registry.
  if (Status status = core.refresh_production(); !status) return status;
  if (!deployment.activated) {
    const DeployContext context{core.model(), deployment.ref.run_id, deployment.since, deployment.reason,
                                figures_of(core, deployment.ref.run_id)};
    if (Status status = core.parts().model_registry->activate(deployment.ref, context); !status) {
      return take_back(core, deployment, status);
    }
    const Status marked = core.write("activated", [&](store::Connection& db, const store::Stamp& stamp) {
      return store::mark_activated(db, core.model(), deployment.version, stamp.now.wall);
    });
    if (!marked) return marked;
  }
  return tell_rollback_store(core);
}

Result<RollbackReport> roll_back(Core& core, const RollbackRequest& request) {
  const auto current = core.fetch<std::optional<store::DeploymentRow>>(
      [&](store::Connection& db) { return store::current_deployment(db, core.model()); });
  if (!current) return current.status();
  RollbackReport report;
  report.dry_run = request.dry_run;
  if (!*current) {
    report.reason = "nothing is in production";
    return report;
  }
  const store::DeploymentRow& from = **current;
  report.from = from.ref;
  const bool same = !request.to_sha256.empty() && from.ref.sha256.starts_with(request.to_sha256);
  if (same || (request.to_sha256.empty() && from.kind == "rolled_back")) {
    // Repeating the command must not walk further back: only an explicit target does.
    report.reason = "production is already the stable model it was rolled back to";
    return report;
  }
  const auto target = find_target(core, from, request);
  if (!target) {
    if (target.status().code() != StatusCode::not_found) return target.status();
    report.reason = target.status().message();
    return report;
  }
  const auto quarantine = quarantine_of(core, from.ref, request.reason);
  if (!quarantine) return quarantine.status();
  const RollbackSettings& settings = core.config().rollback;
  const Time now = core.now().wall;
  const auto earlier =
      core.fetch<int>([&](store::Connection& db) { return store::count_rollbacks(db, core.model(), now - settings.window); });
  if (!earlier) return earlier.status();
  store::RollbackPlan plan{from, *target, request.actor, request.reason, *quarantine, now + settings.hold, false};
  if (*earlier + 1 >= settings.max_rollbacks) {
    plan.safe_mode = true;
    plan.hold_until.reset();
  }
  report.to = *target;
  report.hold_until = plan.hold_until;
  report.reason = request.reason;
  if (request.dry_run) return report;
  const Status done = core.write(
      "roll_back", [&](store::Connection& db, const store::Stamp& stamp) { return store::roll_back(db, stamp, plan); });
  if (!done) return done;
  report.done = true;
  if (core.parts().rollback_store) {
    if (Status status = core.parts().rollback_store->quarantine(*quarantine); !status) return status;
  }
  // The pointer is where it should be; a registry that is away is told at a later tick.
  if (Status status = activate_pending(core); !status) {
    if (status.code() != StatusCode::unavailable && status.code() != StatusCode::conflict) return status;
    report.reason += "; not told yet: " + status.message();
  }
  return report;
}

}  // namespace retrain::pipeline
