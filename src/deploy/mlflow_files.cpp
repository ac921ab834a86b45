#include "mlflow_files.hpp"

#include <retrain/json.hpp>

#include "base/json.hpp"
#include "model_path.hpp"

namespace retrain::deploy {
namespace {

using base::Json;

/// YAML in single quotes: only the quote itself needs care, and line ends, which JSON on one line does not have.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

/// Every feature may be missing: a column that must be there would make MLflow refuse rows that the model takes.
std::string input_columns(const ModelDescription& description) {
  Json columns = Json::array();
  const auto add = [&](const std::string& name) { columns.push_back({{"type", "double"}, {"name", name}, {"required", false}}); };
  for (const std::string& name : description.numeric) add(name);
  for (const CategoryDictionary& dictionary : description.categorical) add(dictionary.feature);
  return base::dump(columns);
}

std::string output_tensor(const ModelDescription& description) {
  Json shape = Json::array({-1});
  if (description.outputs_per_row > 1) shape.push_back(description.outputs_per_row);
  return base::dump(Json::array({{{"type", "tensor"}, {"tensor-spec", {{"dtype", "float32"}, {"shape", shape}}}}}));
}

/// "3.2.0" of "xgboost 3.2.0".
std::string library_version(const std::string& library) {
  return library.substr(library.rfind(' ') + 1);
}

/// "2026-11-24 08:00:00.000000" of "2026-11-24T08:00:00Z".
std::string python_time(Time time) {
  std::string text = format_time(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19);
  text[10] = ' ';
  return text + ".000000";
}

std::string mlmodel(const ModelArtifact& artifact, const MlflowNames& names, Time made) {
  const ModelDescription& description = artifact.description;
  return "artifact_path: " + names.artifact_uri +
         "\n"
         "flavors:\n"
         "  python_function:\n"
         "    data: model.ubj\n"
         "    env:\n"
         "      conda: conda.yaml\n"
         "      virtualenv: python_env.yaml\n"
         "    loader_module: mlflow.xgboost\n"
         "  xgboost:\n"
         "    code: null\n"
         "    data: model.ubj\n"
         "    model_class: xgboost.core.Booster\n"
         "    model_format: ubj\n"
         "    xgb_version: " +
         quoted(library_version(description.library)) +
         "\n"
         "is_signature_from_type_hint: false\n"
         "mlflow_version: 3.17.2\n"
         "model_id: " +
         names.model_id + "\nmodel_size_bytes: " + std::to_string(artifact.bytes.size()) + "\nmodel_uuid: " + names.model_id +
         "\nprompts: null\nrun_id: " + names.run_id + "\nsignature:\n  inputs: " + quoted(input_columns(description)) +
         "\n  outputs: " + quoted(output_tensor(description)) +
         "\n  params: null\ntype_hint_from_example: false\nutc_time_created: " + quoted(python_time(made)) + "\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> mlflow_files(const ModelArtifact& artifact, const MlflowNames& names,
                                                              Time made) {
  const std::string requirements = "mlflow\nxgboost>=1.7\n";
  const std::string python_env = "python: '3.11'\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n";
  const std::string conda =
      "channels:\n- conda-forge\ndependencies:\n- python>=3.9\n- pip\n- pip:\n  - mlflow\n  - xgboost>=1.7\nname: mlflow-env\n";
  return {{model_file, artifact.bytes},
          {"retrain.json", to_json(artifact.description) + "\n"},
          {"requirements.txt", requirements},
          {"python_env.yaml", python_env},
          {"conda.yaml", conda},
          {"MLmodel", mlmodel(artifact, names, made)}};
}

}  // namespace retrain::deploy
