// The seed promise: a check that fails skips the run, says why, leaves production alone, and does not stand in the way of the
// next try.
#include <doctest/doctest.h>

#include <filesystem>

#include "base/json.hpp"
#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// A world with a model in production, a day and more after it was trained.
struct ServingWorld : World {
  ServingWorld() {
    pipeline = open();
    alert("first");
    REQUIRE(tick().run->run.outcome == Outcome::promoted);
    clock->advance(std::chrono::hours(30));
  }

  AlertVerdict alert(const std::string& id) { return pipeline->submit_alert(World::alert(id))->verdict; }
  TickReport tick() { return pipeline->tick(quiet_observer()).value(); }
  std::string in_production() { return pipeline->status()->production->model.sha256; }
  /// The data of the newest event of this type.
  base::Json last_event(const std::string& type) const {
    base::Json found;
    const std::string text = folder.read("state/events.jsonl");
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      const auto event = base::parse_json(std::string_view(text).substr(at, text.find('\n', at) - at));
      if (event && event->at("type") == type) found = event->at("data");
    }
    return found;
  }

  std::unique_ptr<Pipeline> pipeline;
};

/// The default checker, which also hands over a digest and remembers which ones it was given.
class DigestingChecker final : public ReadinessChecker {
 public:
  explicit DigestingChecker(std::shared_ptr<ReadinessChecker> inner) : inner_(std::move(inner)) {}
  PartId id() const override { return inner_->id(); }
  Result<Readiness> check(const DataRequest& request, Observer& observer, std::stop_token stop) override {
    given = request.digests;
    auto readiness = inner_->check(request, observer, std::move(stop));
    if (!readiness) return readiness.status();
    readiness->dvc = DvcReport{DvcMode::native, "/repository", {{"data", "data.dvc", DvcState::clean, "1.dir", "1.dir"}}};
    readiness->digests = {{"/repository/data/a.csv", 7, -1, 2, 18446744073709551615ULL, std::string(32, 'a')}};
    return readiness;
  }
  Result<std::vector<Session>> list(const DataRequest& request, std::stop_token stop) override {
    return inner_->list(request, std::move(stop));
  }
  Result<std::string> marks() override { throw std::runtime_error("no marks here"); }

  std::vector<FileDigest> given;

 private:
  std::shared_ptr<ReadinessChecker> inner_;
};

}  // namespace

TEST_CASE("broken data ends the run with the first findings in its event, and production stays as it is") {
  ServingWorld world;
  const std::string before = world.in_production();
  world.folder.write("data/day-025.csv", session_rows(25, 0) + "2024-01-25,many,1,red,2\n");
  REQUIRE(world.alert("second") == AlertVerdict::accepted);

  const TickReport tick = world.tick();

  CHECK(tick.run->run.outcome == Outcome::data_not_ready);
  CHECK(world.in_production() == before);
  const base::Json event = world.last_event("run.data_not_ready");
  REQUIRE(event.at("findings").size() == 1);
  CHECK(event["findings"][0]["rule"] == "type");
  CHECK(event["findings"][0]["row"] == 62);
  CHECK(event["findings"][0]["column"] == "x");
  CHECK(world.pipeline->verify_state()->ok);
}

TEST_CASE("an alert after a run that found broken data starts a new run, without a cooldown") {
  ServingWorld world;
  world.folder.write("data/day-025.csv", "half a file");
  REQUIRE(world.alert("second") == AlertVerdict::accepted);
  REQUIRE(world.tick().run->run.outcome == Outcome::data_not_ready);
  world.folder.write("data/day-025.csv", session_rows(25, 0));
  world.clock->advance(std::chrono::hours(2));  // past the debounce

  CHECK(world.alert("third") == AlertVerdict::accepted);

  CHECK(world.tick().run->run.outcome != Outcome::data_not_ready);
}

TEST_CASE("a run that waits for data is tried at once when a file comes, and else at its instant") {
  ServingWorld world;
  world.config.data.expected_sessions = world.folder.write("expected.txt", "day-001\nbonus\n");
  world.pipeline = world.open();
  REQUIRE(world.alert("second") == AlertVerdict::accepted);
  const TickReport waiting = world.tick();
  REQUIRE(waiting.run->run.state == RunState::queued);
  REQUIRE(waiting.run->run.not_before == world.clock->now().wall + std::chrono::hours(1));
  CHECK(world.last_event("run.waiting").at("reason") == "1 expected session is not there: bonus");

  world.clock->advance(std::chrono::minutes(1));
  CHECK_FALSE(world.tick().run.has_value());
  world.folder.write("data/bonus.csv", session_rows(24, 0, 61));

  const TickReport tried = world.tick();

  REQUIRE(tried.run.has_value());
  CHECK(tried.run->run.state == RunState::finished);
  CHECK(tried.run->run.outcome != Outcome::data_not_ready);
}

TEST_CASE("a run that waits for something else than data is not woken by it") {
  World world;
  world.config.drift.settle = std::chrono::hours(1);
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a"))->verdict == AlertVerdict::accepted);
  world.folder.write("data/new.csv", session_rows(61, 0));

  CHECK_FALSE(pipeline->tick(quiet_observer())->run.has_value());
}

