#include "mlflow_record.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace retrain::deploy {
namespace {

using base::Json;

constexpr const char* schema = "retrain.mlflow/1";

std::string path_of(const std::string& state_directory, const std::string& model) {
  return state_directory + "/mlflow/" + model + ".json";
}

Json as_json(const MlflowPublication& made) {
  return {{"sha256", made.sha256},
          {"experiment_id", made.experiment_id},
          {"mlflow_run_id", made.run_id},
          {"model_id", made.model_id},
          {"artifact_uri", made.artifact_uri},
          {"version", made.version},
          {"uploaded", made.uploaded},
          {"begun", made.begun},
          {"begun_us", made.begun_at.time_since_epoch().count()}};
}

MlflowPublication read_publication(const Json& json) {
  const auto text = [&](const char* key) { return json.at(key).get<std::string>(); };
  return {text("sha256"),
          text("experiment_id"),
          text("mlflow_run_id"),
          text("model_id"),
          text("artifact_uri"),
          text("version"),
          json.at("uploaded").get<bool>(),
          text("begun"),
          Time(Duration(json.at("begun_us").get<std::int64_t>()))};
}

}  // namespace

Result<MlflowRecord> read_mlflow_record(const std::string& state_directory, const std::string& model,
                                        const std::string& registered_model) {
  MlflowRecord fresh{registered_model, "", "", {}};
  const std::string path = path_of(state_directory, model);
  const auto text = base::read_file(path);
  if (!text && text.status().code() == StatusCode::not_found) return fresh;
  if (!text) return text.status();
  const auto json = base::parse_json(*text);
  if (!json) return Status{StatusCode::corrupt, path + ": " + json.status().message()};
  auto record = base::guarded(path.c_str(), [&] {
    const auto name = [&](const char* key) { return json->at(key).get<std::string>(); };
    MlflowRecord read{name("registered_model"), name("champion"), name("next_champion"), {}};
    for (const auto& [run, made] : json->at("publications").items()) read.publications[run] = read_publication(made);
    return std::pair<std::string, MlflowRecord>(name("schema"), std::move(read));
  });
  if (!record) return record.status();
  if (record->first != schema) {
    return Status{StatusCode::incompatible, path + " has schema '" + base::printable(record->first) + "', not " + schema};
  }
  // Another registered model is another place: nothing that was made there counts here.
  if (record->second.registered_model != registered_model) return fresh;
  return std::move(record->second);
}

Result<MlflowRecordFile> MlflowRecordFile::open(const std::string& state_directory, const std::string& model,
                                                const std::string& registered_model) {
  if (Status status = base::make_directory(state_directory + "/mlflow"); !status) return status;
  std::string path = path_of(state_directory, model);
  const std::string lock_path = path + ".lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock < 0) return base::file_error(errno, "open", lock_path);
  MlflowRecordFile file(std::move(path), lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return Status{StatusCode::unavailable, "another process is bringing " + model + " to MLflow"};
  }
  auto record = read_mlflow_record(state_directory, model, registered_model);
  if (!record) return record.status();
  file.record = std::move(*record);
  return file;
}

MlflowRecordFile::MlflowRecordFile(MlflowRecordFile&& other) noexcept
    : record(std::move(other.record)), path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

MlflowRecordFile::~MlflowRecordFile() {
  if (lock_ >= 0) ::close(lock_);
}

Status MlflowRecordFile::save() const {
  Json publications = Json::object();
  for (const auto& [run, made] : record.publications) publications[run] = as_json(made);
  const Json json = {{"schema", schema},
                     {"registered_model", record.registered_model},
                     {"champion", record.champion},
                     {"next_champion", record.next_champion},
                     {"publications", publications}};
  return base::write_file(path_, base::dump(json) + "\n", "mlflow_record");
}

}  // namespace retrain::deploy
