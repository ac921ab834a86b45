// Slack, Discord and Teams.
#include <retrain/notifier.hpp>

#include "chat_format.hpp"
#include "http/secret_file.hpp"
#include "posting.hpp"

namespace retrain {
namespace {

using namespace notify;
using Format = std::string (*)(const Event&);

class ChatNotifier final : public Notifier {
 public:
  ChatNotifier(NotificationSettings settings, Format format, std::shared_ptr<Clock> clock)
      : settings_(std::move(settings)), format_(format), clock_(std::move(clock)) {}

  PartId id() const override { return {settings_.chat.format, "1"}; }
  Status notify(const Event& event) override { return deliver(event).status; }

  Delivery deliver(const Event& event) override {
    if (!for_people(event)) return {};
    // The address is the secret here: it is read anew each time and stands in no message.
    const auto address = http::read_secret(settings_.chat.url_file);
    if (!address) return {.status = address.status(), .unreachable = true};
    const auto reach = reach_of(*address, settings_.webhook_allow_http, settings_.webhook_private_hosts);
    if (!reach) return {.status = reach.status().within(settings_.chat.url_file), .unreachable = true};
    http::Request request{.url = *address, .body = format_(event), .reach = *reach};
    request.headers = {{"Content-Type", "application/json"}};
    return post(std::move(request), clock_->now().wall);
  }

 private:
  NotificationSettings settings_;
  Format format_;
  std::shared_ptr<Clock> clock_;
};

}  // namespace

Result<std::shared_ptr<Notifier>> make_chat_notifier(const NotificationSettings& settings, std::shared_ptr<Clock> clock) {
  const std::string& name = settings.chat.format;
  const Format format = name == "slack"     ? slack_message
                        : name == "discord" ? discord_message
                        : name == "teams"   ? teams_message
                                            : nullptr;
  if (format == nullptr) {
    return Status{StatusCode::invalid_argument, "notifications.chat.format '" + name + "' is not slack, discord or teams"};
  }
  if (settings.chat.url_file.empty()) {
    return Status{StatusCode::invalid_argument, "notifications.chat.format needs notifications.chat.url_file"};
  }
  return std::shared_ptr<Notifier>(std::make_shared<ChatNotifier>(settings, format, std::move(clock)));
}

}  // namespace retrain
