// Webhooks and chats behind a whole pipeline: each by itself, retried on schedule, given up in the end.
#include <set>

#include "unit/pipeline/told.hpp"

using namespace retrain;
using namespace retrain::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

DeliveryTarget target_of(Pipeline& pipeline, const std::string& name = "webhook") {
  const OutboxReport report = pipeline.outbox().value();
  for (const auto& target : report.targets) {
    if (target.name == name) return target;
  }
  return {};
}

}  // namespace

TEST_CASE("every event reaches log, webhook and chat, once and in order") {
  const HttpServer webhook, chat;
  Told told;
  told.webhook(webhook);
  told.chat("slack", chat.url());
  const auto pipeline = told.open();
  for (int i = 0; i < 40; ++i) Told::hold(*pipeline, "reason " + std::to_string(i) + ".");

  Told::tick(*pipeline);
  Told::tick(*pipeline);

  const auto posted = webhook.requests();
  REQUIRE(posted.size() == 40);
  CHECK(chat.requests().size() == 40);
  CHECK(told.logged() == 40);
  for (std::size_t i = 0; i < posted.size(); ++i)
    CHECK(posted[i].body.find("reason " + std::to_string(i) + ".") != std::string::npos);
  CHECK(target_of(*pipeline).waiting == 0);
}

TEST_CASE("a target begins with what happens after it was named, and goes on where another process stopped") {
  HttpServer server;
  Told told;
  Told::hold(*told.open(), "before");
  told.webhook(server);
  {
    const auto pipeline = told.open();
    Told::hold(*pipeline, "first");
    Told::tick(*pipeline);
    Told::hold(*pipeline, "second");
  }

  Told::tick(*told.open());

  const auto posted = server.requests();
  REQUIRE(posted.size() == 2);
  CHECK(posted[0].body.find("first") != std::string::npos);
  CHECK(posted[1].body.find("second") != std::string::npos);
}

TEST_CASE("a target that is down holds up neither the log nor another target, and misses nothing") {
  HttpServer down([](const HttpRequest&) { return HttpReply{.hang_up = true}; });
  const HttpServer chat;
  Told told;
  told.webhook(down);
  told.chat("discord", chat.url());
  const auto pipeline = told.open();
  for (int i = 0; i < 5; ++i) Told::hold(*pipeline);

  const TickReport first = Told::tick(*pipeline);
  CHECK(down.requests().size() == 1);  // one attempt tells
  CHECK(chat.requests().size() == 5);
  CHECK(told.logged() == 5);
  REQUIRE(first.notes.size() == 1);
  CHECK(first.notes[0].starts_with("webhook: event hold.set was not delivered: no answer from 127.0.0.1"));
  CHECK(target_of(*pipeline).waiting == 5);
  Told::tick(*pipeline);
  CHECK(down.requests().size() == 1);  // it rests
  for (int i = 0; i < 200; ++i) told.tick_after(*pipeline, hours(1) + minutes(13));
  CHECK(target_of(*pipeline).given_up == 0);
  down.answer(ok);
  told.tick_after(*pipeline, hours(2));

  CHECK(target_of(*pipeline).waiting == 0);
  CHECK(target_of(*pipeline).failures == 0);
  std::set<std::string> ids;
  for (const auto& request : down.requests()) ids.insert(request.headers.at("webhook-id"));
  CHECK(ids.size() == 5);
}

TEST_CASE("a refused event is tried ten times in about three days, then given up, and the log says so") {
  HttpServer server(always(500));
  Told told;
  told.webhook(server);
  const auto pipeline = told.open();
  Told::hold(*pipeline);
  const Time started = told.clock->now().wall;
  Time last = started;
  std::vector<Duration> pauses;

  TickReport report = Told::tick(*pipeline);
  for (std::size_t tries = 1; tries < 100 && target_of(*pipeline).given_up == 0; ++tries) {
    REQUIRE(report.next_due.has_value());
    told.clock->set(*report.next_due);
    const std::size_t before = server.requests().size();
    report = Told::tick(*pipeline);
    if (server.requests().size() == before) continue;
    pauses.push_back(told.clock->now().wall - last);
    last = told.clock->now().wall;
  }

  CHECK(server.requests().size() == 10);
  REQUIRE(pauses.size() == 9);
  const Duration schedule[] = {seconds(5), minutes(5), minutes(30), hours(2), hours(5),
                               hours(10),  hours(14),  hours(20),   hours(24)};
  for (std::size_t i = 0; i < pauses.size(); ++i) {
    CAPTURE(i);
    CHECK(pauses[i] >= schedule[i]);
    CHECK(pauses[i] <= schedule[i] * 6 / 5 + hours(i < 2 ? 0 : 1));
  }
  const auto undelivered = pipeline->outbox()->undelivered;
  REQUIRE(undelivered.size() >= 1);
  CHECK(undelivered[0].given_up);
  CHECK(undelivered[0].attempts == 10);
  CHECK(undelivered[0].reason == "127.0.0.1 answered 500");
  Told::tick(*pipeline);
  CHECK(told.folder.read("state/events.jsonl").find("delivery.given_up") != std::string::npos);
}

