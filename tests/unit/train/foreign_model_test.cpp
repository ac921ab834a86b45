// A model that was made elsewhere: probed, fitted into the configuration, and given as a candidate.
#include <retrain/foreign_model.hpp>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"
#include "synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

ModelArtifact made(const std::string& library, Task task = Task::regression) {
  TrainingSettings training = training_settings(library);
  training.max_rounds = 5;
  return train_model(*make_trainer(training, model_settings(task)), train_request(make_sessions(1, 3, {.task = task})))
      ->save()
      .value();
}

struct Probed {
  TemporaryFolder folder;
  ModelProbe probe;
  explicit Probed(const std::string& library, const std::string& bytes) {
    probe = probe_model_file(folder.write("model.ubj", bytes), library).value();
  }
};

std::string refusal(const ModelArtifact& artifact, const ModelSettings& model, bool described = true) {
  const Probed probed("libxgboost.so.0", artifact.bytes);
  ForeignModel foreign{artifact.bytes, "model.ubj", std::nullopt};
  if (described) foreign.description = artifact.description;
  return make_importing_trainer(model, training_settings("libxgboost.so.0"), foreign, probed.probe.sha256).status().message();
}

}  // namespace

TEST_CASE("an imported model is the candidate, byte for byte, with golden rows of the sessions at hand") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const ModelArtifact artifact = made(library);
    const Probed probed(library, artifact.bytes);

    const auto trainer =
        make_importing_trainer(model_settings(), training_settings(library),
                               {artifact.bytes, "elsewhere/model.ubj", artifact.description}, probed.probe.sha256);

    REQUIRE_MESSAGE(trainer.ok(), trainer.status().message());
    const auto model = train_model(**trainer, train_request(make_sessions(5, 3)));
    CHECK(bytes_of(*model) == artifact.bytes);
    const ModelDescription& description = model->description();
    CHECK(description.mode == "import");
    CHECK(description.mode_reason == "import: made elsewhere, from elsewhere/model.ubj");
    CHECK(description.fit_sessions == artifact.description.fit_sessions);
    CHECK(description.golden_rows.size() > 16);
    CHECK(check_golden_rows(*model).ok());
    CHECK(check_golden_rows(*(*trainer)->load(model->save().value()).value()).ok());
  }
}

TEST_CASE("a model of other features, codes or task is refused, and what differs is named") {
  const ModelArtifact artifact = made("libxgboost.so.0");
  ModelSettings other = model_settings();

  CHECK(refusal(artifact, model_settings(), false) ==
        "the model has the category feature place: a description must say what its codes stand for");
  other.numeric = {"hour", "distance"};
  CHECK(refusal(artifact, other) == "the imported model has 'distance' as feature 1, the configuration hour");
  other.numeric = {"distance"};
  CHECK(refusal(artifact, other) == "the imported model has 3 features, the configuration 2");
  other = model_settings();
  other.numeric.push_back("place");
  other.categorical.clear();
  CHECK(refusal(artifact, other) == "the imported model has a category as feature place, and the configuration not");
  CHECK(refusal(artifact, model_settings(Task::binary)) ==
        "the imported model has the objective reg:squarederror, and model.task is binary");
  CHECK(refusal(made("libxgboost.so.0", Task::multiclass), model_settings(Task::multiclass)) == "");
}

TEST_CASE("bytes that changed after they were probed are not imported") {
  const ModelArtifact artifact = made("libxgboost.so.0");

  const auto trainer = make_importing_trainer(model_settings(), training_settings("libxgboost.so.0"),
                                              {artifact.bytes, "m", artifact.description}, std::string(64, '0'));

  CHECK(trainer.status().code() == StatusCode::conflict);
}

TEST_CASE("a file that is absent, empty, cut or no model is refused by the probe in one line") {
  const TemporaryFolder folder;
  const ModelArtifact artifact = made("libxgboost.so.0");
  const auto probe = [&](const std::string& bytes) {
    return probe_model_file(folder.write("m.ubj", bytes), "libxgboost.so.0").status();
  };

  CHECK(probe_model_file(folder.path() + "/absent.ubj", "").status().code() == StatusCode::io_error);
  for (const std::string& bytes :
       {std::string(), std::string("no model at all"), artifact.bytes.substr(0, artifact.bytes.size() / 2),
        std::string(200'000, '{'), "{L" + std::string(100, '\xff')}) {
    const Status status = probe(bytes);
    CHECK(status.code() == StatusCode::corrupt);
    CHECK(status.message().find('\n') == std::string::npos);
  }
  CHECK(probe(artifact.bytes).ok());
}

TEST_CASE("a newer library's model is not given to an older one, and both are named") {
  if (xgboost_libraries().size() < 2) {
    MESSAGE("skipped: RETRAIN_TEST_XGBOOST names no newer libxgboost");
    return;
  }
  const TemporaryFolder folder;

  const Status status = probe_model_file(folder.write("m.ubj", made(xgboost_libraries()[1]).bytes), "libxgboost.so.0").status();

  CHECK(status.code() == StatusCode::incompatible);
  CHECK(status.message().find("1.7.4") != std::string::npos);
}

TEST_CASE("a child that dies, says nothing or says no is a refusal, and one that answers is believed") {
  const auto said = [](const std::string& script) { return probe_in_child({"/bin/sh", "-c", script}, "m.ubj", {}); };

  CHECK(said("kill -SEGV $$").status().message() == "the model ended the process that loaded it, by signal 11");
  CHECK(said("exit 1").status().message() == "the model could not be probed");
  CHECK(said("echo 'retrain: the bytes are damaged' >&2; exit 1").status().message() == "the bytes are damaged");
  CHECK(said("echo abc 1.7.4")->version == "1.7.4");
}
