// Told: a small world whose pipeline has somebody to tell.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <retrain/outbox.hpp>

#include "support/http_server.hpp"
#include "support/world.hpp"

namespace retrain::test {

/// A pipeline without data whose events are holds.
struct Told : World {
  Told() : World(1) { config.notifications.webhook_allow_http = true; }

  void webhook(const HttpServer& server) { config.notifications.webhook_url = server.url(); }
  void chat(const std::string& format, const std::string& url) {
    config.notifications.chat = {format, folder.write("secrets/chat", url)};
  }

  static void hold(Pipeline& pipeline, const std::string& reason = "why") {
    REQUIRE(pipeline.hold({"anna", reason, std::nullopt}).ok());
  }
  static TickReport tick(Pipeline& pipeline) {
    auto report = pipeline.tick(quiet_observer());
    REQUIRE_MESSAGE(report.ok(), report.status().message());
    return *report;
  }
  TickReport tick_after(Pipeline& pipeline, Duration pause) {
    clock->advance(pause);
    return tick(pipeline);
  }
  std::size_t logged() const {
    const std::string text = folder.read("state/events.jsonl");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
};

inline HttpReply ok(const HttpRequest&) {
  return {};
}

inline HttpServer::Handler always(int status, std::map<std::string, std::string> headers = {}) {
  return [=](const HttpRequest&) { return HttpReply{status, "", headers}; };
}

}  // namespace retrain::test
