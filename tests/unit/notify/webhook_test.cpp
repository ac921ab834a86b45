// The generic webhook: what it sends, how that is signed, and how answers are judged.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <retrain/notifier.hpp>

#include "contract/notifier_contract.hpp"
#include "notify/webhook_message.hpp"
#include "support/http_server.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using nlohmann::json;
using test::HttpReply;
using test::HttpRequest;
using test::HttpServer;

namespace {

const Time noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(12);

Event promotion(std::string data = R"({"reason":"better","sha256":"e2"})") {
  return {"01a20d93-dc2e-7003-9f1d-0b6d6a1f2c55", "run.promoted", noon, "air-time", "run-7", std::move(data)};
}

std::shared_ptr<Notifier> webhook(NotificationSettings settings) {
  settings.webhook_allow_http = true;
  auto made = make_webhook_notifier(settings, std::make_shared<ManualClock>(noon));
  REQUIRE_MESSAGE(made.ok(), made.status().message());
  return *made;
}

Delivery answered(int status, std::map<std::string, std::string> headers = {}) {
  const HttpServer server([&](const HttpRequest&) { return HttpReply{status, "canary", headers}; });
  return webhook({.webhook_url = server.url()})->deliver(promotion());
}

}  // namespace

TEST_CASE("an event arrives as a CloudEvent 1.0 under its own id") {
  const HttpServer server;

  REQUIRE(webhook({.webhook_url = server.url("/hooks?x=1")})->notify(promotion()).ok());

  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/hooks?x=1");
  CHECK(requests[0].headers.at("content-type") == "application/cloudevents+json; charset=utf-8");
  CHECK(requests[0].headers.at("webhook-id") == promotion().id);
  CHECK(requests[0].headers.at("webhook-timestamp") == "1795521600");
  CHECK_FALSE(requests[0].headers.contains("webhook-signature"));
  CHECK(json::parse(requests[0].body) == json{{"specversion", "1.0"},
                                              {"id", promotion().id},
                                              {"source", "/retrain/air-time"},
                                              {"type", "retrain.run.promoted"},
                                              {"time", "2026-11-24T12:00:00Z"},
                                              {"subject", "run-7"},
                                              {"model", "air-time"},
                                              {"datacontenttype", "application/json"},
                                              {"data", {{"reason", "better"}, {"sha256", "e2"}}}});
}

