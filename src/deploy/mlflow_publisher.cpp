#include "mlflow_publisher.hpp"

#include <cmath>

#include "base/crash_point.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "mlflow_files.hpp"
#include "model_path.hpp"

namespace retrain::deploy {
namespace {

using base::Json;

constexpr const char* run_tag = "retrain.run_id";
// A call whose connection broke may still be at work on the server: only after this is a search for its effect worth something.
constexpr Duration time_to_appear = std::chrono::seconds(2);

std::int64_t milliseconds(Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

/// MLflow cuts longer texts without a word.
std::string limited(const std::string& text, std::size_t most) {
  constexpr std::string_view mark = " [cut]";
  if (text.size() <= most) return text;
  std::size_t end = most - mark.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end) + std::string(mark);
}

Json tag(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", limited(value, 5000)}};
}

Json model_tags(const std::string& run, const std::string& sha256) {
  return Json::array({tag(run_tag, run), tag("retrain.sha256", sha256)});
}

/// A list that MLflow leaves out when it is empty.
const Json& list_of(const Json& json, const char* key) {
  static const Json none = Json::array();
  const auto found = json.find(key);
  return found == json.end() ? none : *found;
}

Json parameters_of(const ModelDescription& description) {
  constexpr std::size_t most = 100;
  std::vector<std::pair<std::string, std::string>> all = {{"mode", description.mode},
                                                          {"rounds", std::to_string(description.rounds)},
                                                          {"seed", std::to_string(description.seed)},
                                                          {"library", description.library},
                                                          {"trainer", description.trainer.name},
                                                          {"fit_sessions", std::to_string(description.fit_sessions.size())},
                                                          {"data_fingerprint", description.data_fingerprint}};
  for (const auto& [key, value] : description.parameters) all.emplace_back("xgboost." + key, value);
  Json params = Json::array();
  for (const auto& [key, value] : all) {
    if (params.size() < most) params.push_back({{"key", limited(key, 250)}, {"value", limited(value, 5000)}});
  }
  return params;
}

std::string filter_by_run(const std::string& run) {
  return "tags.`" + std::string(run_tag) + "` = '" + run + "'";
}

}  // namespace

Status MlflowPublisher::once(const char* what, std::string& known, MlflowPublication& made,
                             const std::function<Result<Ids>()>& search, const std::function<Result<std::string>()>& create) {
  if (!known.empty()) return {};
  const Time now = clock_.now().wall;
  if (made.begun == what && now - made.begun_at < time_to_appear && made.begun_at <= now) {
    return {StatusCode::unavailable, "MLflow: whether the " + std::string(what) + " was made is not known yet"};
  }
  const auto found = search();
  if (!found) return found.status();
  if (!found->empty()) {
    known = found->front();
  } else {
    made.begun = what;
    made.begun_at = now;
    if (Status status = file_.save(); !status) return status;
    base::crash_point("mlflow", what);
    auto created = create();
    if (!created) return created.status();
    known = std::move(*created);
  }
  made.begun.clear();
  return file_.save();
}

Status MlflowPublisher::find_experiment(MlflowPublication& made) {
  if (!made.experiment_id.empty()) return {};
  const std::string path = "experiments/get-by-name?experiment_name=" + http::percent_encoded(settings_.experiment);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto answer = client_.get(path);
    if (!answer) return answer.status();
    if (answer->ok()) {
      const auto place = read_answer([&] {
        const Json& experiment = answer->json.at("experiment");
        if (experiment.value("lifecycle_stage", "") == "deleted") return std::pair<std::string, std::string>();
        return std::pair<std::string, std::string>(experiment.at("experiment_id"), experiment.value("artifact_location", ""));
      });
      if (!place) return place.status();
      if (place->first.empty()) {
        return {StatusCode::invalid_argument, "MLflow: experiment " + base::printable(settings_.experiment) +
                                                  " is deleted: restore it, or name another in deployment.mlflow.experiment"};
      }
      if (const auto served = proxied_path(place->second); !served) return served.status();
      made.experiment_id = place->first;
      return file_.save();
    }
    if (answer->code != "RESOURCE_DOES_NOT_EXIST") return client_.judge(*answer, "find the experiment");
    const auto created = client_.post("experiments/create", {{"name", settings_.experiment}});
    if (!created) return created.status();
    // Somebody else may have been quicker.
    if (!created->ok() && created->code != "RESOURCE_ALREADY_EXISTS") return client_.judge(*created, "create the experiment");
  }
  return {StatusCode::unavailable, "MLflow: the experiment that was just made cannot be found yet"};
}

