// The MLflow registry against a server that dies wherever it hurts.
#include <doctest/doctest.h>

#include <list>

#include "contract/model_registry_contract.hpp"
#include "support/temporary_folder.hpp"
#include "unit/deploy/fake_mlflow.hpp"

using namespace retrain;
using namespace retrain::test;
using Json = nlohmann::json;

namespace {

const Time noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(12);

/// A registry, its server and what it is to bring there.
struct Bringing {
  TemporaryFolder folder;
  FakeMlflow mlflow;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(noon);
  MlflowSettings settings;
  ModelRef first, second;

  Bringing() {
    settings.tracking_uri = mlflow.url();
    first = publish("first model", "run-1");
    second = publish("second model", "run-2");
  }
  std::shared_ptr<ModelRegistry> registry() {
    auto made = make_mlflow_registry(settings, folder.path(), "air-time", clock);
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    return *made;
  }
  ModelRef publish(const std::string& bytes, const std::string& run) {
    return registry()->publish(make_artifact(bytes), context(run)).value();
  }
  static DeployContext context(const std::string& run, std::map<std::string, double> metrics = {}) {
    return {"air-time", run, noon, "promoted", std::move(metrics)};
  }
  /// A new registry each time, as after a crash.
  Status activate(const ModelRef& model, std::map<std::string, double> metrics = {}) {
    return registry()->activate(model, context(model.run_id, std::move(metrics)));
  }
  std::string file(const std::string& name) { return mlflow.files().at("1/models/m-1/artifacts/" + name); }
};

}  // namespace

TEST_CASE("an activated model is there once: run, files, logged model, version, champion") {
  Bringing here;

  const Status activated = here.activate(here.first, {{"candidate_loss", 1.5}, {"p", std::nan("")}, {"a", INFINITY}});

  REQUIRE_MESSAGE(activated.ok(), activated.message());
  CHECK(here.mlflow.runs().size() == 1);
  CHECK(here.mlflow.runs()[0]["info"]["status"] == "FINISHED");
  CHECK(here.mlflow.models().at(0)["info"]["status"] == "LOGGED_MODEL_READY");
  CHECK(here.mlflow.versions().size() == 1);
  CHECK(here.mlflow.versions()[0]["source"] == "models:/m-1");
  CHECK(here.mlflow.aliases() == std::map<std::string, std::string>{{"champion", "1"}});
  CHECK(here.file("model.ubj") == "first model");
  CHECK(here.file("MLmodel").find("loader_module: mlflow.xgboost") != std::string::npos);
  CHECK(here.file("MLmodel").find(R"({"type":"double","name":"distance","required":false})") != std::string::npos);
  const Json& metrics = here.mlflow.runs()[0]["data"]["metrics"];
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0]["value"] == 1.5);
  CHECK(metrics[1]["value"] == "NaN");
  CHECK(here.mlflow.runs()[0]["data"]["more_tags"].dump().find(R"("retrain.metric.a","value":"inf")") != std::string::npos);
  CHECK(here.registry()->current().value()->sha256 == here.first.sha256);
}

TEST_CASE("wherever the server dies, before or after it did its work, one of each comes of it") {
  for (const auto death : {FakeMlflow::Death::before_work, FakeMlflow::Death::after_work}) {
    for (int call = 1; call < 100; ++call) {
      CAPTURE(call);
      Bringing here;
      here.mlflow.die_at(call, death);

      const Status cut_off = here.activate(here.first);
      const bool died = here.mlflow.revive();
      CHECK(cut_off.ok() == !died);
      if (died) CHECK(cut_off.code() == StatusCode::unavailable);
      here.clock->advance(std::chrono::seconds(3));
      const Status again = here.activate(here.first);

      CHECK_MESSAGE(again.ok(), again.message());
      CHECK(here.mlflow.runs().size() == 1);
      CHECK(here.mlflow.models().size() == 1);
      CHECK(here.mlflow.versions().size() == 1);
      CHECK(here.mlflow.aliases() == std::map<std::string, std::string>{{"champion", "1"}});
      if (!died) {
        CHECK(call > 20);
        break;
      }
    }
  }
}

