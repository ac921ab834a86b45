// Messages to chats: whom they reach, what stands in them, how long they are.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <retrain/notifier.hpp>

#include "notify/chat_format.hpp"
#include "support/http_server.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using nlohmann::json;
using test::HttpServer;

namespace {

Event event_of(const std::string& type, const json& data = json::object()) {
  return {"e-1", type, Time(std::chrono::hours(400'000)), "air-time", "run-7", data.dump()};
}

/// A text longer than any limit, half of it characters of two UTF-16 units.
std::string endless() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "a😀<&*_";
  return text;
}

Event enormous() {
  const std::string text = endless();
  Event event =
      event_of("run.promoted", {{"message", text}, {"reason", text}, {"actor", text}, {"source", text}, {"target", text}});
  event.model = text;
  event.run_id = text;
  return event;
}

std::size_t units(const std::string& text) {
  std::size_t count = 0;
  for (const unsigned char c : text) count += c < 0x80 || c >= 0xC0 ? (c >= 0xF0 ? 2 : 1) : 0;
  return count;
}

}  // namespace

TEST_CASE("people see decisions, not every alert that changed nothing") {
  for (const char* type : {"run.promoted", "run.failed", "model.rolled_back", "model.safe_mode", "hold.set", "alert.accepted"}) {
    CHECK(notify::for_people(event_of(type)));
  }
  for (const char* type : {"alert.debounced", "alert.below_threshold", "run.waiting", "silence.set", "outbox.dropped"}) {
    CHECK_FALSE(notify::for_people(event_of(type)));
  }
}

TEST_CASE("a message says what happened, to which model, and why") {
  const Event event =
      event_of("model.rolled_back",
               {{"from", std::string(64, 'a')}, {"reason", "harmful <!channel> @everyone *now*"}, {"safe_mode", false}});

  const json slack = json::parse(notify::slack_message(event)), discord = json::parse(notify::discord_message(event)),
             teams = json::parse(notify::teams_message(event));

  CHECK(slack["text"] == "air-time: rolled back to the last stable model");
  const std::string section = slack["blocks"][1]["text"]["text"];
  CHECK(section.find("*reason*: harmful &lt;!channel&gt; @everyone") != std::string::npos);
  CHECK(section.find("*from*: aaaaaaaaaaaa\n") != std::string::npos);
  CHECK(discord["embeds"][0]["title"] == slack["text"]);
  CHECK(discord["allowed_mentions"]["parse"] == json::array());
  const std::string description = discord["embeds"][0]["description"];
  CHECK(description.find("\\*now\\*") != std::string::npos);
  CHECK(teams["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive");
  CHECK(teams["attachments"][0]["content"]["body"][1]["facts"][0]["title"] == "reason");
}

TEST_CASE("messages keep to their limits, whatever stands in the event") {
  const json slack = json::parse(notify::slack_message(enormous())), discord = json::parse(notify::discord_message(enormous()));

  CHECK(units(slack["blocks"][0]["text"]["text"]) <= 150);
  CHECK(slack["blocks"][1]["text"]["text"].get<std::string>().size() <= 3000);
  CHECK(units(discord["embeds"][0]["title"]) <= 256);
  CHECK(units(discord["embeds"][0]["description"]) <= 4096);
  CHECK(units(discord["embeds"][0]["title"]) + units(discord["embeds"][0]["description"]) <= 6000);
  CHECK(notify::teams_message(enormous()).size() <= 28 * 1024);
}

TEST_CASE("a text is cut between characters, and only when it must be") {
  CHECK(notify::shortened("abc", 3) == "abc");
  CHECK(notify::shortened("abcd", 3) == "ab…");
  CHECK(notify::shortened("äöüß", 3) == "äö…");
  CHECK(notify::shortened("a😀b", 3) == "a…");
  CHECK(notify::shortened("a😀", 3) == "a😀");
  CHECK(notify::shortened("", 3) == "");
  // Broken UTF-8 must not read past the end.
  CHECK(notify::shortened("abc\xF0", 9).size() >= 3);
}

TEST_CASE("a chat is posted to at the address in its file, and what people need not see counts as delivered") {
  const test::TemporaryFolder folder;
  const HttpServer server;
  const NotificationSettings settings{.webhook_allow_http = true,
                                      .chat = {"teams", folder.write("url", server.url("/services/T0/B0/canary") + "\n")}};
  const auto chat = make_chat_notifier(settings, make_system_clock()).value();

  CHECK(chat->notify(event_of("run.promoted")).ok());
  CHECK(chat->notify(event_of("alert.debounced")).ok());

  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].target == "/services/T0/B0/canary");
  CHECK(requests[0].headers.at("content-type") == "application/json");
  CHECK(json::parse(requests[0].body)["type"] == "message");
  CHECK(chat->id().name == "teams");
}

TEST_CASE("no failure of a chat tells its address") {
  const test::TemporaryFolder folder;
  int port = 0;
  {
    port = HttpServer().port();
  }
  const std::string closed = "http://127.0.0.1:" + std::to_string(port) + "/services/canary";

  for (const std::string& address : {closed, std::string("https://127.0.0.1/canary"), std::string("canary"),
                                     std::string("http://[canary/"), std::string("ftp://h/canary")}) {
    CAPTURE(address);
    const NotificationSettings settings{.webhook_allow_http = true, .chat = {"slack", folder.write("url", address)}};
    const Delivery failed = make_chat_notifier(settings, make_system_clock()).value()->deliver(event_of("run.promoted"));
    CHECK_FALSE(failed.status.ok());
    CHECK(failed.unreachable);
    CHECK(failed.status.message().find("canary") == std::string::npos);
  }
  CHECK(make_chat_notifier({.chat = {"irc", "x"}}, make_system_clock()).status().code() == StatusCode::invalid_argument);
  CHECK(make_chat_notifier({.chat = {"slack", ""}}, make_system_clock()).status().code() == StatusCode::invalid_argument);
}