Status MlflowPublisher::make_run(Making& making) {
  MlflowPublication& made = making.made;
  const std::string& run = making.context.run_id;
  const auto search = [&]() -> Result<Ids> {
    const auto answer = client_.post("runs/search", {{"experiment_ids", Json::array({made.experiment_id})},
                                                     {"filter", filter_by_run(run)},
                                                     {"order_by", Json::array({"attributes.start_time ASC"})}});
    if (!answer) return answer.status();
    if (Status status = client_.judge(*answer, "search for the run"); !status) return status;
    return read_answer([&] {
      Ids ids;
      for (const Json& found : list_of(answer->json, "runs")) ids.push_back(found.at("info").at("run_id"));
      return ids;
    });
  };
  const auto create = [&]() -> Result<std::string> {
    const auto answer = client_.post("runs/create", {{"experiment_id", made.experiment_id},
                                                     {"run_name", run},
                                                     {"start_time", milliseconds(making.context.now)},
                                                     {"tags", model_tags(run, made.sha256)}});
    if (!answer) return answer.status();
    if (Status status = client_.judge(*answer, "create the run"); !status) return status;
    return read_answer([&] { return answer->json.at("run").at("info").at("run_id").get<std::string>(); });
  };
  return once("run", made.run_id, made, search, create);
}

Status MlflowPublisher::describe_run(Making& making) {
  Json metrics = Json::array(), tags = Json::array({tag("retrain.model", making.context.model)});
  for (const auto& [key, value] : making.context.metrics) {
    // Only this spelling of a value that is no number survives; infinity would come back as a finite number.
    if (std::isinf(value)) {
      tags.push_back(tag("retrain.metric." + key, value > 0 ? "inf" : "-inf"));
      continue;
    }
    metrics.push_back({{"key", key},
                       {"value", std::isnan(value) ? Json("NaN") : Json(value)},
                       {"timestamp", milliseconds(making.context.now)},
                       {"step", 0}});
  }
  // The same points again are stored once.
  const auto answer = client_.post("runs/log-batch", {{"run_id", making.made.run_id},
                                                      {"metrics", metrics},
                                                      {"params", parameters_of(making.artifact.description)},
                                                      {"tags", tags}});
  if (!answer) return answer.status();
  return client_.judge(*answer, "describe the run");
}

Status MlflowPublisher::make_model(Making& making) {
  MlflowPublication& made = making.made;
  const std::string& run = making.context.run_id;
  const auto search = [&]() -> Result<Ids> {
    const auto answer = client_.post("logged-models/search",
                                     {{"experiment_ids", Json::array({made.experiment_id})}, {"filter", filter_by_run(run)}});
    if (!answer) return answer.status();
    if (Status status = client_.judge(*answer, "search for the logged model"); !status) return status;
    return read_answer([&] {
      std::vector<std::pair<std::int64_t, std::string>> found;
      for (const Json& model : list_of(answer->json, "models")) {
        const Json& info = model.at("info");
        found.emplace_back(info.value("creation_timestamp_ms", std::int64_t{0}), info.at("model_id"));
      }
      std::sort(found.begin(), found.end());
      Ids ids;
      for (const auto& [time, id] : found) ids.push_back(id);
      return ids;
    });
  };
  const auto create = [&]() -> Result<std::string> {
    const auto answer = client_.post("logged-models", {{"experiment_id", made.experiment_id},
                                                       {"name", file_.record.registered_model},
                                                       {"model_type", "xgboost"},
                                                       {"source_run_id", made.run_id},
                                                       {"tags", model_tags(run, made.sha256)}});
    if (!answer) return answer.status();
    if (Status status = client_.judge(*answer, "create the logged model"); !status) return status;
    return read_answer([&] { return answer->json.at("model").at("info").at("model_id").get<std::string>(); });
  };
  if (Status status = once("model", made.model_id, made, search, create); !status) return status;
  if (!made.artifact_uri.empty()) return {};
  const auto answer = client_.get("logged-models/" + http::percent_encoded(made.model_id));
  if (!answer) return answer.status();
  if (Status status = client_.judge(*answer, "read the logged model"); !status) return status;
  const auto place = read_answer([&] { return answer->json.at("model").at("info").at("artifact_uri").get<std::string>(); });
  if (!place) return place.status();
  made.artifact_uri = *place;
  return {};
}

Status MlflowPublisher::upload(Making& making) {
  MlflowPublication& made = making.made;
  if (made.uploaded) return {};
  const MlflowNames names{made.run_id, made.model_id, made.artifact_uri};
  for (const auto& [name, bytes] : mlflow_files(making.artifact, names, making.context.now)) {
    if (Status status = client_.put_file(made.artifact_uri, name, bytes); !status) return status;
  }
  const auto answer = client_.patch("logged-models/" + http::percent_encoded(made.model_id),
                                    {{"model_id", made.model_id}, {"status", "LOGGED_MODEL_READY"}});
  if (!answer) return answer.status();
  if (Status status = client_.judge(*answer, "finish the logged model"); !status) return status;
  // A status that it does not know is taken without a word.
  const auto status = read_answer([&] { return answer->json.at("model").at("info").at("status").get<std::string>(); });
  if (!status) return status.status();
  if (*status != "LOGGED_MODEL_READY")
    return {StatusCode::unavailable, "MLflow: the logged model is " + base::printable(*status)};
  made.uploaded = true;
  return file_.save();
}

