// What webhooks and chats must never get, and what nobody must ever read.
#include <filesystem>
#include <retrain/json.hpp>

#include "unit/pipeline/told.hpp"

using namespace retrain;
using namespace retrain::test;
using std::chrono::hours;

TEST_CASE("a simulation posts nothing") {
  const HttpServer server;
  Told told;
  told.webhook(server);
  told.parts.scratch = true;
  const auto pipeline = told.open();
  Told::hold(*pipeline);

  Told::tick(*pipeline);

  CHECK(server.requests().empty());
  CHECK(pipeline->outbox()->targets.empty());
}

TEST_CASE("no secret stands in anything that is written or reported, however delivery fails") {
  HttpServer server;
  Told told;
  told.webhook(server);
  told.config.notifications.webhook_secret_file = told.folder.write("secrets/now", "whsec_Y2FuYXJ5LW5vdw==");
  told.config.notifications.webhook_previous_secret_file = told.folder.write("secrets/before", "canary-before");
  told.chat("teams", server.url("/services/canary-path?sig=canary-query"));
  std::string reported;
  const auto pipeline = told.open();
  const auto go_on = [&] {
    Told::hold(*pipeline);
    for (const std::string& note : told.tick_after(*pipeline, hours(30)).notes) reported += note + "\n";
    const OutboxReport report = pipeline->outbox().value();
    for (const auto& target : report.targets) reported += target.reason + "\n";
    for (const auto& event : report.undelivered) reported += event.reason + event.event.data + "\n";
    reported += to_json(pipeline->status().value());
  };
  for (const int status : {200, 302, 400, 429, 500, 503}) {
    server.answer([status](const HttpRequest& request) {
      return HttpReply{status, request.body + request.target, {{"Location", request.target}}};
    });
    go_on();
  }
  server.answer([](const HttpRequest&) { return HttpReply{.hang_up = true}; });
  go_on();
  server.answer([](const HttpRequest& request) { return HttpReply{200, std::string(70'000, 'x') + request.target}; });
  go_on();
  for (const char* broken : {"canary-broken", "http://10.0.0.1/canary-path", "https://127.0.0.1/canary-path", "two\ncanaries"}) {
    static_cast<void>(told.folder.write("secrets/chat", broken));
    static_cast<void>(told.folder.write("secrets/now", "whsec_canary?"));
    go_on();
  }
  server.answer(always(410));
  static_cast<void>(told.folder.write("secrets/now", "canary-now"));
  go_on();

  CHECK(server.requests().size() > 10);
  std::string all = reported;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(told.folder / "state")) {
    if (entry.is_regular_file()) all += told.folder.read(std::filesystem::relative(entry.path(), told.folder.path()).string());
  }
  CHECK(all.size() > 10'000);
  for (const char* secret : {"canary-", "canaries", "Y2FuYXJ5", "sig="}) {
    CAPTURE(secret);
    const auto at = all.find(secret);
    CHECK_MESSAGE(at == std::string::npos, all.substr(at == std::string::npos ? 0 : at - std::min<std::size_t>(at, 80), 160));
  }
}
