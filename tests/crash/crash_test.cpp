// The loop under fire: SIGKILL at every named point of a whole life, then go on.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

constexpr int phases = 4;

/// What must be the same whatever was killed.
struct Life {
  std::vector<std::string> decisions;  // "alert accepted", "run promoted better", "deployment 2 stable", …
  std::string champion;
  std::vector<std::string> event_types;
  std::set<std::string> event_ids;
  std::size_t event_lines = 0;
  std::vector<std::string> unhealthy;
};

/// Runs one phase in a process of its own. Returns its wait status.
int run_phase(const std::string& folder, int phase, const std::string& crash_at, const std::string& log) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!crash_at.empty()) ::setenv("RETRAIN_CRASH_AT", crash_at.c_str(), 1);
    if (!log.empty()) ::setenv("RETRAIN_CRASH_LOG", log.c_str(), 1);
    ::execl(RETRAIN_SCENARIO, RETRAIN_SCENARIO, folder.c_str(), std::to_string(phase).c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool completed(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
bool killed(int status) {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Life look_back(const TemporaryFolder& folder, const std::string& model = "toy") {
  Life life;
  PipelineParts parts;
  parts.clock = std::make_shared<ManualClock>(day(54));
  parts.resource_manager = std::make_shared<IdleMachine>();
  Config config = world_config(folder.path());
  config.model.name = model;
  const auto pipeline = *Pipeline::open(config, parts);
  const auto alerts = pipeline->alerts();
  const auto runs = pipeline->runs();
  const auto models = pipeline->models();
  const auto health = pipeline->verify_state();
  for (const auto& alert : *alerts) {
    // An alert sent again after a kill is known already; that is no second decision.
    if (alert.decision.verdict != AlertVerdict::duplicate)
      life.decisions.push_back("alert " + std::string(to_string(alert.decision.verdict)));
  }
  for (const auto& run : *runs) life.decisions.push_back("run " + std::string(to_string(run.outcome)) + " " + run.reason);
  for (const auto& deployed : *models) {
    life.decisions.push_back("deployment " + std::to_string(deployed.version) + " " + std::string(to_string(deployed.state)) +
                             " " + deployed.model.sha256);
  }
  const auto status = pipeline->status();
  // What was spent on gates: a kill between reservation and verdict buys neither a second look nor a lost level.
  life.decisions.push_back("levels " + std::to_string(status->alpha.tests) + ", spent " + std::to_string(status->alpha.spent) +
                           ", promotions " + std::to_string(status->alpha.promotions));
  if (status->production) life.champion = status->production->model.sha256;
  for (const auto& finding : health->findings) {
    if (!finding.ok) life.unhealthy.push_back(finding.invariant + ": " + finding.message);
  }
  for (const auto& line : lines_of(folder.read("state/events.jsonl"))) {
    const auto event = base::parse_json(line);
    REQUIRE(event.ok());
    ++life.event_lines;
    const auto type = (*event)["type"].get<std::string>();
    if (type == "alert.duplicate") continue;
    life.event_types.push_back(type);
    life.event_ids.insert((*event)["id"].get<std::string>());
  }
  return life;
}

struct Point {
  int phase = 0;
  std::string name;
};

/// Every passage of every crash point in an undisturbed life.
std::vector<Point> all_points(Life& undisturbed) {
  std::vector<Point> points;
  const TemporaryFolder folder;
  write_sessions(folder, 60, 31, 4);
  for (int phase = 1; phase <= phases; ++phase) {
    const std::string log = folder / ("points-" + std::to_string(phase));
    REQUIRE(completed(run_phase(folder.path(), phase, "", log)));
    for (const auto& name : lines_of(folder.read("points-" + std::to_string(phase)))) points.push_back({phase, name});
  }
  undisturbed = look_back(folder);
  return points;
}

/// A life with one kill. Whatever phase was hit is done again, then the rest follows.
Life life_with_kill(const Point& point) {
  const TemporaryFolder folder;
  write_sessions(folder, 60, 31, 4);
  for (int phase = 1; phase <= phases; ++phase) {
    const int status = run_phase(folder.path(), phase, phase == point.phase ? point.name : "", "");
    if (phase == point.phase) REQUIRE_MESSAGE(killed(status), point.name);
    if (!completed(status)) REQUIRE_MESSAGE(completed(run_phase(folder.path(), phase, "", "")), point.name);
  }
  return look_back(folder);
}

/// The points of one share of the test, so that shares run side by side.
void kill_at_every_point(std::size_t share, std::size_t shares) {
  Life undisturbed;
  const auto points = all_points(undisturbed);
  REQUIRE(points.size() >= 20);
  REQUIRE(std::count_if(points.begin(), points.end(),
                        [](const Point& point) { return point.phase == 2 && point.name.starts_with("level."); }) == 2);
  REQUIRE(undisturbed.unhealthy.empty());
  REQUIRE(std::count(undisturbed.event_types.begin(), undisturbed.event_types.end(), "model.stable") == 2);
  REQUIRE(std::count(undisturbed.event_types.begin(), undisturbed.event_types.end(), "model.safe_mode") +
              std::count(undisturbed.event_types.begin(), undisturbed.event_types.end(), "model.rolled_back") ==
          1);
  for (std::size_t i = share; i < points.size(); i += shares) {
    CAPTURE(points[i].phase);
    CAPTURE(points[i].name);

    const Life life = life_with_kill(points[i]);

    CHECK(life.unhealthy == std::vector<std::string>{});
    CHECK(life.champion == undisturbed.champion);
    CHECK(life.decisions == undisturbed.decisions);
    CHECK(life.event_types == undisturbed.event_types);
    CHECK(life.event_ids.size() == undisturbed.event_ids.size());
  }
}

}  // namespace

TEST_CASE("a process killed at any named point finishes with the same decisions, champion and events, first quarter") {
  kill_at_every_point(0, 4);
}

TEST_CASE("a process killed at any named point finishes with the same decisions, champion and events, second quarter") {
  kill_at_every_point(1, 4);
}

TEST_CASE("a process killed at any named point finishes with the same decisions, champion and events, third quarter") {
  kill_at_every_point(2, 4);
}

TEST_CASE("a process killed at any named point finishes with the same decisions, champion and events, last quarter") {
  kill_at_every_point(3, 4);
}

TEST_CASE("two processes on one state directory do one run and promote once") {
  for (int repeat = 0; repeat < 3; ++repeat) {
    const TemporaryFolder folder;
    write_sessions(folder, 60, 31, 4);
    REQUIRE(completed(run_phase(folder.path(), 1, "", "")));

    pid_t children[2];
    for (pid_t& child : children) {
      child = ::fork();
      if (child == 0) {
        ::execl(RETRAIN_SCENARIO, RETRAIN_SCENARIO, folder.path().c_str(), "2", nullptr);
        ::_exit(127);
      }
    }
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      CHECK(completed(status));
    }

    const Life life = look_back(folder);
    CHECK(life.unhealthy == std::vector<std::string>{});
    CHECK(std::count_if(life.decisions.begin(), life.decisions.end(),
                        [](const std::string& d) { return d.starts_with("run "); }) == 2);
    CHECK(std::count_if(life.decisions.begin(), life.decisions.end(),
                        [](const std::string& d) { return d.starts_with("deployment "); }) == 2);
  }
}

TEST_CASE("two processes with a model each on one state directory do one run each") {
  const TemporaryFolder folder;
  write_sessions(folder, 60, 31, 4);

  pid_t children[2];
  const char* models[] = {"left", "right"};
  for (int side = 0; side < 2; ++side) {
    children[side] = ::fork();
    if (children[side] == 0) {
      ::execl(RETRAIN_SCENARIO, RETRAIN_SCENARIO, folder.path().c_str(), "1", models[side], nullptr);
      ::_exit(127);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(completed(status));
  }

  for (const char* model : models) {
    const Life life = look_back(folder, model);
    CHECK(life.unhealthy == std::vector<std::string>{});
    CHECK(std::count(life.decisions.begin(), life.decisions.end(), "run promoted no_production") == 1);
    CHECK_FALSE(life.champion.empty());
  }
}
