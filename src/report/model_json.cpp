// Model descriptions and references as JSON, and descriptions back, golden rows bit for bit.
#include <charconv>
#include <cmath>
#include <limits>

#include "fields.hpp"
#include "records.hpp"

namespace retrain {
namespace report {
namespace {

/// The double whose shortest text is the shortest text of `value`, so that 0.1f stands as 0.1 and still reads back to the same
/// float.
double shortest_double(float value) {
  char buffer[32];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value);
  double read = 0;
  std::from_chars(buffer, written.ptr, read);
  const bool in_range = std::abs(read) <= std::numeric_limits<float>::max();
  return in_range && static_cast<float>(read) == value ? read : static_cast<double>(value);
}

/// Golden values keep every value: JSON has no infinities, so these are texts.
Json exact(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Json as_json(const GoldenRow& record) {
  Json numeric = Json::array();
  for (const float value : record.numeric) numeric.push_back(std::isfinite(value) ? Json(shortest_double(value)) : exact(value));
  Json expected = Json::array();
  for (const double value : record.expected) expected.push_back(exact(value));
  return {{"numeric", std::move(numeric)}, {"categories", record.categories}, {"expected", std::move(expected)}};
}

Json parameters_json(const std::map<std::string, std::string>& parameters) {
  Json object = Json::object();
  for (const auto& [name, value] : parameters) object[name] = value;
  return object;
}

Json as_json(const TrainingTrial& record) {
  Json losses = Json::array();
  for (const double loss : record.losses) losses.push_back(exact(loss));
  return {{"name", record.name},         {"parameters", parameters_json(record.parameters)},
          {"losses", std::move(losses)}, {"rounds", record.rounds},
          {"chosen", record.chosen},     {"note", record.note}};
}

std::vector<double> read_exact(const Fields& fields, const char* key) {
  const Json& values = fields.at(key);
  if (!values.is_array()) fields.fail(key, values, "a list of numbers");
  std::vector<double> out;
  for (const Json& value : values) {
    if (value.is_null()) {
      out.push_back(std::numeric_limits<double>::quiet_NaN());
    } else if (value == "inf" || value == "-inf") {
      out.push_back(value == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity());
    } else if (value.is_number()) {
      out.push_back(value.get<double>());
    } else {
      fields.fail((key + ("[" + std::to_string(out.size()) + "]")).c_str(), value, "a number");
    }
  }
  return out;
}

GoldenRow read_golden_row(const Fields& fields) {
  GoldenRow row;
  for (const double value : read_exact(fields, "numeric")) {
    if (std::isfinite(value) && std::abs(value) > std::numeric_limits<float>::max()) {
      fields.fail("numeric", Json(value), "values in the range of float");
    }
    row.numeric.push_back(static_cast<float>(value));
  }
  row.categories = fields.texts("categories");
  row.expected = read_exact(fields, "expected");
  return row;
}

TrainingTrial read_trial(const Fields& fields) {
  TrainingTrial trial;
  trial.name = fields.text("name");
  for (auto& [name, value] : fields.text_members("parameters")) trial.parameters.emplace(name, std::move(value));
  trial.losses = read_exact(fields, "losses");
  trial.rounds = fields.integer<int>("rounds");
  trial.chosen = fields.flag("chosen");
  trial.note = fields.text("note");
  return trial;
}

ModelDescription read_description(const Fields& fields) {
  ModelDescription record;
  record.name = fields.text("name");
  record.task = fields.choice("task", {Task::regression, Task::binary, Task::multiclass});
  record.target = fields.text("target");
  record.numeric = fields.texts("numeric");
  for (const Fields& entry : fields.objects("categorical")) {
    record.categorical.push_back({entry.text("feature"), entry.texts("values")});
  }
  record.outputs_per_row = fields.integer<std::size_t>("outputs_per_row");
  const Fields trainer = fields.object("trainer");
  record.trainer = {trainer.text("name"), trainer.text("version")};
  record.library = fields.text("library");
  for (auto& [name, value] : fields.text_members("parameters")) record.parameters.emplace(name, std::move(value));
  record.seed = fields.integer<std::uint64_t>("seed");
  record.threads = fields.integer<unsigned>("threads");
  record.rounds = fields.integer<int>("rounds");
  record.rounds_since_full = fields.integer<int>("rounds_since_full");
  record.mode = fields.text("mode");
  record.mode_reason = fields.text("mode_reason");
  record.parent_sha256 = fields.text("parent_sha256");
  record.fit_sessions = fields.texts("fit_sessions");
  record.stop_sessions = fields.texts("stop_sessions");
  if (fields.has("choose_sessions")) record.choose_sessions = fields.texts("choose_sessions");
  record.data_fingerprint = fields.text("data_fingerprint");
  for (const Fields& entry : fields.objects("golden_rows")) record.golden_rows.push_back(read_golden_row(entry));
  if (fields.has("trials")) {
    for (const Fields& entry : fields.objects("trials")) record.trials.push_back(read_trial(entry));
  }
  return record;
}

}  // namespace

Json as_json(const ModelDescription& record) {
  Json categorical = Json::array();
  for (const auto& [feature, values] : record.categorical) categorical.push_back({{"feature", feature}, {"values", values}});
  Json golden_rows = Json::array();
  for (const GoldenRow& row : record.golden_rows) golden_rows.push_back(as_json(row));
  Json trials = Json::array();
  for (const TrainingTrial& trial : record.trials) trials.push_back(as_json(trial));
  return {{"name", record.name},
          {"task", to_string(record.task)},
          {"target", record.target},
          {"numeric", record.numeric},
          {"categorical", std::move(categorical)},
          {"outputs_per_row", record.outputs_per_row},
          {"trainer", {{"name", record.trainer.name}, {"version", record.trainer.version}}},
          {"library", record.library},
          {"parameters", parameters_json(record.parameters)},
          {"seed", record.seed},
          {"threads", record.threads},
          {"rounds", record.rounds},
          {"rounds_since_full", record.rounds_since_full},
          {"mode", record.mode},
          {"mode_reason", record.mode_reason},
          {"parent_sha256", record.parent_sha256},
          {"fit_sessions", record.fit_sessions},
          {"stop_sessions", record.stop_sessions},
          {"choose_sessions", record.choose_sessions},
          {"data_fingerprint", record.data_fingerprint},
          {"golden_rows", std::move(golden_rows)},
          {"trials", std::move(trials)}};
}

Json as_json(const ModelRef& record) {
  return {{"sha256", record.sha256},
          {"run_id", record.run_id},
          {"registry_run_id", record.registry_run_id},
          {"registry_model_id", record.registry_model_id},
          {"registry_version", record.registry_version}};
}

Json as_json(const DeployedModel& record) {
  return {{"version", record.version},        {"model", as_json(record.model)}, {"state", to_string(record.state)},
          {"reason", record.reason},          {"since", as_json(record.since)}, {"in_production", record.in_production},
          {"quarantined", record.quarantined}};
}

}  // namespace report

Result<ModelDescription> parse_model_description(std::string_view json) {
  return report::read_record("model description", json, report::read_description);
}

}  // namespace retrain
