// The live path: alerts, runs, steps, rollback, holds, and what each answers to a script.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "cli/workplace.hpp"

using namespace retrain::test;

namespace {

struct Live : Workplace {
  explicit Live(const std::string& more = "") {
    configure(more);
    REQUIRE(retrain({"init"}).exit_code == 0);
  }
};

/// A machine whose load or memory is over the limits lets runs wait, which is right; then these tests have nothing to see.
bool waits_for_machine(const ProcessResult& result) {
  const bool waits = result.exit_code == 75 && has(result.out, "resources");
  if (waits) MESSAGE("skipped: this machine is too busy for a run");
  return waits;
}

}  // namespace

TEST_CASE("a severity that is no number or out of range is refused in one line, and nothing is stored") {
  const Live place;

  for (const char* severity : {"nan", "inf", "-0.1", "1.01"}) {
    const auto result = place.retrain({"alert", "send", "--severity", severity});

    CAPTURE(severity);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(has(result.err, "retrain: severity"));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
  CHECK(place.json({"alert", "list"}).empty());
}

TEST_CASE("an alert is accepted once, merged or known after that, and below the threshold refused") {
  const Live place;

  CHECK(place.retrain({"alert", "send", "--severity", "0.2"}).exit_code == 3);
  CHECK(place.retrain({"alert", "send", "--severity", "0.9", "--id", "a1", "--source", "monitor"}).exit_code == 0);
  const auto merged = place.json({"alert", "send", "--severity", "0.95", "--source", "monitor", "--id", "a2"});
  const auto duplicate = place.retrain({"alert", "send", "--severity", "0.9", "--id", "a1", "--source", "monitor"});

  CHECK(merged["verdict"] == "merged");
  CHECK(duplicate.exit_code == 0);
  CHECK(has(duplicate.out, "duplicate"));
  const auto alerts = place.json({"alert", "list"});
  CHECK(alerts.size() == 4);
  CHECK(alerts.back()["decision"]["verdict"] == "below_threshold");
}

TEST_CASE("an alert comes from a file or stdin, and text that is none is kept as invalid") {
  const Live place;
  place.folder.write("alert.json", R"({"id": "f1", "severity": 0.9, "source": "file", "detail": {"psi": 0.3}})");

  CHECK(place.retrain({"alert", "send", "alert.json"}).exit_code == 0);
  CHECK(place.retrain({"alert", "send", "-"}, {}, R"({"severity": 0.95, "source": "pipe"})").exit_code == 0);
  const auto broken = place.retrain({"alert", "send", "-"}, {}, R"({"severity": "high"})");
  const auto absent = place.retrain({"alert", "send", "absent.json"});

  CHECK(broken.exit_code == 2);
  CHECK(has(broken.err, "severity"));
  CHECK(absent.exit_code == 2);
  CHECK(has(absent.err, "absent.json"));
  const auto alerts = place.json({"alert", "list"});
  CHECK(alerts.size() == 3);
  CHECK(alerts[0]["decision"]["verdict"] == "invalid");
  CHECK(has(alerts[2]["alert"]["detail"].dump(), R"("psi":0.3)"));
}

TEST_CASE("a run asked for by a person is promoted, explained, reported and found by its start") {
  const Live place;

  const auto done = place.retrain({"run", "--reason", "first model", "--actor", "alice"});
  if (waits_for_machine(done)) return;

  REQUIRE_MESSAGE(done.exit_code == 0, done.err);
  CHECK(has(done.out, "promoted"));
  CHECK(has(done.out, "alice"));
  CHECK(has(done.err, ": train"));
  const auto runs = place.json({"runs"});
  const std::string id = runs[0]["id"];
  CHECK(place.json({"explain", id.substr(0, 30)})["run"]["id"] == id);
  CHECK(has(place.retrain({"report", "last"}).out, "# Run " + id.substr(0, 8)));
  CHECK(has(place.retrain({"report", "last", "--format", "html"}).out, "<!doctype html>"));
  CHECK(place.json({"report", "last"})["schema"] == "retrain.run/1");
  CHECK(place.json({"models"})[0]["in_production"] == true);
  CHECK(place.json({"status"})["production"]["model"]["run_id"] == id);
  CHECK(place.json({"doctor"})["ok"] == true);
  CHECK(place.retrain({"explain", "0"}).exit_code == 0);
  CHECK(place.retrain({"explain", "f"}).exit_code == 2);
  CHECK(place.retrain({"run", "--reason", "the same again"}).exit_code == 5);
}

TEST_CASE("steps are done one by one, in order, and a step that is done answers again") {
  const Live place;
  REQUIRE(place.retrain({"alert", "send", "--severity", "0.9"}).exit_code == 0);
  CHECK(place.retrain({"step", "last", "train"}).exit_code == 3);
  CHECK(place.retrain({"step", "last", "fly"}).exit_code == 2);

  const auto readiness = place.retrain({"step", "last", "readiness"});
  if (waits_for_machine(readiness)) return;

  CHECK(readiness.exit_code == 0);
  CHECK(place.json({"step", "last", "readiness"})["repeated"] == true);
  for (const char* step : {"train", "gate", "compare", "deploy"})
    CHECK_MESSAGE(place.retrain({"step", "last", step}).exit_code == 0, step);
  CHECK(place.json({"runs"})[0]["outcome"] == "promoted");
}

TEST_CASE("data that is not ready is exit code 4, with the file, line and value") {
  const Live place;
  place.folder.write("data/day-024.csv", "date,x,z,colour,y\n2024-01-24,1,1,red,not-a-number\n");
  REQUIRE(place.retrain({"alert", "send", "--severity", "0.9"}).exit_code == 0);

  const auto result = place.retrain({"tick"});
  if (waits_for_machine(result)) return;

  CHECK(result.exit_code == 4);
  CHECK(has(result.out, "day-024.csv"));
  CHECK(has(result.out, "not-a-number"));
}

TEST_CASE("a hold refuses alerts until it is lifted, and a rollback without a target is refused") {
  const Live place;

  CHECK(place.json({"hold", "--reason", "race weekend", "--for", "24h", "--actor", "alice"})["hold"]["actor"] == "alice");
  const auto held = place.retrain({"alert", "send", "--severity", "0.9"});
  CHECK(place.retrain({"lift", "--reason", "over"}).exit_code == 0);
  const auto free = place.retrain({"alert", "send", "--severity", "0.9", "--key", "other"});
  const auto rollback = place.retrain({"rollback", "--reason", "try"});

  CHECK(held.exit_code == 3);
  CHECK(has(held.out, "race weekend"));
  CHECK(free.exit_code == 0);
  CHECK(rollback.exit_code == 3);
  CHECK(has(rollback.out, "nothing was changed"));
  CHECK(place.retrain({"hold", "--reason", "x", "--for", "soon"}).exit_code == 2);
}

TEST_CASE("a silence is set, listed and lifted, and needs a reason") {
  const Live place;

  const auto unreasoned = place.retrain({"silence", "--for", "2h"});
  const auto set = place.retrain({"silence", "--for", "2h", "--key", "laps", "--reason", "a test weekend", "--actor", "anna"});
  const auto alert = place.retrain({"alert", "send", "--severity", "0.9"});
  const auto listed = place.json({"silence"});
  const auto lifted = place.retrain({"silence", "--lift", std::to_string(listed[0]["id"].get<int>())});

  CHECK(unreasoned.exit_code == 2);
  CHECK(set.exit_code == 0);
  CHECK(has(set.out, "anna"));
  CHECK(alert.exit_code == 0);
  CHECK(listed[0]["dedup_key"] == "laps");
  CHECK(has(lifted.out, "no silence"));
  CHECK(place.retrain({"silence", "--lift", "1"}).exit_code != 0);
}

TEST_CASE("a tick with nothing to do says so") {
  const Live place;

  const auto result = place.retrain({"tick"});

  CHECK(result.exit_code == 0);
  CHECK(has(result.out, "nothing was due"));
  CHECK(place.json({"tick"})["idle"] == true);
}

TEST_CASE("what comes from outside cannot steer the terminal") {
  const Live place;
  REQUIRE(
      place.retrain({"alert", "send", "-"}, {}, R"({"severity": 0.1, "source": "m", "summary": "\u001b[2J\u0007"})").exit_code ==
      3);

  const auto asked = place.retrain({"explain", "\x1b[2Jred\nline"});
  const auto listed = place.retrain({"hold", "--reason", "\x1b]0;title\x07", "--for", "1h"});

  CHECK(asked.exit_code == 2);
  CHECK(std::count(asked.err.begin(), asked.err.end(), '\n') == 1);
  CHECK_FALSE(has(asked.err + listed.out, "\x1b"));
  CHECK_FALSE(has(listed.out, "\x07"));
}

TEST_CASE("a replay agrees with the run, and a changed byte of what was judged is exit code 1 with its file") {
  const Live place;
  const auto run = place.retrain({"run", "--reason", "first"});
  if (waits_for_machine(run)) return;
  REQUIRE(run.exit_code == 0);
  const auto agreed = place.retrain({"replay", "last"});
  const auto as_json = place.json({"replay", "last"});
  for (const auto& file : std::filesystem::directory_iterator(place.folder / ".retrain/evaluations")) {
    std::fstream(file.path(), std::ios::in | std::ios::out | std::ios::binary).seekp(300).put('x');
  }

  const auto changed = place.retrain({"replay", "last"});

  CHECK(agreed.exit_code == 0);
  CHECK(has(agreed.out, "agrees: the gate says again: accepted"));
  CHECK(as_json["agrees"] == true);
  CHECK(as_json["gate"]["reason"] == "cold_start");
  CHECK(changed.exit_code == 1);
  CHECK(has(changed.out, "does not agree: evaluations/"));
}

TEST_CASE("one flipped byte in a model file is found by its hash and named with its place") {
  const Live place;
  const auto done = place.retrain({"run", "--reason", "first model"});
  if (waits_for_machine(done)) return;
  REQUIRE(done.exit_code == 0);
  const std::string sha256 = place.json({"models"})[0]["model"]["sha256"];
  const std::string file = ".retrain/models/" + sha256 + "/model.ubj";
  std::string bytes = place.folder.read(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  place.folder.write(file, bytes);

  const auto doctor = place.retrain({"doctor"});

  CHECK(doctor.exit_code == 2);
  CHECK(has(doctor.out, "FAIL  5"));
  CHECK(has(doctor.out, "model.ubj has hash"));
  CHECK(has(doctor.out, "registered as " + sha256));
}

TEST_CASE("check knows what earlier runs saw: nothing new, and sessions that lost rows") {
  const Live place;
  const auto run = place.retrain({"run", "--reason", "first"});
  if (waits_for_machine(run)) return;
  REQUIRE(run.exit_code == 0);

  const auto same = place.retrain({"check"});
  const auto files = place.json({"check"})["snapshot"]["sessions"];
  REQUIRE(files.size() > 0);
  const std::string path = std::filesystem::path(place.folder.path()) / files[0]["path"].get<std::string>();
  std::string text;
  {
    std::ifstream file(path);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::ofstream(path) << text.substr(0, text.rfind('\n', text.size() - 2) + 1);
  const auto shrunk = place.retrain({"check"});

  CHECK(same.exit_code == 4);
  CHECK_MESSAGE(has(same.out, "not yet: nothing new since "), same.out);
  CHECK(shrunk.exit_code == 4);
  CHECK_MESSAGE(has(shrunk.out, "shrunk_session"), shrunk.out);
  CHECK(place.json({"runs"}).size() == 1);
}
