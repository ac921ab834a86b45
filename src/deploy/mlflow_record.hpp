// MlflowRecord: what is known of the server, on disk: mlflow/<model>.json. It tells what was begun, so that nothing is made
// twice.
#pragma once

#include <map>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>

namespace retrain::deploy {

/// How far one run's model has come.
struct MlflowPublication {
  std::string sha256, experiment_id, run_id, model_id, artifact_uri, version;
  bool uploaded = false;  ///< every file is there and the model is ready
  std::string begun;      ///< run | model | version: asked for, the answer not known; else empty
  Time begun_at{};
};

struct MlflowRecord {
  std::string registered_model;
  std::string champion;                                   ///< version to which we moved the alias; empty = never
  std::string next_champion;                              ///< where we were about to move it
  std::map<std::string, MlflowPublication> publications;  ///< by our run id
};

/// The record of one model, held by one process at a time.
class MlflowRecordFile {
 public:
  /// Fails with unavailable while another process holds it.
  static Result<MlflowRecordFile> open(const std::string& state_directory, const std::string& model,
                                       const std::string& registered_model);
  MlflowRecordFile(MlflowRecordFile&& other) noexcept;
  MlflowRecordFile& operator=(MlflowRecordFile&&) = delete;
  ~MlflowRecordFile();

  MlflowRecord record;
  /// Durable when it returns.
  Status save() const;

 private:
  MlflowRecordFile(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

/// Without holding it: what was last saved; an empty record when there is none.
Result<MlflowRecord> read_mlflow_record(const std::string& state_directory, const std::string& model,
                                        const std::string& registered_model);

}  // namespace retrain::deploy
