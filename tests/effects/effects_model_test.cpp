// Effects of the sections model, state and deployment.
#include <filesystem>
#include <retrain/data_source.hpp>
#include <retrain/readiness_checker.hpp>
#include <retrain/trainer.hpp>
#include <set>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
#include "support/http_server.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

// A file of one line that is on every Linux.
constexpr const char* some_line = "/proc/sys/kernel/ostype";

/// Rows whose y and label are both 0 or 1, so that each can be the target of either task.
void write_labelled_sessions(const TemporaryFolder& folder) {
  for (const char* name : {"a", "b", "c"}) {
    std::string text = "x,z,colour,y,label\n";
    for (int row = 0; row < 60; ++row) {
      const int x = row * 7 % 10, z = row * 3 % 8;
      const char* colour = row % 3 == 0 ? "red" : row % 3 == 1 ? "green" : "blue";
      const int y = x + (row % 3 == 0 ? 4 : 0) + z / 4 > 6 ? 1 : 0;
      text += std::to_string(x) + "," + std::to_string(z) + "," + colour + "," + std::to_string(y) + "," + std::to_string(z > 4) +
              "\n";
    }
    folder.write(std::string(name) + ".csv", text);
  }
}

/// What a model that is trained as `config.model` says answers for the rows it was trained on.
std::string predictions(const Config& config) {
  TemporaryFolder folder;
  write_labelled_sessions(folder);
  DataSettings data = config.data;
  data.directory = folder.path();
  const auto ready = make_session_readiness_checker(data, config.model)->check({day(1), {}, ""}, quiet_observer(), {}).value();
  const auto source = make_csv_data_source(data);
  const RowSelection selection = row_selection(config.model, data, config.validation);
  TrainingSettings training;
  training.max_rounds = 5;
  TrainRequest request;
  request.fit = source->open(ready.snapshot, selection, {}).value();
  const auto model = make_xgboost_trainer(config.model, training).value()->train(request, quiet_observer(), {}).value();
  const auto frame = source->open(ready.snapshot, selection, {}).value()->next().value();

  std::string text;
  for (const double value : model->predict(*frame).value()) text += std::to_string(value) + " ";
  return text;
}

/// Names of the entries of the state directory's parent, the state directory and its folder production/ after one run.
std::string names_after_a_run(const Config& config, const std::string& below = "") {
  SmallWorld world;
  const std::string state = world.folder / std::filesystem::path(config.state.directory).filename().string();
  world.config.state.directory = state;
  world.config.model.name = config.model.name;
  const auto pipeline = world.open();
  run_once(world, *pipeline, "a1", 24);

  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(below.empty() ? world.folder.path() : state + below)) {
    names.insert(entry.path().filename().string());
  }
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

std::string published(const Config& config) {
  return names_after_a_run(config, "/production");
}
std::string state_folder(const Config& config) {
  return names_after_a_run(config);
}
/// Whether a promotion is told to an MLflow server.
std::string promoted(const Config& config) {
  const HttpServer server([](const HttpRequest&) { return HttpReply{503}; });
  World world(24, 31, 4);
  world.config.deployment.registry = config.deployment.registry;
  world.config.deployment.mlflow.tracking_uri = server.url();
  world.config.training.max_rounds = 3;
  const auto pipeline = world.open();
  run_once(world, *pipeline, "a1", 24);
  return server.requests().empty() ? "to nobody else" : "to MLflow";
}

/// How many models have files after four runs of which none but the first promotes.
std::string kept_models(const Config& config) {
  SmallWorld world;
  world.config.deployment.keep_models = config.deployment.keep_models;
  const auto pipeline = world.open();
  for (const int today : {24, 26, 28, 30}) run_once(world, *pipeline, "a" + std::to_string(today), today);
  static_cast<void>(pipeline->tick(quiet_observer()));
  const std::filesystem::directory_iterator models(world.folder / "state/models");
  return std::to_string(std::distance(models, std::filesystem::directory_iterator()));
}

/// What is asked of an MLflow server, and with which credentials.
std::string asked(const Config& config) {
  const HttpServer server([](const HttpRequest& request) {
    return HttpReply{request.target == "/health" ? 200 : 404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST"})"};
  });
  MlflowSettings settings = config.deployment.mlflow;
  settings.tracking_uri = server.url();
  static_cast<void>(check_mlflow(settings, "toy"));
  std::string text;
  for (const auto& request : server.requests()) {
    text += request.target + "\n";
    const auto credentials = request.headers.find("authorization");
    if (credentials != request.headers.end()) text += credentials->second + "\n";
  }
  return text;
}

std::string found_there(const Config& config) {
  return check_mlflow(config.deployment.mlflow, "toy").at(0).message;
}

/// A server that answers after a while.
std::string slow_answer(const Config& config) {
  const HttpServer server([](const HttpRequest&) { return HttpReply{.status = 401, .answer_after_ms = 250}; });
  MlflowSettings settings = config.deployment.mlflow;
  settings.tracking_uri = server.url();
  return check_mlflow(settings, "toy").at(0).message;
}

/// A server that says nothing where TLS is expected.
std::string by_tls(const Config& config) {
  const HttpServer server;
  MlflowSettings settings = config.deployment.mlflow;
  settings.tracking_uri = "https://127.0.0.1:" + std::to_string(server.port());
  settings.timeout = std::chrono::milliseconds(100);
  const std::string message = check_mlflow(settings, "toy").at(0).message;
  return message.substr(message.rfind(": ") + 2);
}

}  // namespace

Effects retrain::test::model_effects() {
  return {
      {"model.name", "other", published},
      {"model.task", "binary", predictions},
      {"model.target", "label", predictions},
      {"model.features.numeric", "[x]", predictions},
      {"model.features.categorical", "[]", predictions},
      {"state.directory", "elsewhere", state_folder},
      {"deployment.registry", "mlflow", promoted, false, {{"deployment.mlflow.tracking_uri", "\"http://127.0.0.1:9\""}}},
      {"deployment.keep_models", "0", kept_models},
      {"deployment.mlflow.tracking_uri", "\"http://127.0.0.1:9\"", found_there},
      {"deployment.mlflow.model_name", "other", asked},
      {"deployment.mlflow.experiment", "other", asked},
      {"deployment.mlflow.username", "robot", asked},
      {"deployment.mlflow.password_file", some_line, asked, false, {{"deployment.mlflow.username", "robot"}}},
      {"deployment.mlflow.token_file", some_line, asked},
      {"deployment.mlflow.ca_file", some_line, by_tls},
      {"deployment.mlflow.timeout", "50ms", slow_answer},
  };
}

TEST_CASE("every key of model, state and deployment has an effect") {
  check_effects(model_effects());
}
