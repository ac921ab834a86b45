// The layers of a configuration, and the calls that read them.
#include <retrain/config_file.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

#include "support/temporary_folder.hpp"
#include "unit/config/good_file.hpp"

using namespace retrain;
using test::good_file;
using test::model_section;

namespace {

ConfigValue value_of(const LoadedConfig& loaded, const std::string& key) {
  for (const auto& value : loaded.values) {
    if (value.key == key) return value;
  }
  return {};
}

Config good_config() {
  Config config;
  config.model.name = "m";
  config.model.target = "y";
  config.model.numeric = {"x"};
  return config;
}

}  // namespace

TEST_CASE("a file that uses every shape of value arrives in the fields it names") {
  const auto loaded = parse_config(good_file, "conf/retrain.yaml");

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  const Config& config = loaded->config;
  CHECK(config.path == "conf/retrain.yaml");
  CHECK(config.model.numeric == std::vector<std::string>{"lap", "tyre_life"});
  CHECK(config.model.categorical == std::vector<std::string>{"driver", "compound"});
  CHECK(config.data.pattern == "*.csv");
  CHECK(config.data.session_column == "session_id");
  CHECK(config.data.time_zone == "Europe/Vienna");
  REQUIRE(config.data.columns.size() == 2);
  CHECK(config.data.columns[0].name == "lap_time");
  CHECK(config.data.columns[0].max == 3000.0);
  CHECK(config.data.columns[0].missing == 0.05);
  CHECK(config.data.columns[1].type == ColumnType::text);
  CHECK(config.data.columns[1].values == std::vector<std::string>{"SOFT", "MEDIUM", "HARD"});
  CHECK(config.data.rising.at("lap") == std::vector<std::string>{"driver"});
  REQUIRE(config.data.where.size() == 2);
  CHECK(config.data.where[0].values == std::vector<std::string>{"1"});
  CHECK(config.data.where[1].values == std::vector<std::string>{"SOFT", "MEDIUM"});
  CHECK(config.drift.debounce == std::chrono::minutes(15));
  CHECK(config.drift.cooldown == std::chrono::minutes(10));
  CHECK_FALSE(config.drift.escalation_step.has_value());
  CHECK(config.drift.detector.enabled);
  CHECK(config.training.mode == TrainingMode::warm);
  CHECK(config.training.parameters == std::map<std::string, std::string>{{"eta", "0.3"}, {"tree_method", "hist"}});
  CHECK_FALSE(config.validation.max_mae.has_value());
  CHECK(config.rollback.hold == std::chrono::hours(36));
  CHECK(config.backtest.score_last == 40);
}

TEST_CASE("what a file does not say stays at the default of the structs") {
  const auto loaded = parse_config(model_section, "retrain.yaml");

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  CHECK(loaded->config.drift.severity_threshold == DriftSettings{}.severity_threshold);
  CHECK(loaded->config.training.parameters == TrainingSettings{}.parameters);
  CHECK(loaded->config.rollback.window == RollbackSettings{}.window);
  CHECK(loaded->config.data.directory == "data");
}

TEST_CASE("an empty section and a byte order mark change nothing") {
  const auto loaded = parse_config("\xEF\xBB\xBF" + model_section + "drift:\ndata: ~\n", "retrain.yaml");

  CHECK_MESSAGE(loaded.ok(), loaded.status().message());
}

TEST_CASE("the call goes before the environment, the environment before the file, the file before the default") {
  const std::string yaml = model_section + "drift: {severity_threshold: 0.1, debounce_seconds: 1, cooldown_seconds: 1}\n";

  const auto loaded = parse_config(yaml, "retrain.yaml", {{"drift.severity_threshold", "0.3"}},
                                   {{"RETRAIN_DRIFT_SEVERITY_THRESHOLD", "0.2"}, {"RETRAIN_DRIFT_DEBOUNCE_SECONDS", "2m"}});

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  CHECK(loaded->config.drift.severity_threshold == 0.3);
  CHECK(loaded->config.drift.debounce == std::chrono::minutes(2));
  CHECK(loaded->config.drift.cooldown == std::chrono::seconds(1));
  CHECK(value_of(*loaded, "drift.severity_threshold").origin == Origin::call);
  CHECK(value_of(*loaded, "drift.debounce_seconds").origin == Origin::environment);
  CHECK(value_of(*loaded, "drift.debounce_seconds").value == "120");
  CHECK(value_of(*loaded, "drift.cooldown_seconds").origin == Origin::file);
  CHECK(value_of(*loaded, "drift.settle_seconds").origin == Origin::defaulted);
  CHECK(to_string(Origin::defaulted) == "default");
  CHECK(to_string(Origin::call) == "call");
}