TEST_CASE("nothing is made again until a lost call has had time to show its effect") {
  Bringing here;
  here.mlflow.die_at(5, FakeMlflow::Death::before_work);  // runs/create
  CHECK(here.activate(here.first).code() == StatusCode::unavailable);
  here.mlflow.revive();

  const Status too_early = here.activate(here.first);

  CHECK(too_early.code() == StatusCode::unavailable);
  CHECK(too_early.message().find("not known yet") != std::string::npos);
  CHECK(here.mlflow.runs().empty());
  here.clock->advance(std::chrono::seconds(2));
  CHECK(here.activate(here.first).ok());
}

TEST_CASE("the way back needs no new version, and works for the files while the server is away") {
  Bringing here;
  REQUIRE(here.activate(here.first).ok());
  REQUIRE(here.activate(here.second).ok());
  CHECK(here.mlflow.aliases().at("champion") == "2");

  here.mlflow.die_at(1, FakeMlflow::Death::before_work);
  const Status away = here.activate(here.first);
  CHECK(away.code() == StatusCode::unavailable);
  CHECK(make_local_registry(here.folder.path(), "air-time")->current().value()->sha256 == here.first.sha256);
  CHECK(here.registry()->current().value()->sha256 == here.first.sha256);
  here.mlflow.revive();
  CHECK(here.activate(here.first).ok());

  CHECK(here.mlflow.aliases() == std::map<std::string, std::string>{{"champion", "1"}});
  CHECK(here.mlflow.versions().size() == 2);
}

TEST_CASE("an alias that somebody else moved is told and left where it is") {
  Bringing here;
  REQUIRE(here.activate(here.first).ok());
  here.mlflow.aliases()["champion"] = "7";

  CHECK(here.registry()->current().value()->sha256 == "version 7 of air-time");
  const Status left = here.activate(here.second);

  CHECK(left.code() == StatusCode::conflict);
  CHECK(left.message().starts_with("AliasMovedByOther"));
  CHECK(here.mlflow.aliases().at("champion") == "7");
  here.mlflow.aliases().erase("champion");
  CHECK(here.activate(here.second).ok());
  CHECK(here.mlflow.aliases().at("champion") == "2");
}

TEST_CASE("the champion moves only to a model whose bytes come back as they went") {
  Bringing here;
  here.mlflow.die_at(26, FakeMlflow::Death::before_work);
  CHECK_FALSE(here.activate(here.first).ok());
  here.mlflow.revive();
  here.clock->advance(std::chrono::seconds(3));
  REQUIRE_FALSE(here.mlflow.aliases().contains("champion"));
  here.mlflow.files()["1/models/m-1/artifacts/model.ubj"] = "something else";

  CHECK(here.activate(here.first).code() == StatusCode::corrupt);
  CHECK_FALSE(here.mlflow.aliases().contains("champion"));
}

TEST_CASE("a damaged record of the server is told, and is no reason to take a model back") {
  Bringing here;
  REQUIRE(here.activate(here.first).ok());
  for (const char* damage :
       {"{", "{}",
        R"({"schema":"retrain.mlflow/9","registered_model":"air-time","champion":"","next_champion":"","publications":{}})"}) {
    static_cast<void>(here.folder.write("mlflow/air-time.json", damage));
    const Status failed = here.activate(here.second);
    CHECK(failed.code() == StatusCode::io_error);
    CHECK(failed.message().find("mlflow/air-time.json") != std::string::npos);
  }
}

