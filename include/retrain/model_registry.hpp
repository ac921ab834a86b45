// ModelRegistry: where serving looks. Implement it to publish to your own registry.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <retrain/clock.hpp>
#include <retrain/deployment_settings.hpp>
#include <retrain/model.hpp>
#include <retrain/model_ref.hpp>
#include <retrain/service_finding.hpp>
#include <retrain/time.hpp>
#include <vector>

namespace retrain {

struct DeployContext {
  std::string model;  ///< the model name
  std::string run_id;
  Time now{};
  std::string reason;                     ///< "promoted", "rolled back: …"
  std::map<std::string, double> metrics;  ///< how the model was judged, for registries that show it; may be empty
};

/// Every call is idempotent by (run id, operation) and is repeated at recovery. Never called inside a transaction.
class ModelRegistry {
 public:
  ModelRegistry() = default;
  ModelRegistry(const ModelRegistry&) = delete;
  ModelRegistry& operator=(const ModelRegistry&) = delete;
  virtual ~ModelRegistry();

  virtual PartId id() const = 0;
  /// Stores the model so that it can be activated; it serves nobody yet.
  virtual Result<ModelRef> publish(const ModelArtifact& artifact, const DeployContext& context) = 0;
  /// Makes `model` the one that serving finds; also the way back.
  virtual Status activate(const ModelRef& model, const DeployContext& context) = 0;
  /// What serving finds now; compared with the database and reported, never obeyed.
  virtual Result<std::optional<ModelRef>> current() = 0;
};

/// The model files of a state directory, models/<sha256>/. Threads: any.
class ModelStore {
 public:
  virtual ~ModelStore();
  /// Writes, syncs and renames into place; the same bytes again change nothing. Returns the hash of `artifact.bytes`.
  virtual Result<std::string> put(const ModelArtifact& artifact) = 0;
  /// Reads and checks the hash. Fails with corrupt, naming the file, or not_found.
  virtual Result<ModelArtifact> get(const std::string& sha256) = 0;
  /// SHA-256 of the stored description, to be kept beside the model's.
  virtual Result<std::string> description_sha256(const std::string& sha256) = 0;
  /// Removes leftovers of interrupted writes. Returns how many.
  virtual Result<int> sweep() = 0;
};
std::shared_ptr<ModelStore> make_model_store(const std::string& state_directory);

/// The default: files below `state_directory`; activation replaces production/<model>.json atomically.
std::shared_ptr<ModelRegistry> make_local_registry(const std::string& state_directory, const std::string& model);

/// The local registry, and beside it an MLflow 3 tracking server (docs/mlflow.md). publish() is local. activate() moves the local
/// pointer first; then it brings run, logged model and version to the server, each once however often it is called, and moves
/// the alias `champion`. While the server cannot be reached it fails with unavailable and is to be called again; it fails with
/// conflict, and changes no alias, when somebody else moved `champion`. Fails with invalid_argument when an address or a name
/// cannot be one.
Result<std::shared_ptr<ModelRegistry>> make_mlflow_registry(const MlflowSettings& settings, const std::string& state_directory,
                                                            const std::string& model, std::shared_ptr<Clock> clock);

/// Asks the server for everything that a deployment needs and changes nothing.
std::vector<ServiceFinding> check_mlflow(const MlflowSettings& settings, const std::string& model);

}  // namespace retrain