TEST_CASE("overrides may hold lists and maps, and may supply what is required") {
  const auto loaded =
      parse_config("", "retrain.yaml", {{"model.name", "m"}, {"model.target", "y"}, {"model.features.numeric", "[a, 'b c']"}},
                   {{"RETRAIN_TRAINING_PARAMETERS", "{eta: 0.3}"}});

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  CHECK(loaded->config.model.numeric == std::vector<std::string>{"a", "b c"});
  CHECK(loaded->config.training.parameters == std::map<std::string, std::string>{{"eta", "0.3"}});
}

TEST_CASE("variables that speak of no section are none of our business") {
  const auto loaded = parse_config(model_section, "retrain.yaml", {},
                                   {{"RETRAIN_HOME", "/x"}, {"RETRAIN_MODELS_DIR", "x"}, {"PATH", "/bin"}, {"RETRAIN_", ""}});

  CHECK_MESSAGE(loaded.ok(), loaded.status().message());
}

TEST_CASE("a wrong override is reported under its own name") {
  const auto message = [](const ConfigOverrides& call, const std::map<std::string, std::string>& environment) {
    return parse_config(model_section, "retrain.yaml", call, environment).status().message();
  };

  CHECK(message({}, {{"RETRAIN_DRIFT_SEVERITY_THRESHOLD", "2"}}) ==
        "RETRAIN_DRIFT_SEVERITY_THRESHOLD: drift.severity_threshold must be from 0 to 1, not 2");
  CHECK(message({}, {{"RETRAIN_DRIFT_SEVERTY_THRESHOLD", "0.2"}}) ==
        "RETRAIN_DRIFT_SEVERTY_THRESHOLD: names no key, did you mean 'RETRAIN_DRIFT_SEVERITY_THRESHOLD'");
  CHECK(message({}, {{"RETRAIN_STATE", "x"}}) == "RETRAIN_STATE: names no key");
  CHECK(message({}, {{"RETRAIN_DATA_PATTERN", "*.csv"}}) ==
        "RETRAIN_DATA_PATTERN: aliases (*x) are not allowed: a text that starts with * needs quotes");
  CHECK(message({{"drift.severity", "0.2"}}, {}) == "drift.severity: unknown key");
  CHECK(message({{"drift.severity_treshold", "0.2"}}, {}) ==
        "drift.severity_treshold: unknown key, did you mean 'drift.severity_threshold'");
  CHECK(message({{"resources.isolation", "x"}}, {}) == "resources.isolation: is not available in this version");
  CHECK(message({{"validation.recent_sessions", "13"}}, {}) ==
        "validation.recent_sessions: validation.recent_sessions must be at most validation.holdout_sessions (12), not 13");
  CHECK(message({{"model.name", ""}}, {}) == "model.name: model.name needs a text, not nothing");
  CHECK(message({{"model.name", "[a"}}, {}) == "model.name: not valid YAML: end of sequence flow not found");
}

TEST_CASE("relative paths start at the folder of the file, absolute ones stay") {
  const test::TemporaryFolder folder;
  const std::string path =
      folder.write("conf/retrain.yaml", model_section +
                                            "state: {directory: ../state}\n"
                                            "data: {directory: /srv/data, expected_sessions: expected.txt}\n");

  const auto loaded = load_config(path);

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  CHECK(loaded->config.path == path);
  CHECK(loaded->config.state.directory == folder / "state");
  CHECK(loaded->config.data.directory == "/srv/data");
  CHECK(loaded->config.data.expected_sessions == folder / "conf/expected.txt");
  CHECK(value_of(*loaded, "state.directory").value == folder / "state");
}

