// Webhooks from the command line: what waits, what is given up, and a program that dies between posting and noting it.
#include <doctest/doctest.h>

#include "cli/workplace.hpp"
#include "support/http_server.hpp"

using namespace retrain::test;

namespace {

/// A workplace whose events go to a server of ours, signed with a secret that must show nowhere.
struct Posting : Workplace {
  HttpServer server;

  Posting() {
    folder.write("secrets/webhook", "canary-secret");
    std::filesystem::permissions(folder / "secrets/webhook", std::filesystem::perms(0600));
    configure("notifications: {webhook_url: \"" + server.url("/hooks/canary-path") +
              "\", webhook_allow_http: true, webhook_secret_file: secrets/webhook}\n");
    REQUIRE(retrain({"init"}).exit_code == 0);
  }
  void refuse() {
    server.answer([](const HttpRequest&) { return HttpReply{400, "canary-reply"}; });
  }
  ProcessResult hold() const { return retrain({"hold", "--reason", "why"}); }
};

}  // namespace

TEST_CASE("without webhook and chat the outbox says that events go to the log alone") {
  Workplace place;
  place.configure();
  REQUIRE(place.retrain({"init"}).exit_code == 0);

  const auto listed = place.retrain({"outbox", "list"});

  CHECK(listed.exit_code == 0);
  CHECK(has(listed.out, "events go to the log alone"));
  CHECK(place.json({"outbox", "list"}) == nlohmann::json::parse(R"({"targets":[],"undelivered":[]})"));
  CHECK(place.retrain({"outbox", "drop"}).exit_code != 0);
}

TEST_CASE("what a webhook refuses is listed, can be dropped and replayed, and no output holds a secret") {
  Posting place;
  place.refuse();
  std::string said;
  const auto call = [&](std::vector<std::string> words) {
    auto result = place.retrain(std::move(words));
    said += result.out + result.err;
    return result;
  };
  REQUIRE(place.hold().exit_code == 0);

  CHECK(has(call({"tick"}).out, "webhook: event hold.set was not delivered: 127.0.0.1 answered 400"));
  const auto report = place.json({"outbox", "list"});
  REQUIRE(report["targets"].size() == 1);
  CHECK(report["targets"][0]["name"] == "webhook");
  CHECK(report["targets"][0]["failures"] == 1);
  REQUIRE(report["undelivered"].size() == 1);
  CHECK(report["undelivered"][0]["type"] == "hold.set");
  CHECK(report["undelivered"][0]["attempts"] == 1);
  CHECK(has(call({"outbox", "list"}).out, "127.0.0.1 answered 400"));
  CHECK(has(call({"doctor"}).out, "deliveries to webhook"));

  const std::string id = report["undelivered"][0]["event"];
  CHECK(has(call({"outbox", "replay", id}).out, "1 event will be tried again"));
  CHECK(call({"outbox", "replay", "no-such-event"}).exit_code != 0);
  CHECK(has(call({"outbox", "drop", id, "--target", "webhook"}).out, "1 event given up for good"));
  CHECK(place.json({"outbox", "list"})["undelivered"].empty());
  call({"config", "show"});
  call({"status", "--json"});
  said += place.folder.read("state/events.jsonl") + place.folder.read(".retrain/events.jsonl") +
          place.folder.read(".retrain/state.db") + place.folder.read(".retrain/state.db-wal");
  CHECK(said.find("canary-secret") == std::string::npos);
  CHECK(said.find("canary-reply") == std::string::npos);
}

TEST_CASE("a program that dies between posting and noting it posts once more, under the same id") {
  Posting place;
  REQUIRE(place.hold().exit_code == 0);

  const auto killed = place.retrain({"tick"}, {{"RETRAIN_CRASH_AT", "target.after"}});
  CHECK(killed.exit_code != 0);
  CHECK(place.retrain({"tick"}).exit_code == 0);

  const auto requests = place.server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].headers.at("webhook-id") == requests[1].headers.at("webhook-id"));
  CHECK(requests[0].body == requests[1].body);
}
