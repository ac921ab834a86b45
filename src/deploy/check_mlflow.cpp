// What `retrain doctor` says about an MLflow server.
#include <retrain/model_registry.hpp>

#include "base/text.hpp"
#include "http/secret_file.hpp"
#include "mlflow_client.hpp"

namespace retrain {
namespace {

using namespace deploy;

ServiceFinding of(const std::string& what, const Status& status, const std::string& found) {
  return {what, status.ok(), status ? found : status.message()};
}

/// The major version that a server of `text` ("3.17.2") has.
Status new_enough(const std::string& text) {
  const auto major = base::parse_integer(text.substr(0, text.find('.')));
  if (!major) return {StatusCode::incompatible, "it does not tell its version"};
  if (*major >= 3) return {};
  return {StatusCode::incompatible, "MLflow " + base::printable(text, 20) + " has no logged models: 3 or newer is needed"};
}

void check_secrets(const MlflowSettings& settings, std::vector<ServiceFinding>& found) {
  for (const std::string& file : {settings.password_file, settings.token_file}) {
    if (file.empty()) continue;
    const auto secret = http::read_secret(file);
    const std::string exposed = http::secret_exposure(file);
    found.push_back({"mlflow secret", secret.ok() && exposed.empty(),
                     !secret           ? secret.status().message()
                     : exposed.empty() ? file
                                       : exposed});
  }
}

void check_experiment(const MlflowClient& client, const MlflowSettings& settings, std::vector<ServiceFinding>& found) {
  auto answer = client.get("experiments/get-by-name?experiment_name=" + http::percent_encoded(settings.experiment));
  const bool absent = answer && answer->code == "RESOURCE_DOES_NOT_EXIST";
  // A new one will keep its artifacts where the default one does.
  if (absent) answer = client.get("experiments/get?experiment_id=0");
  const Status readable = answer ? client.judge(*answer, "read the experiment") : answer.status();
  found.push_back(of("mlflow access", readable,
                     absent ? "experiment " + settings.experiment + " will be made" : "experiment " + settings.experiment));
  if (!readable) return;
  const auto place = read_answer([&] { return answer->json.at("experiment").at("artifact_location").get<std::string>(); });
  const Status served = place ? proxied_path(*place).status() : place.status();
  found.push_back(of("mlflow artifacts", served, "handed on by the server"));
}

void check_champion(const MlflowClient& client, const std::string& name, std::vector<ServiceFinding>& found) {
  const auto answer = client.get("registered-models/get?name=" + http::percent_encoded(name));
  if (answer && answer->code == "RESOURCE_DOES_NOT_EXIST") {
    found.push_back({"mlflow registered model", true, name + " will be made"});
    return;
  }
  const Status readable = answer ? client.judge(*answer, "read the registered model") : answer.status();
  std::string champion = "has no champion";
  if (readable && answer->json.is_object()) {
    const auto said = read_answer([&] {
      const base::Json& registered = answer->json.at("registered_model");
      for (const base::Json& alias : registered.value("aliases", base::Json::array())) {
        if (alias.at("alias") == "champion") return "has champion version " + alias.at("version").get<std::string>();
      }
      return std::string("has no champion");
    });
    if (said) champion = *said;
  }
  found.push_back(of("mlflow registered model", readable, name + " " + champion));
}

}  // namespace

std::vector<ServiceFinding> check_mlflow(const MlflowSettings& settings, const std::string& model) {
  std::vector<ServiceFinding> found;
  const auto client = MlflowClient::create(settings);
  if (!client) return {of("mlflow address", client.status(), "")};
  check_secrets(settings, found);
  const auto health = client->page("/health");
  found.push_back(of("mlflow server", health ? client->judge(*health, "ask how it is") : health.status(), client->host()));
  if (!found.back().ok) return found;
  check_experiment(*client, settings, found);
  const auto version = client->page("/version");
  const Status told = version ? client->judge(*version, "ask its version") : version.status();
  const std::string text = told && version->json.is_null() ? std::string(base::trim(version->text)) : std::string();
  if (told && !text.empty()) found.push_back(of("mlflow version", new_enough(text), text));
  check_champion(*client, settings.model_name.empty() ? model : settings.model_name, found);
  return found;
}

}  // namespace retrain
