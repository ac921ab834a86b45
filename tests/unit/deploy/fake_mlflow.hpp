// FakeMlflow: as much of a tracking server as a deployment touches, on loopback, answering as MLflow 3.17 was seen to answer.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "support/http_server.hpp"

namespace retrain::test {

class FakeMlflow {
 public:
  using Json = nlohmann::json;
  enum class Death { before_work, after_work };

  FakeMlflow() : server_([this](const HttpRequest& request) { return answer(request); }) {}

  std::string url() const { return server_.url(""); }
  const HttpServer& server() const { return server_; }
  /// The call of this number (from 1) is not answered, nor is any later one until revive().
  void die_at(int call, Death death) {
    calls_ = 0;
    die_at_ = call;
    death_ = death;
  }
  bool revive() {
    const bool was_dead = die_at_ > 0 && calls_ >= die_at_;
    die_at_ = 0;
    return was_dead;
  }

  std::string artifact_root = "mlflow-artifacts:/1";
  std::optional<HttpReply> always;  ///< instead of any answer
  // What the server holds. Only while no call is under way.
  const std::vector<Json>& runs() const { return after_calls(runs_); }
  const std::vector<Json>& models() const { return after_calls(models_); }
  const std::vector<Json>& versions() const { return after_calls(versions_); }
  std::map<std::string, std::string>& files() { return after_calls(files_); }
  std::map<std::string, std::string>& aliases() { return after_calls(aliases_); }

 private:
  /// What the server's thread did before it answered is seen by whoever asks for its requests.
  template <class T>
  T& after_calls(T& held) const {
    static_cast<void>(server_.requests());
    return held;
  }

  static HttpReply json(const Json& body, int status = 200) {
    return {status, body.dump(), {{"Content-Type", "application/json"}}};
  }
  static HttpReply error(int status, const std::string& code, const std::string& message = "") {
    return json({{"error_code", code}, {"message", message}}, status);
  }

  HttpReply answer(const HttpRequest& request) {
    if (always) return *always;
    ++calls_;
    if (die_at_ > 0 && calls_ > die_at_) return {.hang_up = true};
    const bool dies = die_at_ > 0 && calls_ == die_at_;
    if (dies && death_ == Death::before_work) return {.hang_up = true};
    const HttpReply reply = work(request);
    return dies ? HttpReply{.hang_up = true} : reply;
  }

  HttpReply work(const HttpRequest& request) {
    const std::string api = "/api/2.0/mlflow/", artifacts = "/api/2.0/mlflow-artifacts/artifacts/";
    if (request.target == "/health") return {200, "OK"};
    if (request.target == "/version") return {200, "3.17.2"};
    if (request.target.starts_with(artifacts)) return file(request, request.target.substr(artifacts.size()));
    if (!request.target.starts_with(api)) return {404, "<html>"};
    const std::string path = request.target.substr(api.size(), request.target.find('?') - api.size());
    const Json body = request.body.empty() ? Json::object() : Json::parse(request.body);
    if (path.starts_with("experiments/")) return experiments(path.substr(12));
    if (path.starts_with("runs/")) return run_call(path.substr(5), body);
    if (path.starts_with("logged-models")) return model_call(request.method, path, body);
    if (path.starts_with("registered-models/")) return registered_call(request.method, path.substr(18), body);
    return version_call(path, body);
  }

  HttpReply file(const HttpRequest& request, const std::string& path) {
    if (request.method == "PUT") {
      files_[path] = request.body;
      return {};
    }
    return files_.contains(path) ? HttpReply{200, files_[path]} : error(404, "RESOURCE_DOES_NOT_EXIST");
  }

  HttpReply experiments(const std::string& verb) {
    if (verb == "create") {
      if (experiment_) return error(400, "RESOURCE_ALREADY_EXISTS");
      experiment_ = true;
      return json({{"experiment_id", "1"}});
    }
    if (!experiment_ && verb != "get") return error(404, "RESOURCE_DOES_NOT_EXIST");
    return json({{"experiment", {{"experiment_id", "1"}, {"artifact_location", artifact_root}, {"lifecycle_stage", "active"}}}});
  }

  /// Those of `all` whose tag retrain.run_id stands in the filter.
  static Json matching(const std::vector<Json>& all, const std::string& filter, const std::function<Json(const Json&)>& tags) {
    Json found = Json::array();
    for (const Json& one : all) {
      for (const Json& tag : tags(one)) {
        if (tag["key"] == "retrain.run_id" && filter.find("'" + tag["value"].get<std::string>() + "'") != std::string::npos)
          found.push_back(one);
      }
    }
    return found;
  }
  static Json listed(const char* key, Json found) { return found.empty() ? Json::object() : Json{{key, std::move(found)}}; }