Status MlflowPublisher::link_run(Making& making) {
  const MlflowPublication& made = making.made;
  const auto run = client_.get("runs/get?run_id=" + http::percent_encoded(made.run_id));
  if (!run) return run.status();
  if (Status status = client_.judge(*run, "read the run"); !status) return status;
  const auto linked = read_answer([&] {
    const Json& whole = run->json.at("run");
    const auto outputs = whole.find("outputs");
    if (outputs == whole.end()) return false;
    for (const Json& model : list_of(*outputs, "model_outputs")) {
      if (model.at("model_id") == made.model_id) return true;
    }
    return false;
  });
  if (!linked) return linked.status();
  if (!*linked) {
    const auto answer = client_.post(
        "runs/outputs", {{"run_id", made.run_id}, {"models", Json::array({{{"model_id", made.model_id}, {"step", 0}}})}});
    if (!answer) return answer.status();
    // A second time is refused by the database below, which says so in SQL.
    if (!answer->ok() && answer->text.find("UNIQUE") == std::string::npos) return client_.judge(*answer, "link run and model");
  }
  const auto ended = client_.post(
      "runs/update", {{"run_id", made.run_id}, {"status", "FINISHED"}, {"end_time", milliseconds(making.context.now)}});
  if (!ended) return ended.status();
  return client_.judge(*ended, "finish the run");
}

Status MlflowPublisher::make_version(Making& making) {
  MlflowPublication& made = making.made;
  const std::string& name = file_.record.registered_model;
  if (!made.version.empty()) return {};
  const auto registered = client_.post("registered-models/create", {{"name", name}});
  if (!registered) return registered.status();
  if (!registered->ok() && registered->code != "RESOURCE_ALREADY_EXISTS") {
    return client_.judge(*registered, "create the registered model");
  }
  const auto search = [&]() -> Result<Ids> {
    const std::string filter = "name='" + name + "' and " + filter_by_run(making.context.run_id);
    const auto answer = client_.get("model-versions/search?filter=" + http::percent_encoded(filter));
    if (!answer) return answer.status();
    if (Status status = client_.judge(*answer, "search for the version"); !status) return status;
    return read_answer([&] {
      std::vector<std::pair<long long, std::string>> found;
      for (const Json& version : list_of(answer->json, "model_versions")) {
        const std::string number = version.at("version");
        found.emplace_back(base::parse_integer(number).value_or(0), number);
      }
      std::sort(found.begin(), found.end());
      Ids ids;
      for (const auto& [order, number] : found) ids.push_back(number);
      return ids;
    });
  };
  const auto create = [&]() -> Result<std::string> {
    const auto answer = client_.post("model-versions/create", {{"name", name},
                                                               {"source", "models:/" + made.model_id},
                                                               {"run_id", made.run_id},
                                                               {"model_id", made.model_id},
                                                               {"tags", model_tags(making.context.run_id, made.sha256)}});
    if (!answer) return answer.status();
    if (Status status = client_.judge(*answer, "create the version"); !status) return status;
    return read_answer([&] { return answer->json.at("model_version").at("version").get<std::string>(); });
  };
  return once("version", made.version, made, search, create);
}

Result<std::string> MlflowPublisher::publish(const ModelArtifact& artifact, const std::string& sha256,
                                             const DeployContext& context) {
  MlflowPublication& made = file_.record.publications[context.run_id];
  if (made.sha256.empty()) made.sha256 = sha256;
  if (made.sha256 != sha256) {
    return Status{StatusCode::conflict, "run " + context.run_id + " was brought to MLflow with another model, " + made.sha256};
  }
  if (!made.version.empty()) return made.version;
  Making making{artifact, context, made};
  Status status = find_experiment(made);
  if (status) status = make_run(making);
  if (status) status = describe_run(making);
  if (status) status = make_model(making);
  if (status) status = upload(making);
  if (status) status = link_run(making);
  if (status) status = make_version(making);
  if (!status) return status;
  return made.version;
}

Status MlflowPublisher::check_files(const MlflowPublication& made) const {
  constexpr std::size_t most = std::size_t{1} << 32U;
  const auto bytes = client_.get_file(made.artifact_uri, model_file, most);
  if (!bytes) return bytes.status();
  const std::string found = base::sha256(*bytes);
  if (found == made.sha256) return {};
  return {StatusCode::corrupt, "MLflow gives back a model with hash " + found + " for " + made.sha256};
}

}  // namespace retrain::deploy
