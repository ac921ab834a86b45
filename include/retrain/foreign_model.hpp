// ForeignModel: an XGBoost model that was made elsewhere, brought in as a candidate like any other.
#pragma once

#include <optional>
#include <retrain/trainer.hpp>
#include <string>
#include <vector>

namespace retrain {

/// A model file as it came, and what is known about it.
struct ForeignModel {
  std::string bytes;                            ///< UBJSON, as XGBoost's save_model("….ubj") writes it
  std::string origin;                           ///< for the records: a path
  std::optional<ModelDescription> description;  ///< needed where the model has categorical features: it names their codes
};

/// What probing a model's bytes found.
struct ModelProbe {
  std::string sha256;   ///< of the bytes
  std::string version;  ///< of the library that wrote them
};

/// Reads the file and checks its structure; only when that is sound does the library load it and predict some made-up rows.
/// A file may pass the check and still end the process: call this in a child, as probe_in_child() does.
/// Fails with io_error, corrupt or incompatible, with not_found when there is no XGBoost.
Result<ModelProbe> probe_model_file(const std::string& path, const std::string& xgboost_library);

/// Runs `worker` with `path` as its last word, within 60 s of time, and reads what it prints: `sha256 version`. Fails as
/// probe_model_file() does, and with corrupt when the child dies.
Result<ModelProbe> probe_in_child(const std::vector<std::string>& worker, const std::string& path, std::stop_token stop);

/// A trainer that, asked to train, gives `foreign` as its candidate: mode `import`. It reads the rows to fit for golden rows
/// only. Loading models is the default trainer's. Fails with corrupt when the bytes are unsound, with incompatible when
/// features, categories or task are not those of `model`, naming the first that differs; with conflict when the bytes are not
/// those that were probed.
Result<std::shared_ptr<Trainer>> make_importing_trainer(const ModelSettings& model, const TrainingSettings& training,
                                                        ForeignModel foreign, const std::string& probed_sha256);

}  // namespace retrain
