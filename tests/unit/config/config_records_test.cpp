// Bad values that are maps or lists of maps, and values that contradict each other.
#include <retrain/config_file.hpp>

#include <doctest/doctest.h>

#include "unit/config/good_file.hpp"

using namespace retrain;

namespace {

std::string complaint(const std::string& text) {
  const auto loaded = parse_config(text, "f");
  return loaded.ok() ? "no complaint" : loaded.status().message();
}

std::string after_model(const std::string& text) {
  return complaint(test::model_section + text);
}

}  // namespace

TEST_CASE("a model needs a safe name, a target and features that are not the target") {
  CHECK(complaint("") == "f:1:1: model.name is required");
  CHECK(complaint("# nothing\n") == "f:1:1: model.name is required");
  CHECK(complaint("- a\n- b") == "f:1:1: the file must be a map of sections, not a list");
  CHECK(complaint("model") == "f:1:1: the file must be a map of sections, not 'model'");
  CHECK(complaint("drift: {}\nmodel:\n  name: m\n  features: {numeric: [x]}") == "f:2:1: model.target is required");
  CHECK(complaint("model: {name: m, target: y}") == "f:1:1: model.features needs at least one numeric or categorical feature");
  CHECK(complaint("model: {name: m, target: y, features: {}}") ==
        "f:1:29: model.features needs at least one numeric or categorical feature");
  CHECK(complaint("model: {name: ../m, target: y, features: {numeric: [x]}}") ==
        "f:1:15: model.name must be 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit, without '..', "
        "not '../m'");
  CHECK(complaint("model: {name: m, target: \"\", features: {numeric: [x]}}") ==
        "f:1:26: model.target needs a text that is not empty");
  CHECK(complaint("model: {name: m, target: \"a\\0b\", features: {numeric: [x]}}") ==
        "f:1:26: model.target must not hold control characters, as 'a\\x00b' does");
  CHECK(complaint("model:\n  name: m\n  target: y\n  features:\n    numeric:\n      - x\n      - y\n") ==
        "f:7:9: model.features.numeric holds the target 'y'");
  CHECK(complaint("model:\n  name: m\n  target: y\n  features:\n    numeric: [x]\n    categorical:\n      - c\n      - x\n") ==
        "f:8:9: model.features.categorical lists 'x', which model.features.numeric lists too");
  CHECK(complaint("model: {name: m, target: y, features: {numeric: x}}") ==
        "f:1:49: model.features.numeric needs a list like [a, b], not 'x'");
  CHECK(complaint("model: {name: m, target: y, features: {numeric: [a, ~]}}") ==
        "f:1:53: model.features.numeric needs a text, not nothing");
}

TEST_CASE("a slip in a required key is reported once, at the slip") {
  CHECK(complaint("model: {nmae: m, target: y, features: {numeric: [x]}}") ==
        "f:1:9: unknown key 'nmae' in model, did you mean 'name'");
  CHECK(complaint("modle: {name: m, target: y, features: {numeric: [x]}}") == "f:1:1: unknown key 'modle', did you mean 'model'");
}

TEST_CASE("a rule about a column is refused at the member that is wrong") {
  const auto column = [](const std::string& rule) { return after_model("data: {columns: {lap: " + rule + "}}"); };

  CHECK(column("{type: double}") == "f:2:30: data.columns.lap.type must be one of float, integer, text, date, not 'double'");
  CHECK(column("{min: low}") == "f:2:29: data.columns.lap.min needs a number, not 'low'");
  CHECK(column("{missing: 1.5}") == "f:2:33: data.columns.lap.missing must be from 0 to 1, not 1.5");
  CHECK(column("{type: text, min: 1}") == "f:2:23: data.columns.lap has a min or max, which a column of type text cannot have");
  CHECK(column("{values: [a, a]}") == "f:2:36: data.columns.lap.values lists 'a' twice");
  CHECK(column("float") == "f:2:23: data.columns.lap needs a map like {type: float, min: 0}, not 'float'");
  CHECK(column("{}") == "no complaint");
  CHECK(after_model("data: {columns: [lap]}") == "f:2:17: data.columns needs a map like {lap: {type: integer}}, not a list");
}

