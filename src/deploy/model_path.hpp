// Where a model's files stand, relative to the state directory.
#pragma once

#include <retrain/status.hpp>
#include <string>

namespace retrain::deploy {

constexpr const char* model_file = "model.ubj";
constexpr const char* description_file = "model.json";

/// Success for 64 lower-case hex digits, the only text that may become a folder's name; else invalid_argument.
Status check_sha256(const std::string& sha256);

/// "models/<sha256>"
std::string relative_folder(const std::string& sha256);

}  // namespace retrain::deploy
