// The queue under fire: SIGKILL around what a person does about it, and in the middle of a stream of alerts.
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "support/queue_world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

pid_t spawn(std::vector<std::string> arguments, const std::string& crash_at = "") {
  arguments.insert(arguments.begin(), RETRAIN_QUEUE_SCENARIO);
  const pid_t child = ::fork();
  if (child == 0) {
    if (!crash_at.empty()) ::setenv("RETRAIN_CRASH_AT", crash_at.c_str(), 1);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  return child;
}

int wait_for(pid_t child) {
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

/// What can be seen of a queue: its halt, its runs, what became of each.
std::string seen(QueueWorld& world) {
  const auto pipeline = world.open();
  const auto queue = pipeline->queue();
  std::string text = queue->halt ? std::string(to_string(queue->halt->kind)) : "open";
  const auto runs = pipeline->runs();
  std::multiset<std::string> states;
  for (const auto& run : *runs) {
    states.insert(std::string(to_string(run.state)) + " " + std::string(to_string(run.outcome)) +
                  (run.requeued_from.empty() ? "" : " again"));
  }
  for (const auto& state : states) text += ", " + state;
  CHECK(unhealthy(*pipeline) == std::vector<std::string>{});
  return text;
}

/// A state in which `verb` has something to do, and the run that it is about.
RunId prepare(QueueWorld& world, const std::string& verb) {
  const auto pipeline = world.open();
  if (verb == "resume") {
    REQUIRE(pipeline->pause({.actor = "bo", .reason = "", .until = {}, .dry_run = false}).ok());
  }
  const RunId run = world.alert(*pipeline);
  if (verb == "requeue") {
    world.config.queue.max_attempts = 1;
    world.checker->script = [](Observer&, const std::stop_token&) { return Status{StatusCode::unavailable, "ill"}; };
    REQUIRE(world.open()->tick(quiet_observer())->run->run.outcome == Outcome::set_aside);
  }
  return run;
}

/// The numbers of alerts that were acknowledged under a stored id.
std::map<std::string, std::string> acknowledged(const TemporaryFolder& folder, const std::string& name) {
  std::map<std::string, std::string> lines;
  std::ifstream file(folder / ("acknowledged-" + name));
  for (std::string line; std::getline(file, line);) {
    // The last line may be cut off.
    if (const auto space = line.find(' '); space != std::string::npos && line.size() == space + 37)
      lines[line.substr(0, space)] = line.substr(space + 1);
  }
  return lines;
}

std::vector<std::string> rows(const TemporaryFolder& folder, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((folder / "state/state.db").c_str(), &database) == SQLITE_OK);
  std::vector<std::string> found;
  const auto add = [](void* out, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(out)->push_back(values[0] == nullptr ? "" : values[0]);
    return 0;
  };
  CHECK(sqlite3_exec(database, sql.c_str(), add, &found, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  return found;
}

}  // namespace

TEST_CASE("a process killed around a change of the queue leaves it done or not done, and doing it again does it once") {
  const struct {
    const char *verb, *label, *before, *after, *event;
  } changes[] = {
      {"pause", "halt", "open, queued none", "paused, queued none", "queue.paused"},
      {"drain", "halt", "open, queued none", "draining, queued none", "queue.draining"},
      {"resume", "resume", "paused, queued none", "open, queued none", "queue.resumed"},
      {"cancel", "cancel", "open, queued none", "open, finished cancelled", "run.cancelled"},
      {"requeue", "requeue", "open, finished set_aside", "open, finished set_aside, queued none again", "run.requested"}};
  for (const auto& change : changes) {
    for (const char* moment : {"before_commit", "after_commit"}) {
      CAPTURE(change.verb);
      CAPTURE(moment);
      QueueWorld world;
      const RunId run = prepare(world, change.verb);

      const int status = wait_for(spawn({world.folder.path(), change.verb, run}, std::string(change.label) + "." + moment));
      const std::string left = seen(world);
      const int again = wait_for(spawn({world.folder.path(), change.verb, run}));

      CHECK(killed(status));
      CHECK(left == (std::string(moment) == "before_commit" ? change.before : change.after));
      CHECK(completed(again));
      CHECK(seen(world) == change.after);
      const auto events = rows(world.folder, std::string("SELECT id FROM outbox WHERE type = '") + change.event + "'");
      CHECK(events.size() == 1);
    }
  }
}

TEST_CASE("of 2,000 alerts of 50 sources from two processes, both killed in the middle, none that was acknowledged is lost") {
  QueueWorld world;
  constexpr int count = 1000;
  const std::string names[] = {"left", "right"};
  pid_t children[2];
  for (int i = 0; i < 2; ++i) {
    children[i] = spawn({world.folder.path(), "ingest", names[i], "1", std::to_string(count)},
                        "alert.after_commit#" + std::to_string(300 + 100 * i));
  }
  for (const pid_t child : children) CHECK(killed(wait_for(child)));
  const std::map<std::string, std::string> early[] = {acknowledged(world.folder, "left"), acknowledged(world.folder, "right")};

  // Senders that got no answer send everything again.
  for (int i = 0; i < 2; ++i) children[i] = spawn({world.folder.path(), "ingest", names[i], "1", std::to_string(count)});
  for (const pid_t child : children) CHECK(completed(wait_for(child)));

  const auto kept = rows(world.folder, "SELECT source_id || ' ' || id FROM alerts WHERE reason <> ''");
  const std::set<std::string> stored(kept.begin(), kept.end());
  for (int i = 0; i < 2; ++i) {
    CHECK(early[i].size() > 100);
    CHECK(early[i].size() < count);
    for (const auto& [sent, id] : early[i]) CHECK(stored.contains(sent + " " + id));
  }
  CHECK(rows(world.folder, "SELECT count(DISTINCT source_id) FROM alerts") == std::vector<std::string>{"2000"});
  // Each alert was decided once; what came again is known as a duplicate.
  CHECK(rows(world.folder, "SELECT source_id FROM alerts WHERE verdict <> 'duplicate' GROUP BY source_id HAVING count(*) <> 1")
            .empty());
  CHECK(rows(world.folder, "SELECT model FROM runs WHERE state <> 'finished' ORDER BY model") ==
        std::vector<std::string>{"model-0", "model-1"});
  CHECK(rows(world.folder, "SELECT count(*) FROM runs") == std::vector<std::string>{"2"});
  CHECK(unhealthy(*world.open("model-0")) == std::vector<std::string>{});
  CHECK(unhealthy(*world.open("model-1")) == std::vector<std::string>{});
}
