// The bytes of a saved booster: what is checked before the library, which trusts its input, may see them.
#pragma once

#include <array>
#include <retrain/model.hpp>
#include <string_view>

#include "xgboost_api.hpp"

namespace retrain::train {

/// The version of the library that wrote `bytes`, from their end. Fails with corrupt when they are no UBJSON model.
Result<std::array<int, 3>> written_by(std::string_view bytes);

/// Whether `api` may load `bytes` and will predict what their writer did. Fails with corrupt, or with incompatible when a newer
/// major version wrote them: an older library loads such bytes without a word and predicts nonsense.
Status check_model_bytes(std::string_view bytes, const XgboostApi& api);

}  // namespace retrain::train