TEST_CASE("a row condition has a column and either equals or in") {
  const auto where = [](const std::string& condition) { return after_model("data: {where: [" + condition + "]}"); };

  CHECK(where("{column: a}") == "f:2:16: data.where needs a column and either equals or in");
  CHECK(where("{equals: 1}") == "f:2:16: data.where needs a column and either equals or in");
  CHECK(where("{column: a, equals: 1, in: [2]}") == "f:2:16: data.where needs a column and either equals or in");
  CHECK(where("{column: a, in: []}") == "f:2:16: data.where needs at least one value for 'a'");
  CHECK(where("{column: a, in: 1}") == "f:2:32: data.where.in needs a list like [a, b], not '1'");
  CHECK(where("{column: a, equals: }") == "f:2:28: data.where.equals needs a text or number, not nothing");
  CHECK(where("{column: a, is: 1}") == "f:2:28: data.where has an unknown key 'is', did you mean 'in'");
  CHECK(where("{column: a, equals: \"\"}") == "no complaint");
}

TEST_CASE("a session is a file or the rows of a column's value") {
  CHECK(after_model("data: {session: filename}") == "f:2:17: data.session needs file_name or {column: name}, not 'filename'");
  CHECK(after_model("data: {session: {}}") == "f:2:17: data.session needs the name of a column");
  CHECK(after_model("data: {session: {column: []}}") == "f:2:17: data.session needs the name of a column");
  CHECK(after_model("data: {session: file_name}") == "no complaint");
}

TEST_CASE("parameters are finite, and those that other keys set stay there") {
  const auto parameters = [](const std::string& map) { return after_model("training: {parameters: " + map + "}"); };

  CHECK(parameters("{eta: .inf}") == "f:2:30: training.parameters.eta must be finite, not '.inf'");
  CHECK(parameters("{max_depth: 06}") == "f:2:36: training.parameters.max_depth needs a number without leading zeros, not '06'");
  CHECK(parameters("{eta: [1]}") == "f:2:30: training.parameters.eta needs a number or text, not a list");
  CHECK(parameters("{nthread: 4}") == "f:2:34: training.parameters.nthread is set by resources.threads");
  CHECK(parameters("{'a b': 4}") == "f:2:32: training.parameters.a b is not a parameter's name: letters, digits and _");
  CHECK(parameters("0.1") == "f:2:24: training.parameters needs a map like {eta: 0.1}, not '0.1'");
  CHECK(parameters("{monotone_constraints: \"(1,-1)\"}") == "no complaint");
}

TEST_CASE("values that contradict each other are refused together") {
  CHECK(after_model("validation: {recent_sessions: 3, holdout_sessions: 2}") ==
        "f:2:31: validation.recent_sessions must be at most validation.holdout_sessions (2), not 3");
  CHECK(after_model("validation: {recent_sessions: 2, holdout_sessions: 2}") == "no complaint");
  CHECK(after_model("validation: {loss: log_loss}") ==
        "f:2:20: validation.loss 'log_loss' does not fit model.task regression: use auto, absolute_error, squared_error or "
        "pinball(q)");
  CHECK(after_model("comparison: {improvement_threshold: 2}") ==
        "f:2:37: comparison.improvement_threshold must be from 0 to 1 in mode relative, not 2");
  CHECK(after_model("comparison: {improvement_threshold: 2, improvement_mode: absolute}") == "no complaint");
  CHECK(after_model("backtest: {score: {first: 5, last: 4}}") ==
        "f:2:36: backtest.score.last must be 0 or at least backtest.score.first (5), not 4");
  CHECK(after_model("schedule: {weekend_days: [mon, tue, wed, thu, fri, sat, sun]}") ==
        "f:2:26: schedule.weekend_days must leave out a day, or the weekend never ends");
  CHECK(after_model("schedule: {weekend_days: []}") == "f:2:26: schedule.weekend_days needs at least 1 entry");
}

TEST_CASE("a name must not lead out of its folder") {
  CHECK(after_model("data: {pattern: '../*.csv'}") ==
        "f:2:17: data.pattern must match names inside data.directory, not '../*.csv'");
  CHECK(after_model("data: {time: {zone: ../etc}}") ==
        "f:2:21: data.time.zone must be a zone's name like Europe/Vienna, not '../etc'");
  CHECK(after_model("notifications: {log_file: /etc/passwd}").find("f:2:27: notifications.log_file must be") == 0);
}
