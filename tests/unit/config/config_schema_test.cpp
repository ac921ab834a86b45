// The schema: every key works, is documented as it is, and has one name in the environment.
#include <retrain/config_file.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "unit/config/good_file.hpp"

using namespace retrain;

namespace {

/// Every key, with a value that is not its default, as `config show` writes it.
const std::map<std::string, std::string> away_from_default = {
    {"model.name", "other"},
    {"model.task", "binary"},
    {"model.target", "label"},
    {"model.features.numeric", "[a, \"b c\"]"},
    {"model.features.categorical", "[d, \"no\"]"},
    {"state.directory", "elsewhere/state"},
    {"data.directory", "/srv/sessions"},
    {"data.pattern", "\"race-*.csv\""},
    {"data.session", "{column: race}"},
    {"data.time.column", "date"},
    {"data.time.zone", "Europe/Vienna"},
    {"data.columns", "{a: {type: integer, min: -1, max: 2.5, missing: 0.1, values: [\"1\", \"2\"]}, \"b c\": {type: date}}"},
    {"data.unique", "[a, d]"},
    {"data.rising", "{a: [d], d: []}"},
    {"data.sum_equals", "[{columns: [a, \"b c\"], equals: d, tolerance: 0.5}]"},
    {"data.where", "[{column: a, equals: 1}, {column: d, in: [x, \"\", 2.50]}]"},
    {"data.required_columns", "[e]"},
    {"data.exact_header", "true"},
    {"data.min_rows", "0"},
    {"data.valid_share", "0.9"},
    {"data.expected_sessions", "sessions.txt"},
    {"data.expected.every", "7d"},
    {"data.expected.grace", "6h"},
    {"data.settle", "5m"},
    {"data.max_age", "30d"},
    {"data.min_label_share", "0.75"},
    {"data.dvc.mode", "both"},
    {"data.dvc.path", "sessions.dvc"},
    {"data.dvc.program", "dvc3"},
    {"data.dvc.timeout", "90s"},
    {"data.delimiter", "\"\\t\""},
    {"data.missing_values", "[N/A, \"-\", -1]"},
    {"data.allow_embedded_newlines", "true"},
    {"drift.severity_threshold", "0.71"},
    {"drift.debounce_seconds", "1.5"},
    {"drift.cooldown_seconds", "100000"},
    {"drift.settle_seconds", "90"},
    {"drift.alert_ttl", "2d"},
    {"drift.escalation_step", "0.2"},
    {"drift.detector.enabled", "true"},
    {"drift.detector.method", "e_detector"},
    {"drift.detector.level", "0.01"},
    {"drift.detector.min_sessions", "4"},
    {"schedule.zone", "America/New_York"},
    {"schedule.max_weekend_retrains", "0"},
    {"schedule.calendar", "/srv/events.csv"},
    {"schedule.rate.burst", "2"},
    {"schedule.rate.refill", "36h"},
    {"schedule.weekend_days", "[sat]"},
    {"queue.ageing", "90m"},
    {"queue.max_attempts", "5"},
    {"queue.backoff", "30s"},
    {"queue.max_backoff", "2h"},
    {"queue.deadline", "12h"},
    {"queue.stall", "10m"},
    {"queue.lease", "45s"},
    {"resources.max_cpu_percent", "99.5"},
    {"resources.max_memory_percent", "50"},
    {"resources.max_queue_size", "5"},
    {"resources.threads", "2"},
    {"training.mode", "best"},
    {"training.window_sessions", "60"},
    {"training.warm_sessions", "0"},
    {"training.warm_rounds", "51"},
    {"training.warm_eta", "0.05"},
    {"training.max_rounds", "501"},
    {"training.early_stopping_rounds", "0"},
    {"training.max_growth", "0"},
    {"training.max_parent_age", "30d"},
    {"training.half_life_sessions", "8.5"},
    {"training.weight_column", "w"},
    {"training.choose_sessions", "4"},
    {"training.monotone", "{a: 1, \"b c\": -1}"},
    {"training.interactions", "[[a, \"b c\"], [d]]"},
    {"training.deadline", "2h"},
    {"training.search.trials", "20"},
    {"training.search.method", "halving"},
    {"training.search.folds", "4"},
    {"training.search.budget", "15m"},
    {"training.search.seed", "7"},
    {"training.search.space",
     "{eta: {min: 0.01, max: 0.3, log: true}, grow_policy: [depthwise, lossguide], max_depth: {min: 3, max: 8, whole: true}}"},
    {"training.parameters", "{eta: 0.05, tree_method: hist, use_it: true}"},
    {"training.seed", "9223372036854775807"},
    {"training.xgboost_library", "/opt/lib/libxgboost.so"},
    {"validation.holdout_sessions", "14"},
    {"validation.recent_sessions", "14"},
    {"validation.loss", "log_loss"},
    {"validation.p_value_threshold", "0.01"},
    {"validation.mae_threshold", "0.25"},
    {"validation.rmse_threshold", "0.5"},
    {"validation.rmse_margin", "0.02"},
    {"validation.recent_margin", "0"},
    {"validation.bias_margin", "0.5"},
    {"validation.max_mae", "3"},
    {"validation.max_rmse", "4.125"},
    {"validation.min_clusters", "6"},
    {"validation.min_df", "4.5"},
    {"validation.anchor", "none"},
    {"validation.segments", "[d]"},
    {"validation.test", "paired_t"},
    {"validation.second_cluster", "d"},
    {"validation.horizon", "2"},
    {"validation.rule", "legacy_all"},
    {"validation.margin_mode", "confident"},
    {"validation.guardrail", "prove"},
    {"validation.on_production_fault", "ceilings"},
    {"validation.max_missing_label_share", "0.25"},
    {"validation.allow_duplicates", "true"},
    {"validation.lifetime", "addis"},
    {"validation.alpha_per_year", "0.25"},
    {"comparison.improvement_threshold", "0.02"},
    {"comparison.improvement_mode", "absolute"},
    {"deployment.registry", "mlflow"},
    {"deployment.keep_models", "0"},
    {"deployment.mlflow.tracking_uri", "\"https://mlflow.example.com\""},
    {"deployment.mlflow.model_name", "lap-time"},
    {"deployment.mlflow.experiment", "laps"},
    {"deployment.mlflow.username", "robot"},
    {"deployment.mlflow.password_file", "/run/secrets/password"},
    {"deployment.mlflow.token_file", "/run/secrets/token"},
    {"deployment.mlflow.ca_file", "/etc/ssl/own.pem"},
    {"deployment.mlflow.timeout", "45s"},
    {"verification.method", "betting"},
    {"verification.verify_sessions", "6"},
    {"verification.harm_level", "0.1"},
    {"verification.undecided", "rollback"},
    {"rollback.max_rollbacks", "1"},
    {"rollback.window", "36h"},
    {"rollback.hold", "90s"},
    {"notifications.log_file", "log.jsonl"},
    {"notifications.webhook_url", "\"https://hooks.example.com/retrain\""},
    {"notifications.webhook_secret_file", "/run/secrets/webhook"},
    {"notifications.webhook_previous_secret_file", "/run/secrets/webhook-before"},
    {"notifications.webhook_allow_http", "true"},
    {"notifications.webhook_private_hosts", "[hooks.corp]"},
    {"notifications.chat.format", "slack"},
    {"notifications.chat.url_file", "/run/secrets/chat"},
    {"backtest.first_sessions", "12"},
    {"backtest.score.first", "45"},
    {"backtest.score.last", "364"},
    {"backtest.retrain_every", "1"},
};

/// The keys of `values` as a nested file.
std::string as_file(const std::map<std::string, std::string>& values) {
  std::string yaml;
  std::vector<std::string> open;
  for (const auto& [key, value] : values) {
    std::vector<std::string> parts;
    std::istringstream stream(key);
    for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
    std::size_t common = 0;
    while (common < open.size() && common + 1 < parts.size() && open[common] == parts[common]) ++common;
    open.assign(parts.begin(), parts.end() - 1);
    for (std::size_t i = common; i + 1 < parts.size(); ++i) yaml += std::string(2 * i, ' ') + parts[i] + ":\n";
    yaml += std::string(2 * open.size(), ' ') + parts.back() + ": " + value + "\n";
  }
  return yaml;
}

std::string documentation() {
  std::ifstream file(RETRAIN_SOURCE_DIR "/docs/configuration.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string escaped(const std::string& cell) {
  std::string out;
  for (const char c : cell) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string table_row(const ConfigKey& key) {
  const std::string fallback = key.fallback.empty() ? "required" : "`" + key.fallback + "`";
  return "| `" + key.key + "` | " + escaped(key.type) + " | " + fallback + " | " + escaped(key.meaning) + " |";
}

}  // namespace

TEST_CASE("every key that is set away from its default in a file arrives in the configuration") {
  auto values = away_from_default;
  values.erase("validation.rule");  // no rule for the other task: the next test sets it
  const auto loaded = parse_config(as_file(values), "retrain.yaml");

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  const auto schema = config_schema();
  REQUIRE(loaded->values.size() == schema.size());
  CHECK(away_from_default.size() == schema.size());
  for (std::size_t i = 0; i < schema.size(); ++i) {
    CAPTURE(schema[i].key);
    REQUIRE(away_from_default.contains(schema[i].key));
    CHECK(loaded->values[i].key == schema[i].key);
    if (!values.contains(schema[i].key)) continue;
    CHECK(loaded->values[i].value == away_from_default.at(schema[i].key));
    CHECK(loaded->values[i].value != schema[i].fallback);
    CHECK(loaded->values[i].origin == Origin::file);
  }
}

TEST_CASE("every key can be set alone by the call and by the environment, and changes nothing else") {
  const std::string base = test::model_section +
                           "comparison: {improvement_mode: absolute}\nvalidation: {holdout_sessions: 14}\n"
                           "notifications: {chat: {url_file: /run/secrets/other}}\n"
                           "deployment: {mlflow: {tracking_uri: \"http://127.0.0.1:5000\"}}\n";
  const auto before = parse_config(base, "retrain.yaml");
  REQUIRE_MESSAGE(before.ok(), before.status().message());

  for (const auto& [key, value] : away_from_default) {
    CAPTURE(key);
    std::string variable = "RETRAIN_" + key;
    for (char& c : variable) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const ConfigOverrides task = key == "validation.loss" ? ConfigOverrides{{"model.task", "binary"}} : ConfigOverrides{};

    ConfigOverrides call = task;
    call[key] = value;
    const auto by_call = parse_config(base, "retrain.yaml", call);
    const auto by_environment = parse_config(base, "retrain.yaml", task, {{variable, value}});

    REQUIRE_MESSAGE(by_call.ok(), by_call.status().message());
    REQUIRE_MESSAGE(by_environment.ok(), by_environment.status().message());
    for (std::size_t i = 0; i < by_call->values.size(); ++i) {
      const auto& at = by_call->values[i].key;
      CHECK(by_call->values[i].value == by_environment->values[i].value);
      if (at == key) {
        CHECK(by_call->values[i].value == value);
        CHECK(by_call->values[i].origin == Origin::call);
        CHECK(by_environment->values[i].origin == Origin::environment);
      } else if (!task.contains(at)) {
        CHECK(by_call->values[i].value == before->values[i].value);
      }
    }
  }
}

TEST_CASE("no two keys share a name in the environment") {
  std::set<std::string> names;

  for (const auto& key : config_schema()) {
    std::string name = key.key;
    std::replace(name.begin(), name.end(), '.', '_');
    CHECK(names.insert(name).second);
  }
}

TEST_CASE("the tables of docs/configuration.md are the schema") {
  std::vector<std::string> documented;
  std::istringstream page(documentation());
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `")) documented.push_back(line);
  }

  const auto schema = config_schema();

  REQUIRE(documented.size() == schema.size());
  for (std::size_t i = 0; i < schema.size(); ++i) CHECK(documented[i] == table_row(schema[i]));
}

TEST_CASE("the complete example of docs/configuration.md holds every key at its default") {
  const std::string page = documentation();
  const std::string mark = "```yaml\n";
  const auto begin = page.find(mark, page.find("## Complete example"));
  REQUIRE(begin != std::string::npos);
  const std::string example = page.substr(begin + mark.size(), page.find("```\n", begin + mark.size()) - begin - mark.size());

  const auto loaded = parse_config(example, "retrain.yaml");

  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  const auto schema = config_schema();
  for (std::size_t i = 0; i < schema.size(); ++i) {
    CAPTURE(schema[i].key);
    CHECK(loaded->values[i].origin == Origin::file);
    if (!schema[i].key.starts_with("model.")) CHECK(loaded->values[i].value == schema[i].fallback);
  }
}
