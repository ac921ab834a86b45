#include <retrain/foreign_model.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/child_process.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "booster.hpp"
#include "library_log.hpp"
#include "model_bytes.hpp"
#include "model_structure.hpp"
#include "survey.hpp"
#include "xgboost_model.hpp"

namespace retrain {
namespace {

using namespace train;

constexpr std::uint64_t largest_model = std::uint64_t{1} << 30U;

Result<std::string> read_model(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return Status{StatusCode::io_error, "cannot read " + path};
  const auto size = static_cast<std::int64_t>(file.tellg());
  if (size < 0) return Status{StatusCode::io_error, path + " is no file"};
  if (static_cast<std::uint64_t>(size) > largest_model) return Status{StatusCode::corrupt, path + " is over the limit of 1 GiB"};
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), size)) return Status{StatusCode::io_error, "cannot read " + path};
  return bytes;
}

std::string version_text(const std::array<int, 3>& version) {
  return std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]);
}

Status predict_made_up_rows(const Booster& booster, const ModelStructure& structure) {
  constexpr float nothing = std::numeric_limits<float>::quiet_NaN();
  for (const float value : {nothing, 0.0F, 1.0F, -1e6F, 1e30F}) {
    const std::vector<float> row(structure.features, value);
    std::vector<double> answer(structure.outputs);
    if (Status status = booster.predict_rows({row.data(), 1, row.size(), row.size()}, answer); !status) {
      return {StatusCode::corrupt, status.message()};
    }
  }
  return {};
}

Status differs(const std::string& what) {
  return {StatusCode::incompatible, "the imported model " + what};
}

Status check_fit(const ModelStructure& structure, const ModelSettings& model) {
  std::vector<std::string> names = model.numeric;
  names.insert(names.end(), model.categorical.begin(), model.categorical.end());
  if (structure.features != names.size()) {
    return differs("has " + std::to_string(structure.features) + " features, the configuration " + std::to_string(names.size()));
  }
  for (std::size_t i = 0; i < structure.feature_names.size(); ++i) {
    if (structure.feature_names[i] == names[i]) continue;
    return differs("has '" + base::printable(structure.feature_names[i]) + "' as feature " + std::to_string(i + 1) +
                   ", the configuration " + names[i]);
  }
  for (std::size_t i = 0; i < structure.feature_types.size(); ++i) {
    const bool category = structure.feature_types[i] == "c";
    if (category != (i >= model.numeric.size())) {
      return differs(std::string(category ? "has a category" : "has numbers") + " as feature " + names[i] +
                     ", and the configuration not");
    }
  }
  const bool binary = structure.objective == "binary:logistic", classes = structure.objective == "multi:softprob";
  const Task task = classes ? Task::multiclass : binary ? Task::binary : Task::regression;
  if (task != model.task)
    return differs("has the objective " + structure.objective + ", and model.task is " + std::string(to_string(model.task)));
  return {};
}

Result<std::vector<CategoryDictionary>> dictionaries_of(const ForeignModel& foreign, const ModelSettings& model) {
  std::vector<CategoryDictionary> dictionaries;
  if (model.categorical.empty()) return dictionaries;
  if (!foreign.description) {
    return Status{StatusCode::incompatible, "the model has the category feature " + model.categorical.front() +
                                                ": a description must say what its codes stand for"};
  }
  dictionaries = foreign.description->categorical;
  const bool same =
      dictionaries.size() == model.categorical.size() &&
      std::equal(dictionaries.begin(), dictionaries.end(), model.categorical.begin(),
                 [](const CategoryDictionary& dictionary, const std::string& name) { return dictionary.feature == name; });
  if (!same) return Status{StatusCode::incompatible, "the description's category features are not those of the configuration"};
  return dictionaries;
}

class ImportingTrainer final : public Trainer {
 public:
  ImportingTrainer(std::shared_ptr<Trainer> usual, ModelSettings model, ModelArtifact artifact)
      : usual_(std::move(usual)), model_(std::move(model)), artifact_(std::move(artifact)) {}

  PartId id() const override { return usual_->id(); }