TEST_CASE("a person has given-up events tried anew, or dropped") {
  HttpServer server(always(400));
  Told told;
  told.webhook(server);
  const auto pipeline = told.open();
  Told::hold(*pipeline, "replayed");
  for (int i = 0; i < 12 && target_of(*pipeline).given_up == 0; ++i) told.tick_after(*pipeline, hours(30));
  REQUIRE(target_of(*pipeline).given_up == 1);
  const std::string id = pipeline->outbox()->undelivered[0].event.id;

  server.answer(ok);
  told.tick_after(*pipeline, hours(30));
  CHECK(pipeline->replay_events({"anna", "", "no-such-id", false}).status().code() == StatusCode::not_found);
  CHECK(pipeline->replay_events({"", "", "", false}).status().code() == StatusCode::invalid_argument);
  CHECK(pipeline->replay_events({"anna", "webhook", id, false}).value() == 1);
  Told::tick(*pipeline);
  CHECK(target_of(*pipeline).given_up == 0);
  std::size_t posted = 0;
  for (const auto& request : server.requests()) posted += request.headers.at("webhook-id") == id ? 1 : 0;
  CHECK(posted == 11);

  server.answer(always(400));
  Told::hold(*pipeline, "dropped");
  Told::tick(*pipeline);
  CHECK(pipeline->drop_events({"anna", "", "", false}).status().code() == StatusCode::not_found);
  CHECK(pipeline->drop_events({"anna", "", "", true}).value() >= 1);
  server.answer(ok);
  for (int i = 0; i < 5; ++i) told.tick_after(*pipeline, hours(30));
  CHECK(pipeline->outbox()->undelivered.empty());
}

TEST_CASE("after 410 a target gets nothing more until somebody replays") {
  HttpServer server(always(410));
  Told told;
  told.webhook(server);
  const auto pipeline = told.open();
  Told::hold(*pipeline);
  Told::tick(*pipeline);
  for (int i = 0; i < 10; ++i) told.tick_after(*pipeline, hours(30));
  CHECK(server.requests().size() == 1);
  CHECK(target_of(*pipeline).switched_off);
  CHECK(told.folder.read("state/events.jsonl").find("target.switched_off") != std::string::npos);

  server.answer(ok);
  CHECK(pipeline->replay_events({"anna", "webhook", "", false}).value() == 0);
  Told::tick(*pipeline);

  CHECK_FALSE(target_of(*pipeline).switched_off);
  CHECK(target_of(*pipeline).waiting == 0);
}

TEST_CASE("a pause that the receiver asks for is kept, but not for more than a day") {
  HttpServer server(always(429, {{"Retry-After", "7200"}}));
  Told told;
  told.webhook(server);
  const auto pipeline = told.open();
  Told::hold(*pipeline);
  Told::tick(*pipeline);

  Told::hold(*pipeline);
  told.tick_after(*pipeline, seconds(7199));
  CHECK(server.requests().size() == 1);
  server.answer(always(429, {{"Retry-After", "9999999"}}));
  told.tick_after(*pipeline, hours(1));
  const auto tried = server.requests().size();
  CHECK(tried > 1);
  server.answer(ok);
  told.tick_after(*pipeline, hours(30));

  CHECK(server.requests().size() > tried);
}

TEST_CASE("a target that refuses three events in a row rests, whatever else waits for it") {
  const HttpServer server(always(503));
  Told told;
  told.webhook(server);
  const auto pipeline = told.open();
  for (int i = 0; i < 50; ++i) Told::hold(*pipeline);

  Told::tick(*pipeline);
  Told::tick(*pipeline);
  CHECK(server.requests().size() == 3);
  told.tick_after(*pipeline, seconds(8));

  CHECK(server.requests().size() == 4);
}
