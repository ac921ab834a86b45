// The MLflow registry: the local one, and beside it a tracking server that follows.
#include <retrain/model_registry.hpp>

#include <algorithm>

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "mlflow_publisher.hpp"

namespace retrain {
namespace {

using namespace deploy;
using base::Json;
using Aliases = std::map<std::string, std::string>;

std::string holder_of(const Aliases& aliases, const char* alias) {
  const auto found = aliases.find(alias);
  return found == aliases.end() ? std::string() : found->second;
}

class MlflowRegistry final : public ModelRegistry {
 public:
  MlflowRegistry(MlflowClient client, MlflowSettings settings, std::string state_directory, std::string model,
                 std::shared_ptr<Clock> clock)
      : client_(std::move(client)),
        settings_(std::move(settings)),
        state_directory_(std::move(state_directory)),
        model_(std::move(model)),
        clock_(std::move(clock)),
        local_(make_local_registry(state_directory_, model_)),
        store_(make_model_store(state_directory_)) {}

  PartId id() const override { return {"mlflow", "1"}; }

  Result<ModelRef> publish(const ModelArtifact& artifact, const DeployContext& context) override {
    return local_->publish(artifact, context);
  }

  Status activate(const ModelRef& model, const DeployContext& context) override {
    if (Status status = local_->activate(model, context); !status) return status;
    const auto artifact = store_->get(model.sha256);
    if (!artifact) return artifact.status();
    auto file = MlflowRecordFile::open(state_directory_, model_, settings_.model_name);
    // A damaged record says nothing about the model: it must not look as if that were lost.
    if (!file && file.status().code() != StatusCode::unavailable) return {StatusCode::io_error, file.status().message()};
    if (!file) return file.status();
    // On the way back the context is that of the run that failed.
    DeployContext origin = context;
    origin.run_id = model.run_id;
    MlflowPublisher publisher(client_, settings_, *clock_, *file);
    const auto version = publisher.publish(*artifact, model.sha256, origin);
    if (!version) return version.status();
    return move_champion(publisher, *file, *version, origin);
  }

  Result<std::optional<ModelRef>> current() override {
    auto local = local_->current();
    if (!local) return local;
    const auto record = read_mlflow_record(state_directory_, model_, settings_.model_name);
    if (!record) return record.status();
    if (record->champion.empty()) return local;
    const auto aliases = read_aliases();
    // Serving from the files goes on without the server.
    if (!aliases && aliases.status().code() == StatusCode::unavailable) return local;
    if (!aliases) return aliases.status();
    const std::string holder = holder_of(*aliases, "champion");
    if (holder == record->champion) return local;
    ModelRef theirs{
        .sha256 = holder.empty() ? "no champion of " + settings_.model_name : "version " + holder + " of " + settings_.model_name,
        .registry_version = holder};
    return std::optional<ModelRef>(std::move(theirs));
  }

 private:
  Result<Aliases> read_aliases() const {
    const auto answer = client_.get("registered-models/get?name=" + http::percent_encoded(settings_.model_name));
    if (!answer) return answer.status();
    if (answer->code == "RESOURCE_DOES_NOT_EXIST") return Aliases();
    if (Status status = client_.judge(*answer, "read the aliases"); !status) return status;
    return read_answer([&] {
      Aliases aliases;
      const Json& registered = answer->json.at("registered_model");
      const auto found = registered.find("aliases");
      if (found == registered.end()) return aliases;
      for (const Json& alias : *found) aliases[alias.at("alias")] = alias.at("version");
      return aliases;
    });
  }

  Status set_alias(const char* alias, const std::string& version) const {
    const auto answer =
        client_.post("registered-models/alias", {{"name", settings_.model_name}, {"alias", alias}, {"version", version}});
    if (!answer) return answer.status();
    return client_.judge(*answer, std::string("set the alias ") + alias);
  }

  Status drop_challenger() const {
    const auto answer = client_.remove("registered-models/alias", {{"name", settings_.model_name}, {"alias", "challenger"}});
    if (!answer) return answer.status();
    return client_.judge(*answer, "remove the alias challenger");
  }

  Status move_champion(const MlflowPublisher& publisher, MlflowRecordFile& file, const std::string& version,
                       const DeployContext& context) const {
    MlflowRecord& record = file.record;
    const auto before = read_aliases();
    if (!before) return before.status();
    const std::string holder = holder_of(*before, "champion"), challenger = holder_of(*before, "challenger");
    if (holder != version) {
      if (!holder.empty() && holder != record.champion && holder != record.next_champion) {
        return {StatusCode::conflict, "AliasMovedByOther: somebody else put the alias champion of " + settings_.model_name +
                                          " at version " + holder + ", and there it stays: remove it, or move it to version " +
                                          version + ", to go on"};
      }
      if (challenger.empty()) {
        if (Status status = set_alias("challenger", version); !status) return status;
      }
      if (Status status = publisher.check_files(record.publications[context.run_id]); !status) return status;
      record.next_champion = version;
      if (Status status = file.save(); !status) return status;
      base::crash_point("mlflow", "champion");
      if (Status status = set_alias("champion", version); !status) return status;
    }
    const auto after = read_aliases();
    if (!after) return after.status();
    if (holder_of(*after, "champion") != version) {
      return {StatusCode::conflict, "AliasMovedByOther: the alias champion of " + settings_.model_name +
                                        " was moved to version " + version + " and is at version " +
                                        holder_of(*after, "champion")};
    }
    if (holder_of(*after, "challenger") == version) {
      if (Status status = drop_challenger(); !status) return status;
    }
    record.champion = version;
    record.next_champion.clear();
    if (Status status = file.save(); !status) return status;
    return explain(version, context);
  }

  /// Why it is the champion, and since when, where people look.
  Status explain(const std::string& version, const DeployContext& context) const {
    for (const auto& [key, value] : {std::pair<std::string, std::string>{"retrain.reason", context.reason},
                                     {"retrain.champion_since", format_time(context.now)}}) {
      const auto answer =
          client_.post("model-versions/set-tag",
                       {{"name", settings_.model_name}, {"version", version}, {"key", key}, {"value", value.substr(0, 5000)}});
      if (!answer) return answer.status();
      if (Status status = client_.judge(*answer, "tag the version"); !status) return status;
    }
    return {};
  }

  MlflowClient client_;
  MlflowSettings settings_;
  std::string state_directory_, model_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<ModelRegistry> local_;
  std::shared_ptr<ModelStore> store_;
};

}  // namespace

Result<std::shared_ptr<ModelRegistry>> make_mlflow_registry(const MlflowSettings& settings, const std::string& state_directory,
                                                            const std::string& model, std::shared_ptr<Clock> clock) {
  auto client = MlflowClient::create(settings);
  if (!client) return client.status();
  MlflowSettings named = settings;
  if (named.model_name.empty()) named.model_name = model;
  // The name becomes part of filters and addresses on the server.
  if (named.model_name.size() > 255 || named.model_name.find_first_of("/:'\"`\\%") != std::string::npos) {
    return Status{StatusCode::invalid_argument, "deployment.mlflow.model_name '" + base::printable(named.model_name) +
                                                    "' must have at most 255 bytes and none of / : ' \" ` \\ %"};
  }
  return std::shared_ptr<ModelRegistry>(
      std::make_shared<MlflowRegistry>(std::move(*client), std::move(named), state_directory, model, std::move(clock)));
}

}  // namespace retrain
