// The command line itself: help, usage errors, version, and that documentation and program name the same verbs.
#include <doctest/doctest.h>

#include <fstream>
#include <retrain/version.hpp>
#include <sstream>

#include "cli/workplace.hpp"

using namespace retrain::test;

namespace {

/// The verbs of a help text: the first words of the lines below "Subcommands:".
std::vector<std::string> verbs(const std::string& help) {
  std::vector<std::string> out;
  std::istringstream lines(help.substr(std::min(help.size(), help.find("Subcommands:"))));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const auto begin = line.find_first_not_of(' ');
    if (begin == 2) out.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return out;
}

}  // namespace

TEST_CASE("help goes to stdout and is no failure") {
  const Workplace place;

  const auto help = place.retrain({"--help"});
  const auto nested = place.retrain({"alert", "send", "--help"});

  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  CHECK(verbs(help.out).size() >= 17);
  CHECK(nested.exit_code == 0);
  CHECK(has(nested.out, "retrain alert send"));
  CHECK(has(nested.out, "--severity"));
}

TEST_CASE("every verb and every option of the help is documented") {
  const Workplace place;
  TemporaryFolder docs;
  std::ifstream file(RETRAIN_SOURCE_DIR "/docs/cli.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto check_options = [&](const std::string& help, const std::string& verb) {
    for (auto at = help.find("  --"); at != std::string::npos; at = help.find("  --", at + 1)) {
      const std::string option = help.substr(at + 2, help.find_first_of(" \n", at + 2) - at - 2);
      CHECK_MESSAGE(has(page, option), (verb + " " + option));
    }
  };

  for (const std::string& verb : verbs(place.retrain({"--help"}).out)) {
    const std::string help = place.retrain({verb, "--help"}).out;
    const auto nested = verbs(help);
    if (nested.empty()) CHECK_MESSAGE(has(page, "`retrain " + verb), verb);
    check_options(help, verb);
    for (const std::string& inner : nested) {
      CHECK_MESSAGE(has(page, "`retrain " + verb + " " + inner), (verb + " " + inner));
      check_options(place.retrain({verb, inner, "--help"}).out, verb + " " + inner);
    }
  }
}

TEST_CASE("a wrong command line is one line on stderr and exit code 2") {
  const Workplace place;
  const std::vector<std::vector<std::string>> wrong = {{"frobnicate"},
                                                       {"status", "--nonsense"},
                                                       {"rollback"},
                                                       {"run", "--mode", "sideways", "--reason", "x"},
                                                       {"explain"},
                                                       {"alert"},
                                                       {"report", "last", "--format", "pdf"},
                                                       {"alert", "send", "--severity", "high"}};
  for (const auto& arguments : wrong) {
    const auto result = place.retrain(arguments);

    CAPTURE(arguments.front());
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.rfind("retrain: ", 0) == 0);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
  CHECK(place.retrain({}).exit_code == 2);
}

TEST_CASE("the version is one line, or one document") {
  const Workplace place;

  CHECK(place.retrain({"version"}).out == std::string("retrain ") + retrain::version() + "\n");
  CHECK(place.json({"version"}) == nlohmann::json{{"version", retrain::version()}});
}

TEST_CASE("without configuration every verb says so and where one would be looked for") {
  const Workplace place;

  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"status"}, {"tick"}, {"config", "check"}, {"backtest"}}) {
    const auto result = place.retrain(arguments);

    CHECK(result.exit_code == 2);
    CHECK(has(result.err, "neither retrain.yaml nor config/retraining.yaml is here"));
  }
  const auto named = place.retrain({"status", "--config", "no/such.yaml"});
  CHECK(named.exit_code == 2);
  CHECK(has(named.err, "no/such.yaml"));
}

TEST_CASE("without state every verb but init asks for it and creates nothing") {
  Workplace place;
  place.configure();

  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"status"},
                                                    {"tick"},
                                                    {"runs"},
                                                    {"alert", "send", "--severity", "0.9"},
                                                    {"run", "--reason", "x"},
                                                    {"rollback", "--reason", "x"},
                                                    {"doctor"}}) {
    const auto result = place.retrain(arguments);

    CAPTURE(arguments.front());
    CHECK(result.exit_code == 2);
    CHECK(has(result.err + result.out, "run `retrain init` first"));
  }
  CHECK_FALSE(std::filesystem::exists(place.folder / ".retrain"));
}
