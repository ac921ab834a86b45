#include "mlflow_client.hpp"

#include <retrain/version.hpp>

#include "base/hmac.hpp"
#include "base/text.hpp"
#include "http/secret_file.hpp"

namespace retrain::deploy {
namespace {

MlflowAnswer answer_of(http::Response response) {
  MlflowAnswer answer{response.status, nullptr, "", ""};
  if (auto json = base::parse_json(response.body)) answer.json = std::move(*json);
  if (answer.ok() || !answer.json.is_object()) {
    answer.text = std::move(response.body);
  } else {
    const auto text = [&](const char* key) {
      const auto found = answer.json.find(key);
      return found != answer.json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    answer.code = text("error_code");
    answer.text = text("message");
  }
  return answer;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Result<MlflowClient> MlflowClient::create(const MlflowSettings& settings) {
  const auto url = http::parse_url(settings.tracking_uri);
  if (!url) return url.status().within("deployment.mlflow.tracking_uri");
  if (url->has_user) {
    return Status{StatusCode::invalid_argument, "deployment.mlflow.tracking_uri must not hold a user or password"};
  }
  // MLflow compares the Host header letter by letter, so the host goes out in lower case.
  const std::string host = url->host + (url->port.empty() ? "" : ":" + url->port);
  std::string path = url->path;
  while (path.ends_with('/')) path.pop_back();
  return MlflowClient(settings, url->scheme + "://" + host + path, url->host);
}

Result<std::string> MlflowClient::authorization() const {
  if (!settings_.token_file.empty()) {
    const auto token = http::read_secret(settings_.token_file);
    if (!token) return token.status();
    return "Bearer " + *token;
  }
  if (settings_.username.empty()) return std::string();
  std::string password;
  if (!settings_.password_file.empty()) {
    auto read = http::read_secret(settings_.password_file);
    if (!read) return read.status();
    password = std::move(*read);
  }
  return "Basic " + base::to_base64(settings_.username + ":" + password);
}

Result<http::Response> MlflowClient::exchange(http::Request request) const {
  const auto authorized = authorization();
  if (!authorized) return Status{StatusCode::unavailable, authorized.status().message()};
  request.headers.emplace_back("User-Agent", std::string("retrain/") + version());
  if (!authorized->empty()) request.headers.emplace_back("Authorization", *authorized);
  request.timeout = settings_.timeout;
  request.connect_timeout = std::min<Duration>(settings_.timeout, std::chrono::seconds(5));
  request.ca_file = settings_.ca_file;
  auto response = http::send(request);
  if (!response) {
    const std::string why = response.status().message();
    return Status{StatusCode::unavailable,
                  "MLflow: " + why + (why.find("certificate") != std::string::npos ? " (deployment.mlflow.ca_file)" : "")};
  }
  return response;
}

Result<MlflowAnswer> MlflowClient::call(const char* method, const std::string& path, const std::string& body) const {
  http::Request request{.method = method, .url = base_ + path, .body = body, .most_reply = std::size_t{16} << 20U};
  if (!body.empty()) request.headers = {{"Content-Type", "application/json"}};
  auto response = exchange(std::move(request));
  if (!response) return response.status();
  return answer_of(std::move(*response));
}

Result<MlflowAnswer> MlflowClient::send(const char* method, const std::string& path, const base::Json& body) const {
  return call(method, "/api/2.0/mlflow/" + path, base::dump(body));
}

Status MlflowClient::put_file(const std::string& artifact_uri, const std::string& name, const std::string& bytes) const {
  const auto folder = proxied_path(artifact_uri);
  if (!folder) return folder.status();
  http::Request request{
      .method = "PUT", .url = base_ + "/api/2.0/mlflow-artifacts/artifacts/" + *folder + "/" + name, .body = bytes};
  request.headers = {{"Content-Type", "application/octet-stream"}};
  auto response = exchange(std::move(request));
  if (!response) return response.status();
  return judge(answer_of(std::move(*response)), "store the file " + name);
}

Result<std::string> MlflowClient::get_file(const std::string& artifact_uri, const std::string& name, std::size_t most) const {
  const auto folder = proxied_path(artifact_uri);
  if (!folder) return folder.status();
  auto response = exchange({.url = base_ + "/api/2.0/mlflow-artifacts/artifacts/" + *folder + "/" + name, .most_reply = most});
  if (!response) return response.status();
  if (response->status == 200) return std::move(response->body);
  return judge(answer_of(std::move(*response)), "read the file " + name);
}

Status MlflowClient::judge(const MlflowAnswer& answer, const std::string& doing) const {
  if (answer.ok()) return {};
  const std::string lead = "MLflow at " + host_ + ": cannot " + doing + ": ";
  const auto wrong = [&](const std::string& why) { return Status{StatusCode::invalid_argument, lead + why}; };
  if (answer.status == 401) {
    const bool tried = !settings_.token_file.empty() || !settings_.username.empty();
    return wrong(tried ? "it does not accept the user or token (deployment.mlflow.username, password_file, token_file)"
                       : "it wants authentication: set deployment.mlflow.username and password_file, or token_file");
  }
  if (answer.status == 403 && contains(answer.text, "Invalid Host header")) {
    return wrong("it refuses the host name " + host_ + ": start it with --allowed-hosts '" + host_ + "," + host_ + ":*'");
  }
  if (answer.status == 403 && contains(answer.text, "Cross-origin")) {
    return wrong("it takes the call for one of another site: something on the way adds an Origin header");
  }
  if (answer.status == 403) return wrong("the user has no permission for it");
  if (answer.status == 404 && answer.code.empty()) return wrong("there is no MLflow 3 tracking interface at this address");
  if (answer.status == 404) return {StatusCode::not_found, lead + "it does not exist"};
  if (answer.status == 408 || answer.status == 429 || answer.status >= 500) {
    return {StatusCode::unavailable, lead + "it answered " + std::to_string(answer.status)};
  }
  // Some messages hold a whole SQL statement; they say nothing to the reader of a report.
  const bool telling = !answer.text.empty() && answer.code != "BAD_REQUEST" && answer.code != "INTERNAL_ERROR";
  return wrong(std::to_string(answer.status) + " " + base::printable(answer.code) +
               (telling ? ": " + base::printable(answer.text, 160) : ""));
}

Result<std::string> proxied_path(const std::string& artifact_uri) {
  constexpr std::string_view scheme = "mlflow-artifacts:";
  if (!artifact_uri.starts_with(scheme)) {
    return Status{StatusCode::invalid_argument,
                  "MLflow keeps the artifacts of this experiment at " +
                      base::printable(artifact_uri.substr(0, artifact_uri.find(':')), 20) +
                      ":, where only clients with their own access can write: start the server with --artifacts-destination and "
                      "let it hand on artifacts, or name a new experiment in deployment.mlflow.experiment"};
  }
  std::string path = artifact_uri.substr(scheme.size());
  if (path.starts_with("//")) path.erase(0, path.find('/', 2) == std::string::npos ? path.size() : path.find('/', 2));
  path.erase(0, path.find_first_not_of('/'));
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace retrain::deploy
