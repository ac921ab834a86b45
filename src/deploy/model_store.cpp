#include <retrain/json.hpp>
#include <retrain/model_registry.hpp>

#include <algorithm>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "model_path.hpp"
#include "publication_folder.hpp"

namespace retrain {
namespace {

using namespace deploy;

class FileModelStore final : public ModelStore {
 public:
  explicit FileModelStore(std::string state_directory)
      : state_directory_(std::move(state_directory)), models_(state_directory_ + "/models") {}

  Result<std::string> put(const ModelArtifact& artifact) override {
    if (artifact.bytes.empty()) return Status{StatusCode::invalid_argument, "a model of 0 bytes cannot be stored"};
    const std::string sha256 = base::sha256(artifact.bytes);
    if (Status status = base::make_directory(models_); !status) return status;
    Status published = publish(artifact, models_ + "/" + sha256);
    if (!published && published.code() != StatusCode::conflict) return published;
    // Read back whoever wrote it: what the disk gives is what will be served.
    const auto stored = read_model(sha256);
    if (!stored) return stored.status();
    return sha256;
  }

  Result<ModelArtifact> get(const std::string& sha256) override {
    auto bytes = read_model(sha256);
    if (!bytes) return bytes.status();
    const auto text = read_description(sha256);
    if (!text) return text.status();
    auto description = parse_model_description(*text);
    if (!description) return description.status().within(relative_folder(sha256) + "/" + description_file);
    return ModelArtifact{std::move(*bytes), std::move(*description)};
  }

  Result<std::string> description_sha256(const std::string& sha256) override {
    const auto text = read_description(sha256);
    if (!text) return text.status();
    return base::sha256(*text);
  }

  Result<int> sweep() override { return sweep_publication_folders(models_); }

 private:
  /// Fails with conflict when the model is there already.
  Status publish(const ModelArtifact& artifact, const std::string& folder) const {
    const auto temporary = PublicationFolder::create(models_);
    if (!temporary) return temporary.status();
    if (Status status = base::write_file(temporary->path() + "/" + model_file, artifact.bytes, "model_file"); !status)
      return status;
    const std::string description = to_json(artifact.description) + "\n";
    if (Status status = base::write_file(temporary->path() + "/" + description_file, description, "model_description"); !status)
      return status;
    return base::rename_new(temporary->path(), folder, "model_publish");
  }

  Result<std::string> read_model(const std::string& sha256) const {
    auto bytes = read(sha256, model_file);
    if (!bytes) return bytes;
    const std::string found = base::sha256(*bytes);
    if (found == sha256) return bytes;
    return Status{StatusCode::corrupt,
                  relative_folder(sha256) + "/" + model_file + " has hash " + found + ", registered as " + sha256};
  }

  Result<std::string> read_description(const std::string& sha256) const { return read(sha256, description_file); }

  Result<std::string> read(const std::string& sha256, const char* file) const {
    if (Status status = check_sha256(sha256); !status) return status;
    auto bytes = base::read_file(state_directory_ + "/" + relative_folder(sha256) + "/" + file);
    if (bytes) return bytes;
    if (bytes.status().code() == StatusCode::not_found)
      return Status{StatusCode::not_found, relative_folder(sha256) + "/" + file + " does not exist"};
    return bytes.status();
  }

  std::string state_directory_;
  std::string models_;
};

}  // namespace

std::shared_ptr<ModelStore> make_model_store(const std::string& state_directory) {
  return std::make_shared<FileModelStore>(state_directory);
}

}  // namespace retrain
