// doctor · version
#include <CLI/CLI.hpp>

#include "json_text.hpp"
#include "invocation.hpp"

namespace retrain::cli {
namespace {

/// One line of what was looked at.
struct Check {
  std::string name;
  bool ok = true;
  std::string message;
};

Check check_xgboost(const std::string& configured) {
  const auto library = find_xgboost(configured);
  if (!library) return {"xgboost", false, library.status().message()};
  std::string message = library->version + " in " + library->path;
  const auto missing = library->missing_optional.size();
  if (missing > 0) message += ", " + std::to_string(missing) + " newer functions are not in it and not needed";
  return {"xgboost", true, message};
}

/// What the state promises; nothing is created where there is none.
void check_state(Invocation& invocation, std::vector<Check>& checks) {
  auto pipeline = invocation.open();
  if (!pipeline) {
    checks.push_back({"state", false, pipeline.status().message()});
    return;
  }
  const auto health = (*pipeline)->verify_state();
  if (!health) {
    checks.push_back({"state", false, health.status().message()});
    return;
  }
  for (const HealthFinding& finding : health->findings) checks.push_back({finding.invariant, finding.ok, finding.message});
}

/// The MLflow server, where models are published there.
void check_registry(const Config& config, std::vector<Check>& checks) {
  if (config.deployment.registry != "mlflow") return;
  for (const ServiceFinding& found : check_mlflow(config.deployment.mlflow, config.model.name)) {
    checks.push_back({found.what, found.ok, found.message});
  }
}

/// Receivers of events: what their addresses and secrets are like, and whether they take what they are sent.
void check_receivers(Invocation& invocation, const Config& config, std::vector<Check>& checks) {
  for (const ServiceFinding& found : check_notifications(config.notifications)) {
    checks.push_back({found.what, found.ok, found.message});
  }
  const auto pipeline = invocation.open();
  if (!pipeline) return;  // said already
  const auto outbox = (*pipeline)->outbox();
  if (!outbox) return checks.push_back({"outbox", false, outbox.status().message()});
  for (const DeliveryTarget& target : outbox->targets) {
    if (!target.configured) continue;
    std::string message = std::to_string(target.waiting) + " events wait";
    if (target.given_up > 0) message += ", " + std::to_string(target.given_up) + " are given up (retrain outbox list)";
    if (target.switched_off) message += ", it is switched off (retrain outbox replay)";
    if (!target.reason.empty()) message += "; last failure: " + target.reason;
    checks.push_back({"deliveries to " + target.name, !target.switched_off && target.given_up == 0, message});
  }
}

Result<int> doctor(Invocation& invocation) {
  std::vector<Check> checks = {{"retrain", true, version()}};
  const auto loaded = invocation.load_config();
  checks.push_back(check_xgboost(loaded ? loaded->config.training.xgboost_library : ""));
  checks.push_back({"configuration", loaded.ok(), loaded ? loaded->config.path : loaded.status().message()});
  if (loaded) {
    check_state(invocation, checks);
    check_registry(loaded->config, checks);
    check_receivers(invocation, loaded->config, checks);
  }

  bool ok = true;
  std::string text, findings;
  for (const Check& check : checks) {
    ok = ok && check.ok;
    text += check.ok ? invocation.console.coloured("ok  ", Tone::good) : invocation.console.coloured("FAIL", Tone::bad);
    text += "  " + check.name + (check.message.empty() ? "" : ": " + check.message) + "\n";
    findings += (findings.empty() ? "" : ",") +
                JsonObject().text("name", check.name).flag("ok", check.ok).text("message", check.message).str();
  }
  invocation.print(text, JsonObject().flag("ok", ok).json("checks", "[" + findings + "]").str());
  return ok ? exit_done : exit_usage;
}

Result<int> show_version(Invocation& invocation) {
  invocation.print(std::string("retrain ") + version() + "\n", JsonObject().text("version", version()).str());
  return exit_done;
}

}  // namespace

void add_doctor_verbs(CLI::App& app, Action& chosen) {
  app.add_subcommand("doctor", "check XGBoost, the configuration, every promise of the state, and the servers that are named")
      ->callback([&chosen] { chosen = doctor; });
  app.add_subcommand("version", "print the version")->callback([&chosen] { chosen = show_version; });
}

}  // namespace retrain::cli
