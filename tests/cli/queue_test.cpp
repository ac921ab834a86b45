// `retrain queue`: what waits, and what a person does about it, as a script sees it.
#include <doctest/doctest.h>

#include "cli/workplace.hpp"

using namespace retrain::test;

namespace {

struct Queued : Workplace {
  Queued() {
    configure();
    REQUIRE(retrain({"init"}).exit_code == 0);
    REQUIRE(retrain({"alert", "send", "--severity", "0.9", "--id", "a1"}).exit_code == 0);
  }
};

}  // namespace

TEST_CASE("the queue is listed as a table and as the documented record") {
  const Queued place;

  const auto table = place.retrain({"queue", "list"});
  const auto json = place.json({"queue", "list"});

  CHECK(table.exit_code == 0);
  CHECK(has(table.out, "PLACE  RUN"));
  CHECK(has(table.out, "waiting for its turn"));
  CHECK(json["schema"] == "retrain.queue/1");
  CHECK(json["entries"].size() == 1);
  CHECK(json["entries"][0]["place"] == 1);
  CHECK(json["entries"][0]["waits_for"] == "turn");
  CHECK(json["entries"][0]["run"]["model"] == "toy");
  CHECK(json["empty"] == false);
}

TEST_CASE("a run is cancelled by its name, after a rehearsal that changes nothing, and only once") {
  const Queued place;

  const auto unreasoned = place.retrain({"queue", "cancel", "last"});
  const auto rehearsed = place.retrain({"queue", "cancel", "last", "--reason", "new tyres", "--dry-run"});
  const auto kept = place.json({"queue", "list"});
  const auto cancelled = place.json({"queue", "cancel", "last", "--reason", "new tyres", "--actor", "anna"});
  const auto again = place.retrain({"queue", "cancel", "last", "--reason", "new tyres"});
  const auto requeued = place.retrain({"queue", "requeue", "last", "--reason", "after all"});

  CHECK(unreasoned.exit_code == 2);
  CHECK(rehearsed.exit_code == 0);
  CHECK(has(rehearsed.err, "nothing was changed"));
  CHECK(kept["entries"].size() == 1);
  CHECK(cancelled["outcome"] == "cancelled");
  CHECK(cancelled["reason"] == "cancelled by anna: new tyres");
  CHECK(again.exit_code == 0);
  CHECK(requeued.exit_code == 3);
  CHECK(has(place.retrain({"queue", "list"}).out, "the queue is empty"));
}

TEST_CASE("a paused queue refuses to run with exit code 3, says so in list and status, and goes on when resumed") {
  const Queued place;

  const auto paused = place.retrain({"queue", "pause", "--reason", "a test weekend", "--for", "4h", "--actor", "anna"});
  const auto refused = place.retrain({"run", "last"});
  const auto status = place.retrain({"status"});
  const auto resumed = place.json({"queue", "resume", "--reason", "over"});

  CHECK(paused.exit_code == 0);
  CHECK(has(paused.out, "toy is paused by anna until "));
  CHECK(refused.exit_code == 3);
  CHECK(has(refused.err, "the queue is paused by anna: a test weekend"));
  CHECK(has(status.out, "1 run waiting, paused by anna until"));
  CHECK(resumed["halt"].is_null());
}

TEST_CASE("draining exits with 75 while a run is open and with 0 when none is") {
  const Queued place;

  const auto open = place.retrain({"queue", "drain", "--reason", "an update"});
  REQUIRE(place.retrain({"queue", "cancel", "last", "--reason", "an update"}).exit_code == 0);
  const auto empty = place.retrain({"queue", "drain", "--reason", "an update"});
  const auto held = place.retrain({"alert", "send", "--severity", "0.9", "--id", "a2"});

  CHECK(open.exit_code == 75);
  CHECK(empty.exit_code == 0);
  CHECK(held.exit_code == 3);
  CHECK(has(held.out, "the queue is drained by"));
}