TEST_CASE("each refusal says what it means and how to mend it, and holds no secret") {
  Bringing here;
  here.settings.username = "robot";
  here.settings.password_file = here.folder.write("password", "canary-password");
  const auto refused = [&](int status, const std::string& body) {
    here.mlflow.always = HttpReply{status, body};
    const Status failed = here.activate(here.first);
    CHECK(failed.message().find("canary") == std::string::npos);
    return failed;
  };

  CHECK(refused(401, "canary").message().find("does not accept the user or token") != std::string::npos);
  CHECK(refused(403, "Invalid Host header - possible DNS rebinding attack detected")
            .message()
            .find("--allowed-hosts '127.0.0.1,127.0.0.1:*'") != std::string::npos);
  CHECK(refused(403, "Cross-origin request blocked").message().find("Origin header") != std::string::npos);
  CHECK(refused(403, "Permission denied").message().find("no permission") != std::string::npos);
  CHECK(refused(404, "<html>").message().find("no MLflow 3 tracking interface") != std::string::npos);
  CHECK(refused(400, R"({"error_code":"BAD_REQUEST","message":"SELECT canary"})").code() == StatusCode::invalid_argument);
  CHECK(refused(503, "").code() == StatusCode::unavailable);
  CHECK(refused(200, "[]").code() == StatusCode::unavailable);
  here.settings.username.clear();
  CHECK(refused(401, "").message().find("wants authentication") != std::string::npos);
  here.mlflow.always.reset();
  here.mlflow.artifact_root = "s3://canary";
  const Status elsewhere = here.activate(here.first);
  CHECK(elsewhere.code() == StatusCode::invalid_argument);
  CHECK(elsewhere.message().find("hand on artifacts") != std::string::npos);
  CHECK(here.folder.read("mlflow/air-time.json").find("canary") == std::string::npos);
}

TEST_CASE("doctor asks for everything that a deployment needs, and changes nothing") {
  Bringing here;
  const auto told = [&] {
    std::string text;
    for (const auto& found : check_mlflow(here.settings, "air-time"))
      text += (found.ok ? "ok " : "FAIL ") + found.what + ": " + found.message + "\n";
    return text;
  };

  CHECK(told() ==
        "ok mlflow server: 127.0.0.1\nok mlflow access: experiment retrain will be made\nok mlflow artifacts: handed on by the "
        "server\n"
        "ok mlflow version: 3.17.2\nok mlflow registered model: air-time will be made\n");
  REQUIRE(here.activate(here.first).ok());
  CHECK(told().find("ok mlflow registered model: air-time has champion version 1") != std::string::npos);
  here.mlflow.artifact_root = "s3://bucket";
  CHECK(told().find("FAIL mlflow artifacts") != std::string::npos);
  here.mlflow.always = HttpReply{401};
  CHECK(told().find("FAIL mlflow server") != std::string::npos);
}

TEST_CASE("credentials go out with every call, from their files") {
  Bringing here;
  here.settings.username = "robot";
  here.settings.password_file = here.folder.write("password", "sesame\n");
  REQUIRE(here.activate(here.first).ok());
  for (const auto& request : here.mlflow.server().requests())
    CHECK(request.headers.at("authorization") == "Basic cm9ib3Q6c2VzYW1l");

  here.settings.token_file = here.folder.write("token", "t0ken");
  REQUIRE(here.activate(here.second).ok());
  CHECK(here.mlflow.server().requests().back().headers.at("authorization") == "Bearer t0ken");
  here.settings.token_file = "/absent/token";
  CHECK(here.activate(here.first).code() == StatusCode::unavailable);
}

TEST_CASE("names and addresses that cannot be one are refused at once") {
  const auto made = [](MlflowSettings settings) {
    return make_mlflow_registry(settings, "/tmp", "toy", make_system_clock()).status().code();
  };

  CHECK(made({.tracking_uri = "http://127.0.0.1:5000"}) == StatusCode::ok);
  CHECK(made({.tracking_uri = "file:///mlruns"}) == StatusCode::invalid_argument);
  CHECK(made({.tracking_uri = "https://me:pw@host"}) == StatusCode::invalid_argument);
  CHECK(made({.tracking_uri = "https://host", .model_name = "a/b"}) == StatusCode::invalid_argument);
  CHECK(made({.tracking_uri = "https://host", .model_name = "a'b"}) == StatusCode::invalid_argument);
}

TEST_CASE("the MLflow registry keeps the registry's contract") {
  std::list<TemporaryFolder> folders;
  std::list<FakeMlflow> servers;

  check_model_registry_contract([&] {
    return make_mlflow_registry({.tracking_uri = servers.emplace_back().url()}, folders.emplace_back().path(), "air-time",
                                make_system_clock())
        .value();
  });
}
