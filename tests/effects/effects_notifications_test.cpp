// Effects of the section notifications.
#include <retrain/notifier.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"
#include "support/http_server.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

// A file of one line that is on every Linux.
constexpr const char* some_line = "/proc/sys/kernel/ostype";

Event promotion() {
  return {"e-1", "run.promoted", day(1), "toy", "run-1", R"({"reason":"better"})"};
}

std::string events_file(const Config& config) {
  SmallWorld world;
  world.config.notifications = config.notifications;
  const auto pipeline = world.open();
  run_once(world, *pipeline, "a1", 24);
  return std::filesystem::exists(world.folder / "state/events.jsonl") ? "events.jsonl" : "another file";
}

/// Who is told of events beside the log.
std::string targets(const Config& config) {
  World world(1);
  world.config.notifications = config.notifications;
  const OutboxReport report = world.open()->outbox().value();
  std::string names = "the log";
  for (const auto& target : report.targets) names += ", " + target.name;
  return names;
}

/// How many signatures a posted event has.
std::string signatures(const Config& config) {
  const HttpServer server;
  NotificationSettings settings = config.notifications;
  settings.webhook_url = server.url();
  settings.webhook_allow_http = true;
  const Status sent = make_webhook_notifier(settings, make_system_clock()).value()->notify(promotion());
  if (!sent) return sent.message();
  const auto requests = server.requests();
  const auto found = requests.at(0).headers.find("webhook-signature");
  if (found == requests[0].headers.end()) return "not signed";
  return "signed " + std::to_string(1 + std::count(found->second.begin(), found->second.end(), ' ')) + " times";
}

std::string over_http(const Config& config) {
  const HttpServer server;
  NotificationSettings settings = config.notifications;
  settings.webhook_url = server.url();
  const auto notifier = make_webhook_notifier(settings, make_system_clock());
  return notifier ? (*notifier)->notify(promotion()).message() + "delivered" : notifier.status().message();
}

std::string to_a_private_address(const Config& config) {
  NotificationSettings settings = config.notifications;
  settings.webhook_url = "https://127.0.0.1:1/";
  return make_webhook_notifier(settings, make_system_clock()).value()->notify(promotion()).message();
}

std::string chat_message(const Config& config) {
  NotificationSettings settings = config.notifications;
  settings.chat.format = "slack";
  const auto notifier = make_chat_notifier(settings, make_system_clock());
  return notifier ? (*notifier)->notify(promotion()).message() : notifier.status().message();
}

}  // namespace

Effects retrain::test::notification_effects() {
  return {
      {"notifications.log_file", "log.jsonl", events_file},
      {"notifications.webhook_url", "\"https://hooks.example.com/retrain\"", targets},
      {"notifications.webhook_secret_file", some_line, signatures},
      {"notifications.webhook_previous_secret_file", some_line, signatures},
      {"notifications.webhook_allow_http", "true", over_http},
      {"notifications.webhook_private_hosts", "[127.0.0.1]", to_a_private_address},
      {"notifications.chat.format", "discord", targets, false, {{"notifications.chat.url_file", some_line}}},
      {"notifications.chat.url_file", some_line, chat_message},
  };
}

TEST_CASE("every key of notifications has an effect") {
  check_effects(notification_effects());
}
