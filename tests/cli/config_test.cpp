// init, config check, config show: from nothing to a valid configuration.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <set>
#include <sstream>

#include "cli/workplace.hpp"

using namespace retrain::test;

TEST_CASE("init writes a configuration, then says what is missing, then creates the state, then says it exists") {
  const Workplace place;

  const auto first = place.retrain({"init"});
  const auto second = place.retrain({"init"});
  CHECK(first.exit_code == 0);
  CHECK(has(first.out, "wrote retrain.yaml: fill in model.target and model.features"));
  CHECK_FALSE(std::filesystem::exists(place.folder / ".retrain"));
  CHECK(second.exit_code == 2);
  CHECK(has(second.err, "model.target"));
  std::filesystem::remove(place.folder / "retrain.yaml");

  const auto complete =
      place.retrain({"init", "--name", "toy", "--target", "y", "--numeric", "x,z", "--categorical", "colour", "--data", "data"});
  const auto again = place.retrain({"init"});

  CHECK(complete.exit_code == 0);
  CHECK(has(complete.out, "created the state in .retrain"));
  CHECK(again.exit_code == 0);
  CHECK(has(again.out, "the state in .retrain exists already"));
  CHECK(place.json({"init"})["created"] == false);
  struct stat info{};
  REQUIRE(::stat((place.folder / ".retrain").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0700U);
}

TEST_CASE("the written configuration is valid whatever the names are, and uncommenting every default changes nothing") {
  const Workplace place;
  REQUIRE(place.retrain({"init", "--name", "it-s", "--target", "y: '#1'", "--numeric", "x", "--data", "data/day-001.csv"})
              .exit_code == 0);

  const auto values = place.json({"config", "show"});
  std::string uncommented;
  std::istringstream lines(place.folder.read("retrain.yaml"));
  for (std::string line; std::getline(lines, line);) {
    const bool comment = line.rfind("# ", 0) == 0;
    const bool setting =
        comment && line.find(':') != std::string::npos && line.find("#", 1) != 2 && line.find("  ") != std::string::npos;
    const bool section = comment && line.back() == ':';
    uncommented += (setting || section ? line.substr(2) : line) + "\n";
  }

  CHECK(place.retrain({"config", "check"}).exit_code == 0);
  CHECK(values[2]["key"] == "model.target");
  CHECK(has(values[2]["value"].get<std::string>(), "#1"));
  place.folder.write("full.yaml", uncommented);
  const auto full = place.retrain({"config", "check", "--config", "full.yaml"});
  CHECK_MESSAGE(full.exit_code == 0, full.out);
}

TEST_CASE("config check prints every error with its place and fails") {
  Workplace place;
  place.folder.write(
      "retrain.yaml",
      "model: {name: toy, target: y, features: {numeric: [x]}}\ndrift: {serverity_threshold: 0.7, cooldown_seconds: soon}\n");

  const auto result = place.retrain({"config", "check"});
  const auto json = place.json({"config", "check"});

  CHECK(result.exit_code == 2);
  CHECK(has(result.out, "retrain.yaml:2:"));
  CHECK(has(result.out, "severity_threshold"));
  CHECK(has(result.out, "cooldown_seconds"));
  CHECK(json["ok"] == false);
  CHECK(json["issues"].size() == 2);
  CHECK(json["issues"][0]["line"] == 2);
}

TEST_CASE("the call goes before the environment, the environment before the file, and show tells which") {
  Workplace place;
  place.configure("drift: {severity_threshold: 0.1, cooldown_seconds: 1}\n");
  const std::map<std::string, std::string> environment = {{"RETRAIN_DRIFT_SEVERITY_THRESHOLD", "0.2"},
                                                          {"RETRAIN_DRIFT_DEBOUNCE_SECONDS", "2"}};

  const auto shown = place.retrain({"config", "show", "--origin", "--set", "drift.severity_threshold=0.3"}, environment);

  const auto line = [&](const std::string& key) {
    const auto at = shown.out.find(key + ":");
    return shown.out.substr(at, shown.out.find('\n', at) - at);
  };
  CHECK(has(line("drift.severity_threshold"), "0.3"));
  CHECK(has(line("drift.severity_threshold"), "# call"));
  CHECK(has(line("drift.debounce_seconds"), "# environment"));
  CHECK(has(line("drift.cooldown_seconds"), "# file"));
  CHECK(has(line("drift.settle_seconds"), "# default"));
}

TEST_CASE("a setting that is malformed, unknown or given twice is refused") {
  Workplace place;
  place.configure();

  CHECK(has(place.retrain({"config", "show", "--set", "drift"}).err, "--set takes key=value"));
  CHECK(has(place.retrain({"config", "show", "--set", "a.b=1", "--set", "a.b=2"}).err, "--set gives a.b twice"));
  const auto unknown = place.retrain({"config", "show", "--set", "drift.severity_treshold=1"});
  CHECK(unknown.exit_code == 2);
  CHECK(has(unknown.err, "severity_threshold"));
}

TEST_CASE("the state directory of the command line starts where the command was given") {
  Workplace place;
  place.configure();
  std::filesystem::create_directories(place.folder / "conf");
  std::filesystem::rename(place.folder / "retrain.yaml", place.folder / "conf/retrain.yaml");

  const auto result =
      place.retrain({"init", "--config", "conf/retrain.yaml", "--set", "data.directory=../data", "--state", "it's here"});

  CHECK(result.exit_code == 0);
  CHECK(std::filesystem::exists(place.folder / "it's here/state.db"));
  CHECK(place.retrain({"status", "--config", "conf/retrain.yaml", "--state", "it's here"}).exit_code == 0);
}

TEST_CASE("the same model name with other features is refused with both named, and nothing changes") {
  Workplace place;
  place.configure();
  REQUIRE(place.retrain({"init"}).exit_code == 0);

  const auto other = place.retrain({"status", "--set", "model.features.numeric=[x]"});

  CHECK(other.exit_code == 2);
  CHECK(other.out.empty());
  CHECK(has(other.err, "toy"));
  CHECK(place.retrain({"status"}).exit_code == 0);
}

TEST_CASE("config schema lists each key once, with type and meaning") {
  const Workplace place;

  const auto keys = place.json({"config", "schema"});
  const std::string text = place.retrain({"config", "schema"}).out;

  std::set<std::string> names;
  for (const auto& key : keys) {
    CHECK(names.insert(key["key"]).second);
    CHECK_FALSE(key["meaning"].get<std::string>().empty());
    CHECK(has(text, key["key"]));
  }
  CHECK(names.count("drift.severity_threshold") == 1);
}