  Result<std::shared_ptr<const Model>> train(const TrainRequest& request, Observer&, std::stop_token stop) override {
    if (request.fit == nullptr) return Status{StatusCode::invalid_argument, "the training request has no sessions"};
    const auto survey = survey_sessions(*request.fit, model_, std::move(stop));
    if (!survey) return survey.status();
    ModelArtifact artifact = artifact_;
    artifact.description.data_fingerprint = request.data_fingerprint;
    const auto model = usual_->load(artifact);
    if (!model) return model;
    artifact.description.golden_rows = survey->golden_rows;
    const auto expected = (*model)->predict(golden_frame(artifact.description));
    if (!expected) return expected.status();
    const auto outputs = static_cast<std::ptrdiff_t>(artifact.description.outputs_per_row);
    auto next = expected->begin();
    for (GoldenRow& row : artifact.description.golden_rows) {
      row.expected.assign(next, next + outputs);
      next += outputs;
    }
    return usual_->load(artifact);
  }

  Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) override { return usual_->load(artifact); }

 private:
  std::shared_ptr<Trainer> usual_;
  ModelSettings model_;
  ModelArtifact artifact_;
};

}  // namespace

Result<ModelProbe> probe_model_file(const std::string& path, const std::string& xgboost_library) {
  const auto bytes = read_model(path);
  if (!bytes) return bytes.status();
  const auto structure = check_structure(*bytes);
  if (!structure) return structure.status();
  const auto api = open_xgboost(xgboost_library);
  if (!api) return api.status();
  if (Status status = check_model_bytes(*bytes, **api); !status) return status;
  const QuietLibrary quiet(**api);
  auto booster = Booster::create(*api);
  if (!booster) return booster.status();
  if (Status status = booster->load(*bytes); !status) return Status{StatusCode::corrupt, status.message()};
  if (Status status = booster->set("nthread", "1"); !status) return status;
  if (Status status = predict_made_up_rows(*booster, *structure); !status) return status;
  return ModelProbe{base::sha256(*bytes), version_text(structure->version)};
}

Result<ModelProbe> probe_in_child(const std::vector<std::string>& worker, const std::string& path, std::stop_token stop) {
  std::vector<std::string> argv = worker;
  argv.push_back(path);
  base::ChildOptions options;
  options.inherited = {"PATH", "LD_LIBRARY_PATH"};
  options.max_output = 1 << 16U;
  const auto child = base::run_child(argv, options, stop);
  if (!child) return child.status().within("the child that probes the model");
  std::string said(base::trim(child->exit_code == 0 ? child->out : child->err));
  if (constexpr std::string_view speaker = "retrain: "; said.starts_with(speaker)) said.erase(0, speaker.size());
  const auto words = base::split(said, ' ');
  if (child->exit_code == 0 && words.size() == 2) return ModelProbe{std::string(words[0]), std::string(words[1])};
  if (child->exit_code > 128) {
    return Status{StatusCode::corrupt,
                  "the model ended the process that loaded it, by signal " + std::to_string(child->exit_code - 128)};
  }
  return Status{StatusCode::corrupt, said.empty() ? "the model could not be probed" : base::printable(said, 400)};
}

Result<std::shared_ptr<Trainer>> make_importing_trainer(const ModelSettings& model, const TrainingSettings& training,
                                                        ForeignModel foreign, const std::string& probed_sha256) {
  if (base::sha256(foreign.bytes) != probed_sha256) {
    return Status{StatusCode::conflict, "the model's bytes are not those that were probed: the file has changed"};
  }
  const auto structure = check_structure(foreign.bytes);
  if (!structure) return structure.status();
  if (Status status = check_fit(*structure, model); !status) return status;
  auto dictionaries = dictionaries_of(foreign, model);
  if (!dictionaries) return dictionaries.status();
  auto usual = make_xgboost_trainer(model, training);
  if (!usual) return usual;
  ModelDescription description;
  if (foreign.description) description = *foreign.description;
  description.name = model.name;
  description.task = model.task;
  description.target = model.target;
  description.numeric = model.numeric;
  description.categorical = std::move(*dictionaries);
  description.outputs_per_row = structure->outputs;
  description.trainer = (*usual)->id();
  description.library = "xgboost " + version_text(structure->version);
  description.parameters["objective"] = structure->objective;
  description.rounds = structure->rounds;
  description.rounds_since_full = 0;
  description.parent_sha256.clear();
  description.mode = "import";
  description.mode_reason = "import: made elsewhere, from " + base::printable(foreign.origin, 200) +
                            (description.fit_sessions.empty() ? "; which sessions it was fitted on is not known" : "");
  ModelArtifact artifact{std::move(foreign.bytes), std::move(description)};
  return std::shared_ptr<Trainer>(std::make_shared<ImportingTrainer>(std::move(*usual), model, std::move(artifact)));
}

}  // namespace retrain