TEST_CASE("an event of no run has no subject, and data that is too long is left out and said to be") {
  Event event = promotion("{\"text\":\"" + std::string(30'000, 'x') + "\"}");
  event.run_id.clear();

  const json body = json::parse(notify::cloud_event(event));

  CHECK_FALSE(body.contains("subject"));
  CHECK(body["data"] == json{{"omitted_bytes", event.data.size()}});
}

TEST_CASE("signatures are those of the standard's own example") {
  // The test vector of the Standard Webhooks specification.
  const auto key = notify::signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

  REQUIRE(key.ok());
  CHECK(notify::signatures({*key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  CHECK(notify::signing_key("plain words").value() == "plain words");
  CHECK(notify::signing_key("whsec_not base64").status().code() == StatusCode::invalid_argument);
}

TEST_CASE("both secrets sign while they are changed, and a secret may change under a running program") {
  const test::TemporaryFolder folder;
  const HttpServer server;
  const std::string now = folder.write("now", "new secret\n"), before = folder.write("before", "old secret\n");
  const auto notifier =
      webhook({.webhook_url = server.url(), .webhook_secret_file = now, .webhook_previous_secret_file = before});

  REQUIRE(notifier->notify(promotion()).ok());
  folder.write("now", "newest secret");
  REQUIRE(notifier->notify(promotion()).ok());

  const auto requests = server.requests();
  const auto expected = [&](std::size_t i, const std::vector<std::string>& keys) {
    return notify::signatures(keys, promotion().id, 1795521600, requests.at(i).body);
  };
  CHECK(requests.at(0).headers.at("webhook-signature") == expected(0, {"new secret", "old secret"}));
  CHECK(requests.at(1).headers.at("webhook-signature") == expected(1, {"newest secret", "old secret"}));
}

TEST_CASE("without its secret nothing goes out unsigned") {
  const HttpServer server;

  const Delivery delivery = webhook({.webhook_url = server.url(), .webhook_secret_file = "/absent/secret"})->deliver(promotion());

  CHECK(delivery.status.code() == StatusCode::not_found);
  CHECK(delivery.unreachable);
  CHECK(server.requests().empty());
}

TEST_CASE("answers are judged: 2xx is taken, 410 is gone, a redirect and all else may be tried again") {
  for (const int status : {200, 201, 202, 204, 299}) CHECK(answered(status).status.ok());
  for (const int status : {301, 307, 400, 401, 404, 410, 500}) {
    CAPTURE(status);
    const Delivery failed = answered(status);
    CHECK(failed.status.code() == StatusCode::unavailable);
    CHECK(failed.status.message().find(std::to_string(status)) != std::string::npos);
    CHECK(failed.status.message().find("canary") == std::string::npos);
    CHECK(failed.gone == (status == 410));
    CHECK_FALSE(failed.unreachable);
  }
}

TEST_CASE("a receiver may ask for a pause") {
  CHECK(answered(429, {{"Retry-After", "90"}}).retry_after == std::chrono::seconds(90));
  CHECK(answered(503, {{"Retry-After", "Tue, 24 Nov 2026 12:01:00 GMT"}}).retry_after == std::chrono::seconds(60));
  CHECK_FALSE(answered(429).retry_after.has_value());
  CHECK_FALSE(answered(400, {{"Retry-After", "90"}}).retry_after.has_value());
}

TEST_CASE("a webhook must be https at a public address, unless it is told otherwise") {
  const auto made = [](const std::string& url, bool allow_http) {
    return make_webhook_notifier({.webhook_url = url, .webhook_allow_http = allow_http}, make_system_clock()).status().code();
  };

  CHECK(made("http://127.0.0.1/", false) == StatusCode::invalid_argument);
  CHECK(made("http://127.0.0.1/", true) == StatusCode::ok);
  CHECK(made("https://hooks.example.com/", false) == StatusCode::ok);
  CHECK(made("https://me:pw@hooks.example.com/", false) == StatusCode::invalid_argument);
  CHECK(made("file:///etc/passwd", true) == StatusCode::invalid_argument);
  CHECK(made("nonsense", true) == StatusCode::invalid_argument);
  const auto sent = [](NotificationSettings settings) {
    return make_webhook_notifier(settings, make_system_clock()).value()->notify(promotion()).message();
  };
  CHECK(sent({.webhook_url = "https://127.0.0.1:1/"}) == "127.0.0.1:1 is at 127.0.0.1, which is a private address");
  CHECK(sent({.webhook_url = "https://127.0.0.1:1/", .webhook_private_hosts = {"127.0.0.1"}}).starts_with("cannot connect"));
  CHECK(sent({.webhook_url = "http://192.168.7.7/", .webhook_allow_http = true}).ends_with("which is not this machine"));
}

TEST_CASE("the webhook is a notifier like any other") {
  const HttpServer server;
  std::size_t before = 0;
  const auto make = [&] {
    before = server.requests().size();
    return webhook({.webhook_url = server.url()});
  };
  test::check_notifier_contract(make, [&] {
    std::vector<std::string> ids;
    const auto requests = server.requests();
    for (std::size_t i = before; i < requests.size(); ++i) ids.push_back(requests[i].headers.at("webhook-id"));
    return ids;
  });
}

TEST_CASE("doctor tells what is wrong with addresses and secrets without telling them") {
  const test::TemporaryFolder folder;
  const std::string open = folder.write("open", "canary"), chat = folder.write("chat", "http://canary.example.com/canary");
  std::filesystem::permissions(open, std::filesystem::perms(0644));
  std::filesystem::permissions(chat, std::filesystem::perms(0600));

  const auto found = check_notifications({.webhook_url = "https://hooks.example.com/canary",
                                          .webhook_secret_file = open,
                                          .webhook_previous_secret_file = folder / "absent",
                                          .chat = {"slack", chat}});

  REQUIRE(found.size() == 4);
  CHECK(found[0].ok);
  CHECK(found[0].message == "https://hooks.example.com");
  CHECK_FALSE(found[1].ok);
  CHECK(found[1].message.find("0644") != std::string::npos);
  CHECK_FALSE(found[2].ok);
  CHECK_FALSE(found[3].ok);
  CHECK(found[3].message.find("must begin with https://") != std::string::npos);
  for (const auto& finding : found) CHECK(finding.message.find("canary") == std::string::npos);
}
