// Models that were made elsewhere, brought in by the command line.
#include <doctest/doctest.h>

#include <filesystem>

#include "cli/workplace.hpp"
#include "unit/train/synthetic_sessions.hpp"

using namespace retrain::test;

namespace {

/// A place with a model in production, or none when the machine is too busy to train.
struct Trained : Workplace {
  Trained() {
    configure();
    REQUIRE(retrain({"init"}).exit_code == 0);
    const auto result = retrain({"run", "--reason", "first"});
    busy = result.exit_code == 75;
    if (busy) MESSAGE("skipped: this machine is too busy for a run");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/.retrain/models")) model = entry.path();
  }
  bool busy = false;
  std::filesystem::path model;
};

}  // namespace

TEST_CASE("a model of another state is imported as the candidate of a run") {
  const Trained source;
  if (source.busy) return;
  Workplace place;
  place.configure();
  REQUIRE(place.retrain({"init"}).exit_code == 0);

  const auto result = place.retrain({"models", "import", source.model / "model.ubj", "--description", source.model / "model.json",
                                     "--reason", "from the other team"});

  if (result.exit_code == 75) return;
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  CHECK(has(result.out, "import, 20 rounds; made elsewhere, from "));
  const auto models = place.json({"models"});
  REQUIRE(models.size() == 1);
  CHECK(has(source.model, models[0]["model"]["sha256"].get<std::string>()));
}

TEST_CASE("a damaged file is refused in one line, and so is a model of other features: no run is asked for") {
  Workplace place;
  place.configure();
  REQUIRE(place.retrain({"init"}).exit_code == 0);
  const std::string bytes = bytes_of(*train_model(*make_trainer(training_settings("")), train_request(make_sessions(1, 2))));
  for (const std::string& damaged : {std::string(), std::string("PK\x03\x04"), bytes.substr(0, bytes.size() - 9), bytes + "}",
                                     std::string(300'000, '['), bytes}) {
    place.folder.write("m.ubj", damaged);

    const auto result = place.retrain({"models", "import", "m.ubj", "--reason", "try"});

    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(has(result.err, damaged == bytes ? "retrain: m.ubj: the imported model has 'distance' as feature 1, the configuration x"
                                           : "retrain: m.ubj: the "));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
  CHECK(place.json({"runs"}).empty());
}