TEST_CASE("a file that is not there, or is no file, is named with its code") {
  const test::TemporaryFolder folder;
  const std::string absent = folder / "absent.yaml";

  const auto missing = load_config(absent);
  const auto directory = load_config(folder.path());
  const auto issues = check_config(absent);

  CHECK(missing.status().code() == StatusCode::not_found);
  CHECK(missing.status().message() == "cannot open " + absent + ": No such file or directory");
  CHECK(directory.status().code() == StatusCode::invalid_argument);
  CHECK(directory.status().message().find(folder.path()) != std::string::npos);
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].text() == missing.status().message());
}

TEST_CASE("a file whose path runs through a file cannot be read and is named") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("plain", "x") + "/retrain.yaml";

  const auto loaded = load_config(path);

  CHECK(loaded.status().code() == StatusCode::io_error);
  CHECK(loaded.status().message() == "cannot open " + path + ": Not a directory");
}

TEST_CASE("a configuration that is mounted as a link is read") {
  const test::TemporaryFolder folder;
  folder.write("..data/retrain.yaml", model_section);
  std::filesystem::create_symlink("..data/retrain.yaml", folder / "retrain.yaml");

  const auto loaded = load_config(folder / "retrain.yaml");

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  CHECK(loaded->config.data.directory == folder / "data");
}

TEST_CASE("check_config tells every error, from top to bottom, the environment's last") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("retrain.yaml", R"(model:
  target: lap_time
  features: {numeric: [lap, lap_time, lap]}
drift:
  serverity_threshold: 0.5
  debounce_seconds: soon
  debounce_seconds: 5
data: {columns: {lap: {type: float, min: 3, max: 1}}}
resources: 4
)");

  const auto issues = check_config(path, {{"RETRAIN_TRAINING_SEED", "-1"}});

  std::string lines;
  for (const auto& issue : issues) lines += (issue.line == 0 ? issue.text() : issue.text().substr(path.size() + 1)) + "\n";
  CHECK(lines == R"(1:1: model.name is required
3:29: model.features.numeric holds the target 'lap_time'
3:39: model.features.numeric lists 'lap' twice
5:3: unknown key 'serverity_threshold' in drift, did you mean 'severity_threshold'
6:21: drift.debounce_seconds needs a number of seconds, or a duration like 90s, 15m, 1h or 7d, not 'soon'
7:3: duplicate key 'debounce_seconds', first in line 6
8:23: data.columns.lap has a min of 3, over its max of 1
9:12: resources needs a map with max_cpu_percent, max_memory_percent, max_queue_size, threads, not '4'
RETRAIN_TRAINING_SEED: training.seed must be from 0 to 9223372036854775807, not -1
)");
}

TEST_CASE("a configuration that was made in code is held to the same ranges") {
  const auto message = [](auto change) {
    Config config = good_config();
    change(config);
    return validate(config).message();
  };

  CHECK(validate(good_config()).ok());
  CHECK(validate(Config{}).code() == StatusCode::invalid_argument);
  CHECK(message([](Config& c) { c.model.target = ""; }) == "model.target needs a text that is not empty");
  CHECK(message([](Config& c) { c.model.numeric = {}; }) == "model.features needs at least one numeric or categorical feature");
  CHECK(message([](Config& c) { c.model.categorical = {"y"}; }) == "model.features.categorical holds the target 'y'");
  CHECK(message([](Config& c) { c.drift.severity_threshold = std::numeric_limits<double>::quiet_NaN(); }) ==
        "drift.severity_threshold must be a finite number");
  CHECK(message([](Config& c) { c.drift.debounce = Duration(-1'500'000); }) ==
        "drift.debounce_seconds must be from 0s to 36500d, not -1.5s");
  CHECK(message([](Config& c) { c.training.seed = std::numeric_limits<std::uint64_t>::max(); }) ==
        "training.seed must be at most 9223372036854775807, not 18446744073709551615");
  CHECK(message([](Config& c) { c.validation.min_clusters = 1; }) == "validation.min_clusters must be from 2 to 1000000, not 1");
  CHECK(message([](Config& c) { c.validation.recent_sessions = 99; }) ==
        "validation.recent_sessions must be at most validation.holdout_sessions (12), not 99");
  CHECK(message([](Config& c) { c.schedule.zone = "../../etc/passwd"; }) ==
        "schedule.zone must be a zone's name like Europe/Vienna, not '../../etc/passwd'");
  CHECK(message([](Config& c) { c.training.parameters["eta"] = "inf"; }) == "training.parameters.eta must be finite, not 'inf'");
}
