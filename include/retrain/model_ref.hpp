// ModelRef: names one published model; Fingerprint: names one way of making one.
#pragma once

#include <string>

namespace retrain {

struct ModelRef {
  std::string sha256;           ///< of the model bytes
  std::string run_id;           ///< the run that trained it
  std::string registry_run_id;  ///< in an outside registry; empty = none
  std::string registry_model_id;
  std::string registry_version;
  friend bool operator==(const ModelRef&, const ModelRef&) = default;
};

/// The same data, parameters and code make the same model again.
struct Fingerprint {
  std::string data;
  std::string parameters;
  std::string code;
  std::string text() const { return data + "/" + parameters + "/" + code; }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

}  // namespace retrain
