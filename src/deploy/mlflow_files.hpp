// The files of a model as MLflow stores it: the booster and what mlflow.pyfunc needs to load it.
#pragma once

#include <retrain/model.hpp>
#include <retrain/time.hpp>
#include <string>
#include <utility>
#include <vector>

namespace retrain::deploy {

struct MlflowNames {
  std::string run_id, model_id, artifact_uri;
};

/// Name and bytes of each file, MLmodel last: while it is missing nobody takes the folder for a model.
std::vector<std::pair<std::string, std::string>> mlflow_files(const ModelArtifact& artifact, const MlflowNames& names, Time made);

}  // namespace retrain::deploy
