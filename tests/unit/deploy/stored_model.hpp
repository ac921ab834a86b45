// A model artifact of plain bytes, and its hash.
#pragma once

#include <retrain/model_registry.hpp>
#include <string>

#include "base/sha256.hpp"

namespace retrain::test {

inline ModelArtifact make_artifact(const std::string& bytes) {
  ModelArtifact artifact;
  artifact.bytes = bytes;
  artifact.description.name = "air-time";
  artifact.description.target = "air_time";
  artifact.description.numeric = {"distance"};
  artifact.description.categorical = {{"dest", {"ATL", "LAX"}}};
  artifact.description.trainer = {"xgboost", "1.7.4"};
  artifact.description.mode = "full";
  artifact.description.rounds = 3;
  artifact.description.golden_rows = {{{1.5F}, {"ATL"}, {0.1}}};
  return artifact;
}

}  // namespace retrain::test
