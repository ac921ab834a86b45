// The out-of-line members of the public interfaces: one home for their vtables and for enumerator names.
#include <retrain/pipeline_parts.hpp>
#include <retrain/run.hpp>
#include <retrain/version.hpp>

namespace retrain {

DriftPolicy::~DriftPolicy() = default;
DriftDetector::~DriftDetector() = default;
ResourceManager::~ResourceManager() = default;
FrameStream::~FrameStream() = default;
DataSource::~DataSource() = default;
ReadinessChecker::~ReadinessChecker() = default;

Result<std::string> ReadinessChecker::marks() {
  return std::string();
}

Trainer::~Trainer() = default;
Gate::~Gate() = default;
bool Gate::needs_level(const Evaluation& evaluation) const {
  return !evaluation.production.empty();
}
Comparator::~Comparator() = default;
Verifier::~Verifier() = default;
ModelRegistry::~ModelRegistry() = default;
ModelStore::~ModelStore() = default;
RollbackStore::~RollbackStore() = default;
Notifier::~Notifier() = default;

Delivery Notifier::deliver(const Event& event) {
  return {.status = notify(event)};
}

Observer::~Observer() = default;
void Observer::log(const LogRecord&) {}
void Observer::progress(const Progress&) {}
bool Observer::keep_going() {
  return true;
}

Observer& quiet_observer() {
  static Observer quiet;
  return quiet;
}

const char* version() {
  return "0.1.0";
}

std::string_view to_string(DvcState state) {
  switch (state) {
    case DvcState::clean: return "clean";
    case DvcState::modified: return "modified";
    case DvcState::missing: return "missing";
    case DvcState::extra: return "extra";
    case DvcState::not_in_cache: return "not_in_cache";
    case DvcState::unsupported: return "unsupported";
  }
  return "";
}

std::string_view to_string(DvcMode mode) {
  switch (mode) {
    case DvcMode::off: return "off";
    case DvcMode::native: return "native";
    case DvcMode::cli: return "cli";
    case DvcMode::both: return "both";
  }
  return "";
}

std::string_view to_string(Task task) {
  switch (task) {
    case Task::regression: return "regression";
    case Task::binary: return "binary";
    case Task::multiclass: return "multiclass";
  }
  return "";
}

std::string_view to_string(TrainingMode mode) {
  switch (mode) {
    case TrainingMode::automatic: return "auto";
    case TrainingMode::warm: return "warm";
    case TrainingMode::full: return "full";
    case TrainingMode::recalibrate: return "recalibrate";
    case TrainingMode::best: return "best";
  }
  return "";
}

std::string_view to_string(AlertVerdict verdict) {
  switch (verdict) {
    case AlertVerdict::accepted: return "accepted";
    case AlertVerdict::merged: return "merged";
    case AlertVerdict::escalated: return "escalated";
    case AlertVerdict::below_threshold: return "below_threshold";
    case AlertVerdict::debounced: return "debounced";
    case AlertVerdict::cooling_down: return "cooling_down";
    case AlertVerdict::capped: return "capped";
    case AlertVerdict::held: return "held";
    case AlertVerdict::silenced: return "silenced";
    case AlertVerdict::resolved: return "resolved";
    case AlertVerdict::duplicate: return "duplicate";
    case AlertVerdict::stale: return "stale";
    case AlertVerdict::invalid: return "invalid";
  }
  return "";
}

std::string_view to_string(AdmissionVerdict verdict) {
  switch (verdict) {
    case AdmissionVerdict::start: return "start";
    case AdmissionVerdict::wait: return "wait";
    case AdmissionVerdict::never: return "never";
  }
  return "";
}

std::string_view to_string(ReadinessVerdict verdict) {
  switch (verdict) {
    case ReadinessVerdict::ready: return "ready";
    case ReadinessVerdict::not_yet: return "not_yet";
    case ReadinessVerdict::broken: return "broken";
  }
  return "";
}

std::string_view to_string(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::pass: return "pass";
    case GateVerdict::fail: return "fail";
    case GateVerdict::inconclusive: return "inconclusive";
  }
  return "";
}

std::string_view to_string(ComparisonVerdict verdict) {
  switch (verdict) {
    case ComparisonVerdict::promote: return "promote";
    case ComparisonVerdict::challenger: return "challenger";
    case ComparisonVerdict::keep: return "keep";
  }
  return "";
}

std::string_view to_string(VerificationVerdict verdict) {
  switch (verdict) {
    case VerificationVerdict::confirm: return "confirm";
    case VerificationVerdict::harm: return "harm";
    case VerificationVerdict::go_on: return "go_on";
  }
  return "";
}

std::string_view to_string(Step step) {
  switch (step) {
    case Step::readiness: return "readiness";
    case Step::train: return "train";
    case Step::gate: return "gate";
    case Step::compare: return "compare";
    case Step::deploy: return "deploy";
    case Step::verify: return "verify";
  }
  return "";
}

Result<Step> parse_step(std::string_view name) {
  for (const Step step : {Step::readiness, Step::train, Step::gate, Step::compare, Step::deploy, Step::verify}) {
    if (to_string(step) == name) return step;
  }
  return Status{StatusCode::invalid_argument,
                "'" + std::string(name) + "' is no step: readiness, train, gate, compare, deploy, verify"};
}

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::queued: return "queued";
    case RunState::running: return "running";
    case RunState::finished: return "finished";
  }
  return "";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::none: return "none";
    case Outcome::promoted: return "promoted";
    case Outcome::rejected: return "rejected";
    case Outcome::data_not_ready: return "data_not_ready";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "cancelled";
    case Outcome::set_aside: return "set_aside";
  }
  return "";
}

std::string_view to_string(DeploymentState state) {
  switch (state) {
    case DeploymentState::provisional: return "provisional";
    case DeploymentState::stable: return "stable";
    case DeploymentState::rolled_back: return "rolled_back";
    case DeploymentState::superseded: return "superseded";
  }
  return "";
}

}  // namespace retrain
