// Bad files, one fault each, and exactly what a person is told about it.
#include <retrain/config_file.hpp>

#include <doctest/doctest.h>

#include "unit/config/good_file.hpp"

using namespace retrain;

namespace {

struct BadFile {
  std::string text;  // follows the model section, which is line 1
  std::string message;
};

/// What parse_config says about a good model section and then `text`, without the name of the file.
std::string complaint(const std::string& text) {
  const auto loaded = parse_config(test::model_section + text, "f");
  return loaded.ok() ? "no complaint" : loaded.status().message();
}

void check_all(const std::vector<BadFile>& files) {
  for (const auto& file : files) {
    CAPTURE(file.text);
    CHECK(complaint(file.text) == "f:" + file.message);
  }
}

}  // namespace

TEST_CASE("an unknown key is told with its place and the key that was meant") {
  check_all({
      {"drfit: {}", "2:1: unknown key 'drfit', did you mean 'drift'"},
      {"drift:\n  serverity_threshold: 1", "3:3: unknown key 'serverity_threshold' in drift, did you mean 'severity_threshold'"},
      {"drift: {detector: {enable: true}}", "2:20: unknown key 'enable' in drift.detector, did you mean 'enabled'"},
      {"severity_threshold: 1", "2:1: unknown key 'severity_threshold', did you mean 'drift.severity_threshold'"},
      {"drift.severity_threshold: 1",
       "2:1: unknown key 'drift.severity_threshold': sections hold keys, as in 'a: {b: 1}', dots do not"},
      {"rollback: {colour: red}", "2:12: unknown key 'colour' in rollback, known are max_rollbacks, window, hold"},
      {"data: {columns: {a: {typ: text}}}", "2:22: data.columns.a has an unknown key 'typ', did you mean 'type'"},
      {"\"dr\\nift\": 1", "2:1: unknown key 'dr\\x0aift', did you mean 'drift'"},
  });
}

TEST_CASE("a key that is planned for a later version is refused, not ignored") {
  for (const std::string& name : std::vector<std::string>{"resources.isolation"}) {
    const auto dot = name.find('.');

    const std::string said = complaint(name.substr(0, dot) + ":\n  " + name.substr(dot + 1) + ": null");

    CHECK(said == "f:3:3: " + name + " is not available in this version");
  }
}

TEST_CASE("a duplicate key is refused, in block and in flow, at any depth") {
  check_all({
      {"drift: {}\ndrift: {}", "3:1: duplicate key 'drift', first in line 2"},
      {"drift: {settle_seconds: 1, settle_seconds: 2}", "2:28: duplicate key 'settle_seconds', first in line 2"},
      {"data:\n  columns:\n    a: {}\n    b: {}\n    'a': {}", "6:5: duplicate key 'a', first in line 4"},
      {"training: {parameters: {eta: 1, eta: 2}}", "2:33: duplicate key 'eta', first in line 2"},
  });
}

TEST_CASE("YAML beyond plain maps, lists and scalars is refused") {
  check_all({
      {"drift: &x {}", "2:8: anchors (&x) are not allowed: a text that starts with & needs quotes"},
      {"data: {pattern: *.csv}", "2:17: aliases (*x) are not allowed: a text that starts with * needs quotes"},
      {"drift: *x", "2:8: aliases (*x) are not allowed: a text that starts with * needs quotes"},
      {"drift: !!map {}", "2:8: tags (!x) are not allowed: a text that starts with ! needs quotes"},
      {"drift: {settle_seconds: ! 5}", "2:25: tags (!x) are not allowed: a text that starts with ! needs quotes"},
      {"drift: {<<: {}}", "2:9: merge keys (<<) are not allowed"},
      {"? [a]\n: 1", "2:3: a key must be a text, not null, a list or a map"},
      {"~: 1", "2:1: a key must be a text, not null, a list or a map"},
      {"---\ndrift: {}", "2:1: a second document starts here: one file holds one"},
      {"- a", "2:1: not valid YAML: end of map not found"},
      {"drift: {", "2:9: not valid YAML: end of map flow not found"},
      {"drift: a: b", "2:9: not valid YAML: illegal map value"},
      {"drift: `x`", "2:8: not valid YAML: unknown token"},
      {"drift: \"x", "2:10: not valid YAML: illegal eof in scalar"},
  });
}

