#include <retrain/model_registry.hpp>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "model_path.hpp"

namespace retrain {
namespace {

using namespace deploy;

constexpr const char* schema = "retrain.production/1";
constexpr std::size_t most_pointer_bytes = 64U << 10U;

struct ProductionPointer {
  ModelRef model;
  std::string reason;
};

class LocalRegistry final : public ModelRegistry {
 public:
  LocalRegistry(std::string state_directory, std::string model)
      : store_(make_model_store(state_directory)),
        model_(std::move(model)),
        folder_(state_directory + "/production"),
        relative_pointer_("production/" + model_ + ".json"),
        pointer_(state_directory + "/" + relative_pointer_) {}

  PartId id() const override { return {"local", "1"}; }

  Result<ModelRef> publish(const ModelArtifact& artifact, const DeployContext& context) override {
    if (Status status = check(context); !status) return status;
    auto sha256 = store_->put(artifact);
    if (!sha256) return sha256.status();
    return ModelRef{.sha256 = std::move(*sha256), .run_id = context.run_id};
  }

  Status activate(const ModelRef& model, const DeployContext& context) override {
    if (Status status = check(context); !status) return status;
    // Serving must never find a pointer to bytes that are not there or not whole.
    if (const auto stored = store_->get(model.sha256); !stored) return stored.status().within("cannot activate");
    const auto before = read();
    // A damaged pointer is replaced: the database says what belongs there.
    if (before && before->has_value() && same_model((*before)->model, model) && (*before)->reason == context.reason) return {};
    if (Status status = base::make_directory(folder_); !status) return status;
    return base::write_file(pointer_, pointer_text(model, context), "production_pointer");
  }

  Result<std::optional<ModelRef>> current() override {
    if (Status status = check_name(); !status) return status;
    const auto pointer = read();
    if (!pointer) return pointer.status();
    if (!pointer->has_value()) return std::optional<ModelRef>();
    return std::optional<ModelRef>((*pointer)->model);
  }

 private:
  static bool same_model(const ModelRef& a, const ModelRef& b) { return a.sha256 == b.sha256 && a.run_id == b.run_id; }

  Status check_name() const {
    if (base::safe_id(model_)) return {};
    return {StatusCode::invalid_argument, "model name '" + base::printable(model_) + "' cannot name a file"};
  }

  Status check(const DeployContext& context) const {
    if (Status status = check_name(); !status) return status;
    if (context.model == model_) return {};
    return {StatusCode::invalid_argument,
            "this registry serves model " + model_ + ", not '" + base::printable(context.model) + "'"};
  }

  std::string pointer_text(const ModelRef& model, const DeployContext& context) const {
    const base::Json pointer = {{"schema", schema},
                                {"model", model_},
                                {"sha256", model.sha256},
                                {"run_id", model.run_id},
                                {"path", relative_folder(model.sha256) + "/" + model_file},
                                {"reason", context.reason},
                                {"since", format_time(context.now)}};
    return base::dump(pointer) + "\n";
  }

  Result<std::optional<ProductionPointer>> read() const {
    const auto text = base::read_file(pointer_, most_pointer_bytes);
    if (!text && text.status().code() == StatusCode::not_found) return std::optional<ProductionPointer>();
    if (!text) return text.status();
    const auto json = base::parse_json(*text, most_pointer_bytes);
    if (!json) return Status{StatusCode::corrupt, relative_pointer_ + ": " + json.status().message()};
    auto pointer = base::guarded(relative_pointer_.c_str(), [&] {
      return std::pair<std::string, ProductionPointer>{
          json->at("schema").get<std::string>(),
          {{.sha256 = json->at("sha256").get<std::string>(), .run_id = json->at("run_id").get<std::string>()},
           json->at("reason").get<std::string>()}};
    });
    if (!pointer) return pointer.status();
    if (pointer->first != schema) {
      return Status{StatusCode::incompatible,
                    relative_pointer_ + " has schema '" + base::printable(pointer->first) + "', not " + schema};
    }
    if (Status status = check_sha256(pointer->second.model.sha256); !status) {
      return Status{StatusCode::corrupt, relative_pointer_ + ": " + status.message()};
    }
    return std::optional<ProductionPointer>(std::move(pointer->second));
  }

  std::shared_ptr<ModelStore> store_;
  std::string model_;
  std::string folder_;
  std::string relative_pointer_;
  std::string pointer_;
};

}  // namespace

std::shared_ptr<ModelRegistry> make_local_registry(const std::string& state_directory, const std::string& model) {
  return std::make_shared<LocalRegistry>(state_directory, model);
}

}  // namespace retrain
