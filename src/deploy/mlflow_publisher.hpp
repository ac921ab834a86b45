// MlflowPublisher: brings one run's model to the server: run, logged model, files, version; each once, however often it is called
// and wherever it was cut off.
#pragma once

#include <retrain/clock.hpp>
#include <retrain/model_registry.hpp>
#include <string>

#include "mlflow_client.hpp"
#include "mlflow_record.hpp"

namespace retrain::deploy {

class MlflowPublisher {
 public:
  MlflowPublisher(const MlflowClient& client, const MlflowSettings& settings, Clock& clock, MlflowRecordFile& file)
      : client_(client), settings_(settings), clock_(clock), file_(file) {}

  /// The version of the registered model that holds `artifact`. Fails with unavailable when the server did not answer, or when
  /// it is too early to know what it did: call again.
  Result<std::string> publish(const ModelArtifact& artifact, const std::string& sha256, const DeployContext& context);
  /// Downloads the booster and compares its hash. Fails with corrupt.
  Status check_files(const MlflowPublication& made) const;

 private:
  using Ids = std::vector<std::string>;  ///< oldest first
  struct Making {
    const ModelArtifact& artifact;
    const DeployContext& context;
    MlflowPublication& made;
  };
  /// Finds what an earlier call made, else makes it; `known` is the id in the record.
  Status once(const char* what, std::string& known, MlflowPublication& made, const std::function<Result<Ids>()>& search,
              const std::function<Result<std::string>()>& create);
  Status find_experiment(MlflowPublication& made);
  Status make_run(Making& making);
  Status describe_run(Making& making);
  Status make_model(Making& making);
  Status upload(Making& making);
  Status link_run(Making& making);
  Status make_version(Making& making);

  const MlflowClient& client_;
  const MlflowSettings& settings_;
  Clock& clock_;
  MlflowRecordFile& file_;
};

}  // namespace retrain::deploy