TEST_CASE("bytes that are not plain UTF-8 text are refused at their place") {
  using namespace std::string_literals;
  check_all({
      {"drift: \0"s, "2:8: a NUL byte: the file must be UTF-8 text, not UTF-16 or binary"},
      {"drift: \x04 {}", "2:8: a control character (\\x04)"},
      {"a: 1\rb: 2", "2:5: a control character (\\x0d)"},
      {"# \xC3\xA4\xC3\xA4 \xFF", "2:6: bytes that are not valid UTF-8"},
      {"# \xC3", "2:3: bytes that are not valid UTF-8"},
      {"# \xED\xA0\x80", "2:3: bytes that are not valid UTF-8"},
  });
  const std::string utf16 = "\xFF\xFEm\0o\0"s;
  CHECK(parse_config(utf16, "f").status().message() == "f:1:4: a NUL byte: the file must be UTF-8 text, not UTF-16 or binary");
}

TEST_CASE("columns count characters, not bytes") {
  check_all({{"data: {unique: [\xC3\xA4\xC3\xB6, []]}", "2:21: data.unique needs a text, not a list"}});
}

TEST_CASE("a number is what people read, and nothing else") {
  const std::string key = "2:31: drift.severity_threshold ";
  const auto with = [](const std::string& value) { return "drift: {severity_threshold:   " + value + "}"; };
  check_all({
      {with("high"), key + "needs a number, not 'high'"},
      {with("\"0.5\""), key + "needs a number, not the quoted text '0.5'"},
      {with("[0.5]"), key + "needs a number, not a list"},
      {with("{a: 1}"), key + "needs a number, not a map"},
      {with("true"), key + "needs a number, not 'true'"},
      {with(".nan"), key + "needs a finite number, not '.nan'"},
      {with("-.INF"), key + "needs a finite number, not '-.INF'"},
      {with("inf"), key + "needs a finite number, not 'inf'"},
      {with("1e999"), key + "needs a number, not '1e999'"},
      {with("010"), key + "needs a number without leading zeros, not '010'"},
      {with("-00.5"), key + "needs a number without leading zeros, not '-00.5'"},
      {with("0o7"), key + "needs a number, not '0o7'"},
      {with("0x1"), key + "needs a number, not '0x1'"},
      {with("1_0"), key + "needs a number, not '1_0'"},
      {with("+-1"), key + "needs a number, not '+-1'"},
      {with("50%"), key + "needs a number without a unit, not '50%'"},
      {with("5m"), key + "needs a number without a unit, not '5m'"},
      {with("1.01"), key + "must be from 0 to 1, not 1.01"},
      {with("-1e-9"), key + "must be from 0 to 1, not -1e-09"},
  });
  CHECK(complaint(with("0")) == "no complaint");
  CHECK(complaint(with("+1.0")) == "no complaint");
  CHECK(complaint(with("5e-1")) == "no complaint");
  CHECK(complaint("drift:\n  severity_threshold:\nrollback: {}") ==
        "f:3:3: drift.severity_threshold needs a number, not nothing");
}

TEST_CASE("a whole number has no fraction, no exponent and no overflow") {
  check_all({
      {"training: {max_rounds: 5.0}", "2:24: training.max_rounds needs a whole number, not '5.0'"},
      {"training: {max_rounds: 1e3}", "2:24: training.max_rounds needs a whole number, not '1e3'"},
      {"training: {max_rounds: 5m}", "2:24: training.max_rounds needs a number without a unit, not '5m'"},
      {"training: {max_rounds: 0}", "2:24: training.max_rounds must be from 1 to 1000000, not 0"},
      {"training: {max_rounds: 4294967297}", "2:24: training.max_rounds must be from 1 to 1000000, not 4294967297"},
      {"training: {warm_sessions: -1}", "2:27: training.warm_sessions must be from 0 to 1000000, not -1"},
      {"training: {seed: 18446744073709551616}",
       "2:18: training.seed must be from 0 to 9223372036854775807, not '18446744073709551616'"},
      {"resources: {threads: 0}", "2:22: resources.threads needs auto or at least 1, not 0"},
      {"resources: {threads: many}", "2:22: resources.threads needs auto or a whole number, not 'many'"},
  });
}