  HttpReply run_call(const std::string& verb, const Json& body) {
    if (verb == "create") {
      runs_.push_back({{"info", {{"run_id", "run-" + std::to_string(runs_.size() + 1)}, {"status", "RUNNING"}}},
                       {"data", {{"tags", body["tags"]}}}});
      return json({{"run", runs_.back()}});
    }
    if (verb == "search") {
      return json(listed("runs", matching(runs_, body["filter"], [](const Json& run) { return run["data"]["tags"]; })));
    }
    Json& run = runs_.front();
    if (verb == "log-batch") {
      run["data"]["metrics"] = body["metrics"];
      run["data"]["params"] = body["params"];
      run["data"]["more_tags"] = body["tags"];
    }
    if (verb == "update") run["info"]["status"] = body["status"];
    if (verb == "outputs") {
      if (run.contains("outputs")) return error(400, "BAD_REQUEST", "(sqlite3.IntegrityError) UNIQUE constraint failed: inputs");
      run["outputs"] = {{"model_outputs", Json::array({{{"model_id", body["models"][0]["model_id"]}}})}};
    }
    if (verb == "get") return json({{"run", run}});
    return json(Json::object());
  }

  HttpReply model_call(const std::string& method, const std::string& path, const Json& body) {
    if (path == "logged-models/search") {
      return json(listed("models", matching(models_, body["filter"], [](const Json& model) { return model["info"]["tags"]; })));
    }
    if (path == "logged-models") {
      const std::string id = "m-" + std::to_string(models_.size() + 1);
      models_.push_back({{"info",
                          {{"model_id", id},
                           {"artifact_uri", artifact_root + "/models/" + id + "/artifacts"},
                           {"status", "LOGGED_MODEL_PENDING"},
                           {"tags", body["tags"]}}}});
      return json({{"model", models_.back()}});
    }
    for (Json& model : models_) {
      if (!path.ends_with("/" + model["info"]["model_id"].get<std::string>())) continue;
      if (method == "PATCH")
        model["info"]["status"] = body.contains("model_id") ? body["status"] : Json("LOGGED_MODEL_STATUS_UNSPECIFIED");
      return json({{"model", model}});
    }
    return error(404, "RESOURCE_DOES_NOT_EXIST");
  }

  HttpReply registered_call(const std::string& method, const std::string& verb, const Json& body) {
    if (verb == "create") {
      if (registered_) return error(400, "RESOURCE_ALREADY_EXISTS");
      registered_ = true;
      return json(Json::object());
    }
    if (verb == "alias") {
      const std::string alias = body["alias"];
      if (method == "DELETE") {
        aliases_.erase(alias);
      } else if (body["version"].is_string()) {
        aliases_[alias] = body["version"];
      } else {
        return error(400, "INVALID_PARAMETER_VALUE");
      }
      return json(Json::object());
    }
    if (!registered_) return error(404, "RESOURCE_DOES_NOT_EXIST");
    Json list = Json::array();
    for (const auto& [alias, version] : aliases_) list.push_back({{"alias", alias}, {"version", version}});
    return json({{"registered_model", listed("aliases", list)}});
  }

  HttpReply version_call(const std::string& path, const Json& body) {
    if (path == "model-versions/create") {
      if (!body.contains("model_id")) return error(400, "INVALID_PARAMETER_VALUE");
      versions_.push_back(
          {{"version", std::to_string(versions_.size() + 1)}, {"tags", body["tags"]}, {"source", body["source"]}});
      return json({{"model_version", versions_.back()}});
    }
    if (path == "model-versions/search") {
      std::string filter = server_.requests().back().target;
      for (auto at = filter.find("%27"); at != std::string::npos; at = filter.find("%27")) filter.replace(at, 3, "'");
      return json(listed("model_versions", matching(versions_, filter, [](const Json& version) { return version["tags"]; })));
    }
    return json(Json::object());
  }

  std::vector<Json> runs_, models_, versions_;
  std::map<std::string, std::string> files_, aliases_;
  bool experiment_ = false, registered_ = false;
  int calls_ = 0, die_at_ = 0;
  Death death_ = Death::after_work;
  HttpServer server_;
};

}  // namespace retrain::test
