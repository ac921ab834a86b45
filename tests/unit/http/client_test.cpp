// The HTTP client against a server on loopback.
#include <doctest/doctest.h>

#include "http/client.hpp"
#include "support/http_server.hpp"

using namespace retrain;
using http::Reach;
using http::Request;
using test::HttpReply;
using test::HttpRequest;
using test::HttpServer;

TEST_CASE("a request arrives as it was given, and its answer comes back") {
  const HttpServer server([](const HttpRequest&) { return HttpReply{201, "made", {{"X-Kind", "answer"}}}; });

  const auto response =
      http::send({.method = "PUT", .url = server.url("/a?b=1"), .headers = {{"X-One", "1"}}, .body = std::string("a\0b", 3)});

  REQUIRE_MESSAGE(response.ok(), response.status().message());
  CHECK(response->status == 201);
  CHECK(response->body == "made");
  CHECK(response->headers.at("x-kind") == "answer");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "PUT");
  CHECK(requests[0].target == "/a?b=1");
  CHECK(requests[0].headers.at("x-one") == "1");
  CHECK_FALSE(requests[0].headers.contains("expect"));
  CHECK(requests[0].body == std::string("a\0b", 3));
}

TEST_CASE("every method that has a body sends it, and GET sends none") {
  const HttpServer server;

  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    REQUIRE(http::send({.method = method, .url = server.url(), .body = "x"}).ok());

  const auto requests = server.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].body.empty());
  for (std::size_t i = 1; i < 5; ++i) CHECK(requests[i].body == "x");
  CHECK(requests[4].method == "DELETE");
}

TEST_CASE("a redirect is an answer like any other: it is not followed") {
  HttpServer server;
  server.answer([&](const HttpRequest&) { return HttpReply{302, "", {{"Location", server.url("/elsewhere")}}}; });

  CHECK(http::send({.url = server.url()})->status == 302);

  CHECK(server.requests().size() == 1);
}

TEST_CASE("an answer over the limit, a head over the limit and a hang-up are failures to try again") {
  const HttpServer server([](const HttpRequest& request) {
    if (request.target == "/long") return HttpReply{200, std::string(100, 'x')};
    if (request.target == "/head") return HttpReply{200, "", {{"X-Long", std::string(70'000, 'x')}}};
    return HttpReply{.hang_up = true};
  });

  CHECK(http::send({.url = server.url("/long"), .most_reply = 100}).ok());
  for (const char* target : {"/long", "/head", "/hang-up"}) {
    CAPTURE(target);
    const auto failed = http::send({.url = server.url(target), .most_reply = 99});
    CHECK(failed.status().code() == StatusCode::unavailable);
    CHECK_FALSE(http::was_refused(failed.status()));
  }
}

TEST_CASE("a server that does not answer costs no more than the time that was given") {
  const HttpServer server([](const HttpRequest&) { return HttpReply{.answer_after_ms = 5000}; });

  const auto failed = http::send({.url = server.url(), .timeout = std::chrono::milliseconds(50)});

  CHECK(failed.status().code() == StatusCode::unavailable);
  CHECK(failed.status().message().find("Timeout") != std::string::npos);
}

TEST_CASE("what is checked is the address that is connected to, however it is written") {
  const HttpServer server;
  const std::string port = std::to_string(server.port());

  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost"), std::string("2130706433"),
                                  std::string("0x7f.1"), std::string("[::ffff:127.0.0.1]")}) {
    CAPTURE(host);
    const auto refused = http::send({.url = "http://" + host + ":" + port + "/", .reach = Reach::public_only});
    CHECK(refused.status().code() == StatusCode::invalid_argument);
    CHECK(refused.status().message().find("private address") != std::string::npos);
    CHECK(http::was_refused(refused.status()));
  }
  CHECK(server.requests().empty());
  CHECK(http::send({.url = "http://127.0.0.1:" + port + "/", .reach = Reach::this_machine}).ok());
  CHECK(http::send({.url = "http://10.255.255.1/", .reach = Reach::this_machine}).status().code() ==
        StatusCode::invalid_argument);
}

TEST_CASE("a closed port is told as refused, and other protocols are no addresses") {
  int port = 0;
  {
    port = HttpServer().port();
  }

  const auto refused = http::send({.url = "http://127.0.0.1:" + std::to_string(port) + "/secret-path"});

  CHECK(refused.status().code() == StatusCode::unavailable);
  CHECK(http::was_refused(refused.status()));
  CHECK(refused.status().message().find("secret-path") == std::string::npos);
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://", "canary"}) {
    CAPTURE(url);
    const Status status = http::send({.url = url}).status();
    CHECK(status.code() == StatusCode::invalid_argument);
    CHECK(status.message().find("canary") == std::string::npos);
  }
}

TEST_CASE("an address is taken apart, and text is made fit for one") {
  const auto url = http::parse_url("https://me:pw@Hooks.Example.com:8443/a/b?c=d");

  REQUIRE(url.ok());
  CHECK(url->scheme == "https");
  CHECK(url->host == "hooks.example.com");
  CHECK(url->port == "8443");
  CHECK(url->path == "/a/b");
  CHECK(url->query == "c=d");
  CHECK(url->has_user);
  CHECK_FALSE(http::parse_url("https://hooks.example.com/@")->has_user);
  CHECK(http::percent_encoded("a b/ü&c=~") == "a%20b%2F%C3%BC%26c%3D~");
}

TEST_CASE("Retry-After is read as seconds or as a date, and nonsense is no wish") {
  const Time now(std::chrono::seconds(1'700'000'000));  // 2023-11-14T22:13:20Z
  const auto wish = [&](const std::string& text) { return http::retry_after({429, {{"retry-after", text}}, ""}, now); };

  CHECK(wish("120") == std::chrono::seconds(120));
  CHECK(wish("Tue, 14 Nov 2023 22:15:20 GMT") == std::chrono::seconds(120));
  CHECK(wish("Tue, 14 Nov 2023 22:00:00 GMT") == Duration{});
  for (const char* text : {"", "soon", "-5", "99999999999999999999", "1.5 hours"}) {
    CAPTURE(text);
    CHECK_FALSE(wish(text).has_value());
  }
  CHECK_FALSE(http::retry_after({429, {}, ""}, now).has_value());
}
