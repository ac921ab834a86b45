// The version of this library.
#pragma once

#define RETRAIN_VERSION_MAJOR 0
#define RETRAIN_VERSION_MINOR 1
#define RETRAIN_VERSION_PATCH 0

namespace retrain {
/// "0.1.0"
const char* version();
}  // namespace retrain