TEST_CASE("nothing new since a run skips the next one, names the run and gives its slot back") {
  ServingWorld world;
  world.config.schedule.weekend_days = {"mon", "tue", "wed", "thu", "fri", "sat"};
  world.config.schedule.max_weekend_retrains = 1;
  world.pipeline = world.open();
  const RunId first = world.pipeline->runs()->front().id;
  std::filesystem::remove(world.config.data.directory + "/day-025.csv");
  REQUIRE(world.alert("second") == AlertVerdict::accepted);

  const TickReport skipped = world.tick();
  world.folder.write("data/day-025.csv", session_rows(25, 0));
  world.clock->advance(std::chrono::hours(2));

  CHECK(skipped.run->run.outcome == Outcome::data_not_ready);
  CHECK(skipped.run->run.reason == "nothing new since run " + first);
  CHECK(world.last_event("run.data_not_ready").at("message") == "the data is not ready: nothing new since run " + first);
  // The one slot of these days is free for the run that has something to do.
  CHECK(world.alert("third") == AlertVerdict::accepted);
}

TEST_CASE("a session that lost rows stops every run but the one that a person asks for") {
  ServingWorld world;
  world.folder.write("data/day-010.csv", session_rows(10, 0, 30));
  REQUIRE(world.alert("second") == AlertVerdict::accepted);
  CHECK(world.tick().run->run.reason.find("session day-010 has 30 rows, it had 60") != std::string::npos);
  world.clock->advance(std::chrono::hours(2));
  REQUIRE(world.alert("third") == AlertVerdict::accepted);
  CHECK(world.tick().run->run.outcome == Outcome::data_not_ready);

  const auto asked = world.pipeline->request_run({"ann", "the other half was wrong", {}});
  const auto report = world.pipeline->run(*asked, quiet_observer());

  CHECK(report->run.outcome != Outcome::data_not_ready);
}

TEST_CASE("digests come back to the next check, and the run's record says which version of the data it saw") {
  World world;
  const auto checker = std::make_shared<DigestingChecker>(make_session_readiness_checker(world.config.data, world.config.model));
  world.parts.readiness_checker = checker;
  const auto pipeline = world.open();
  const auto run = [&](const std::string& alert) {
    REQUIRE(pipeline->submit_alert(World::alert(alert))->verdict == AlertVerdict::accepted);
    return *pipeline->tick(quiet_observer())->run;
  };
  const RunReport first = run("a");
  CHECK(checker->given.empty());
  world.clock->advance(std::chrono::hours(30));

  run("b");

  REQUIRE(checker->given.size() == 1);
  CHECK(checker->given[0].path == "/repository/data/a.csv");
  CHECK(checker->given[0].size == 7);
  CHECK(checker->given[0].modified_ns == -1);
  CHECK(checker->given[0].changed_ns == 2);
  CHECK(checker->given[0].inode == 18446744073709551615ULL);
  CHECK(checker->given[0].md5 == std::string(32, 'a'));
  REQUIRE(first.readiness->dvc.has_value());
  CHECK(first.readiness->dvc->outputs[0].expected == "1.dir");
}

TEST_CASE("data that is not what DVC recorded skips the run") {
  ServingWorld world;
  const std::string before = world.in_production();
  world.folder.write(".dvc/config", "");
  world.folder.write("data.dvc", "outs:\n- md5: 00000000000000000000000000000000.dir\n  hash: md5\n  path: data\n");
  world.config.data.dvc.mode = DvcMode::native;
  world.pipeline = world.open();
  REQUIRE(world.alert("second") == AlertVerdict::accepted);

  const TickReport tick = world.tick();

  CHECK(tick.run->run.outcome == Outcome::data_not_ready);
  CHECK(tick.run->readiness->dvc->outputs[0].state == DvcState::modified);
  CHECK(world.last_event("run.data_not_ready").at("findings").at(0).at("rule") == "dvc_modified");
  CHECK(world.in_production() == before);
}

TEST_CASE("a session that was scored before a run looks at it still arrives out of order") {
  ServingWorld world;
  world.config.drift.detector.enabled = true;  // so that sessions are recorded when they come
  world.pipeline = world.open();
  std::string late = session_rows(3, 0, 20);
  late += "2024-01-03,1,0.5,red,8\n";
  world.folder.write("data/late.csv", late);
  world.tick();
  REQUIRE(world.alert("second") == AlertVerdict::accepted);

  const TickReport tick = world.tick();

  REQUIRE(tick.run->readiness.has_value());
  const auto& findings = tick.run->readiness->findings;
  const auto order = [](const Finding& finding) { return finding.rule == "session_order" && finding.session == "late"; };
  CHECK(std::count_if(findings.begin(), findings.end(), order) == 1);
}

TEST_CASE("a check without a run says what a run would be told, and stores nothing") {
  ServingWorld world;
  const RunId first = world.pipeline->runs()->front().id;
  world.folder.write("data/day-024.csv", session_rows(24, 0));
  std::filesystem::remove(world.config.data.directory + "/day-025.csv");
  const auto same = world.pipeline->check_data(quiet_observer());
  world.folder.write("data/day-010.csv", session_rows(10, 0, 30));
  const auto shrunk = world.pipeline->check_data(quiet_observer());
  const auto again = world.pipeline->check_data(quiet_observer());
  world.config.data.pattern = "day-00?.csv";
  world.config.validation.holdout_sessions = 9;
  const auto few = world.open()->check_data(quiet_observer());

  CHECK(same->verdict == ReadinessVerdict::not_yet);
  CHECK(same->reason == "nothing new since run " + first);
  CHECK(shrunk->reason.find("session day-010 has 30 rows, it had 60") != std::string::npos);
  CHECK(again->reason == shrunk->reason);
  CHECK(few->verdict == ReadinessVerdict::broken);
  CHECK(few->reason.find("9 sessions") != std::string::npos);
  CHECK(world.pipeline->runs()->size() == 1);
}
