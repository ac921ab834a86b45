// The model of the XGBoost trainer.
#pragma once

#include <memory>
#include <retrain/model.hpp>

#include "xgboost_api.hpp"

namespace retrain::train {

/// Makes the model that `artifact` holds. Fails with corrupt when bytes and description do not belong together, with incompatible
/// when a newer library or another trainer made them.
Result<std::shared_ptr<const Model>> load_xgboost_model(std::shared_ptr<const XgboostApi> api, ModelArtifact artifact);

/// The name under which this trainer signs.
constexpr const char* trainer_name = "xgboost";

}  // namespace retrain::train
