// States that may not be opened, and notifiers and disks that fail.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

class FlakyNotifier final : public Notifier {
 public:
  explicit FlakyNotifier(int failures) : failures_(failures) {}
  PartId id() const override { return {"flaky", "1"}; }
  Status notify(const Event& event) override {
    ++calls;
    if (failures_-- > 0) return {StatusCode::unavailable, "the line is dead"};
    delivered.push_back(event);
    return {};
  }
  std::vector<Event> delivered;
  int calls = 0;

 private:
  int failures_;
};

class ThrowingNotifier final : public Notifier {
 public:
  PartId id() const override { return {"throwing", "1"}; }
  Status notify(const Event&) override { throw std::runtime_error("the bell is broken"); }
};

}  // namespace

TEST_CASE("the same model name with another task, target or features is refused with both named") {
  World world;
  world.open();
  const auto refused = [&](auto change, const char* word) {
    World other;
    other.config = world.config;
    change(other.config.model);
    const auto opened = Pipeline::open(other.config, other.parts);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.status().code() == StatusCode::conflict);
    CHECK_MESSAGE(opened.status().message().find(word) != std::string::npos, opened.status().message());
  };

  refused([](ModelSettings& model) { model.task = Task::binary; }, "task regression");
  refused([](ModelSettings& model) { model.target = "x", model.numeric = {"y", "z"}; }, "target y");
  refused([](ModelSettings& model) { model.numeric = {"x"}; }, "features");
}

TEST_CASE("a state written by a newer version is refused and left as it was") {
  World world;
  world.open();
  const std::string path = world.config.state.directory + "/state.db";
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, "PRAGMA user_version = 99", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const std::string before = world.folder.read("state/state.db");

  const auto opened = Pipeline::open(world.config, world.parts);

  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().code() == StatusCode::incompatible);
  CHECK(opened.status().message().find("99") != std::string::npos);
  CHECK(world.folder.read("state/state.db") == before);
}

TEST_CASE("a state directory that is a file is refused with its path") {
  World world;
  world.config.state.directory = world.folder.write("occupied", "x");

  const auto opened = Pipeline::open(world.config, world.parts);

  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().message().find("occupied") != std::string::npos);
}

TEST_CASE("a notifier that fails is tried again later, in order, and never stops a run") {
  World world;
  const auto notifier = std::make_shared<FlakyNotifier>(1);
  world.parts.notifier = notifier;
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);

  const auto first = pipeline->tick(quiet_observer());

  CHECK(first->run->run.outcome == Outcome::promoted);
  CHECK(first->events_delivered == 0);
  CHECK(first->events_pending == 3);
  CHECK(pipeline->tick(quiet_observer())->events_delivered == 0);
  CHECK(notifier->calls == 1);
  world.clock->advance(std::chrono::minutes(1));
  CHECK(pipeline->tick(quiet_observer())->events_delivered == 3);
  CHECK(notifier->delivered.at(0).type == "alert.accepted");
  CHECK(notifier->delivered.at(1).type == "model.stable");
  CHECK(notifier->delivered.at(2).type == "run.promoted");
}

TEST_CASE("a notifier that throws leaves the run untouched and is tried again") {
  World world;
  world.parts.notifier = std::make_shared<ThrowingNotifier>();
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);

  const auto tick = pipeline->tick(quiet_observer());

  REQUIRE(tick.ok());
  CHECK(tick->run->run.outcome == Outcome::promoted);
  CHECK(tick->events_pending == 3);
  REQUIRE(tick->notes.size() == 1);
  CHECK(tick->notes.front().find("the bell is broken") != std::string::npos);
}

TEST_CASE("a changed audit line is found by the check of the state") {
  World world;
  {
    const auto pipeline = world.open();
    REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);
    CHECK(pipeline->verify_state()->ok);
  }
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((world.config.state.directory + "/state.db").c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, "UPDATE audit SET time_us = time_us + 1 WHERE sequence = 1", nullptr, nullptr, nullptr) ==
          SQLITE_OK);
  sqlite3_close(database);

  const auto health = world.open()->verify_state();

  CHECK_FALSE(health->ok);
}

TEST_CASE("an invalid configuration made in code is refused by its key") {
  World world;
  world.config.drift.severity_threshold = 1.5;

  const auto opened = Pipeline::open(world.config, world.parts);

  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().code() == StatusCode::invalid_argument);
  CHECK(opened.status().message().find("drift.severity_threshold") != std::string::npos);
}

TEST_CASE("a session file that changed after it was checked is not trained on") {
  World world;
  const auto pipeline = world.open();
  const auto decision = pipeline->submit_alert(World::alert("a1"));
  REQUIRE(pipeline->step(decision->run_id, Step::readiness, quiet_observer())->done);
  world.folder.write("data/day-010.csv", session_rows(10, 7));

  const auto trained = pipeline->step(decision->run_id, Step::train, quiet_observer());

  REQUIRE(trained.ok());
  CHECK_FALSE(trained->done);
  CHECK(pipeline->report(decision->run_id)->run.outcome == Outcome::failed);
  CHECK(pipeline->report(decision->run_id)->run.reason.find("day-010") != std::string::npos);
  CHECK(pipeline->production() == nullptr);
}

TEST_CASE("two models share one state directory and keep apart") {
  World world;
  World other;
  other.config.state.directory = world.config.state.directory;
  other.config.model.name = "other";
  const auto toy = world.open();
  const auto second = other.open();
  REQUIRE(toy->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);

  REQUIRE(toy->tick(quiet_observer())->run->run.outcome == Outcome::promoted);

  CHECK_FALSE(second->status()->production.has_value());
  CHECK(second->runs()->empty());
  CHECK(second->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);
}