TEST_CASE("a duration has a unit where it needs one") {
  const std::string form = "needs a duration like 90s, 15m, 1h or 7d, not ";
  check_all({
      {"rollback: {window: 7}", "2:20: rollback.window " + form + "'7': a number needs its unit, as in 7s or 7d"},
      {"rollback: {window: 7w}", "2:20: rollback.window " + form + "'7w'"},
      {"rollback: {window: -7d}", "2:20: rollback.window " + form + "'-7d'"},
      {"rollback: {window: 1h30m}", "2:20: rollback.window " + form + "'1h30m'"},
      {"rollback: {window: [7d]}", "2:20: rollback.window " + form + "a list"},
      {"rollback: {window: 40000d}", "2:20: rollback.window must be from 0s to 36500d, not 3456000000s"},
      {"drift: {settle_seconds: -1}", "2:25: drift.settle_seconds must be from 0 to 3153600000 seconds, not -1"},
      {"drift: {settle_seconds: 1min}",
       "2:25: drift.settle_seconds needs a number of seconds, or a duration like 90s, 15m, 1h or 7d, not '1min'"},
  });
  CHECK(complaint("drift: {settle_seconds: 0.5}") == "no complaint");
  CHECK(complaint("rollback: {window: '7d'}") == "no complaint");
}

TEST_CASE("a choice lists what there is, and a truth is true or false") {
  check_all({
      {"validation: {test: clustert}",
       "2:20: validation.test must be one of cluster_t, paired_t, cluster_means_t, cr0, cr1, cr3, two_way, ewc, dm_hln, "
       "sign_flip, "
       "cluster_bootstrap, not 'clustert', did you mean 'cluster_t'"},
      {"validation: {lifetime: budged}",
       "2:24: validation.lifetime must be one of budget, lord++, saffron, addis, lond, lond_dependent, spending, elond, lord*, "
       "none, not 'budged', did you mean 'budget'"},
      {"validation: {loss: pinball(1.5)}",
       "2:20: validation.loss needs a quantile between 0 and 1, like pinball(0.9), not 'pinball(1.5)'"},
      {"validation: {test: two_way}", "2:20: validation.test two_way needs validation.second_cluster"},
      {"deployment: {registry: mlflow}", "2:24: deployment.registry mlflow needs deployment.mlflow.tracking_uri"},
      {"deployment: {mlflow: {tracking_uri: \"file:///mlruns\"}}",
       "2:37: deployment.mlflow.tracking_uri must begin with https:// or http://"},
      {"notifications: {webhook_url: \"http://hooks.example.com\"}", "2:30: notifications.webhook_url must begin with https://"},
      {"notifications: {webhook_url: \"https://me:pw@hooks.example.com\"}",
       "2:30: notifications.webhook_url must not hold a user or password: they belong into files"},
      {"notifications: {webhook_url: \"https:///hooks\"}", "2:30: notifications.webhook_url names no host"},
      {"notifications: {chat: {format: irc}}", "2:32: notifications.chat.format must be one of slack, discord, teams, not 'irc'"},
      {"notifications: {chat: {format: slack}}", "2:32: notifications.chat.format needs notifications.chat.url_file"},
      {"training: {mode: beste}",
       "2:18: training.mode must be one of auto, warm, full, recalibrate, best, not 'beste', did you mean 'best'"},
      {"training: {monotone: {a: 0}}", "2:26: training.monotone.a must be 1 or -1, not 0"},
      {"training: {search: {space: {eta: {min: 0, max: 1, log: true}}}}",
       "2:34: training.search.space.eta must have a min over 0 for a logarithmic scale"},
      {"training: {search: {space: {eta: {min: 0.1}}}}", "2:34: training.search.space.eta needs max"},
      {"training: {mode: [full]}", "2:18: training.mode needs a text, not a list"},
      {"schedule: {weekend_days: [fri, sunday]}",
       "2:32: schedule.weekend_days must be one of mon, tue, wed, thu, fri, sat, sun, not 'sunday'"},
      {"drift: {detector: {enabled: yes}}", "2:29: drift.detector.enabled needs true or false, not 'yes'"},
      {"drift: {detector: {enabled: \"true\"}}", "2:29: drift.detector.enabled needs true or false, not the quoted text 'true'"},
  });
}
