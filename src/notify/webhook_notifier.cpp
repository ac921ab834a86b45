// The generic webhook.
#include <retrain/notifier.hpp>

#include "http/secret_file.hpp"
#include "posting.hpp"
#include "webhook_message.hpp"

namespace retrain {
namespace {

using namespace notify;

class WebhookNotifier final : public Notifier {
 public:
  WebhookNotifier(NotificationSettings settings, http::Reach reach, std::shared_ptr<Clock> clock)
      : settings_(std::move(settings)), reach_(reach), clock_(std::move(clock)) {}

  PartId id() const override { return {"webhook", "1"}; }
  Status notify(const Event& event) override { return deliver(event).status; }

  Delivery deliver(const Event& event) override {
    const Time now = clock_->now().wall;
    const auto keys = read_keys();
    // A secret that is not there today may be there tomorrow; an unsigned event must not go out instead.
    if (!keys) return {.status = keys.status(), .unreachable = true};
    http::Request request{.url = settings_.webhook_url, .body = cloud_event(event), .reach = reach_};
    const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    request.headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                       {"webhook-id", event.id},
                       {"webhook-timestamp", std::to_string(seconds)}};
    if (!keys->empty()) request.headers.emplace_back("webhook-signature", signatures(*keys, event.id, seconds, request.body));
    return post(std::move(request), now);
  }

 private:
  Result<std::vector<std::string>> read_keys() const {
    std::vector<std::string> keys;
    for (const std::string& file : {settings_.webhook_secret_file, settings_.webhook_previous_secret_file}) {
      if (file.empty()) continue;
      const auto secret = http::read_secret(file);
      if (!secret) return secret.status();
      auto key = signing_key(*secret);
      if (!key) return key.status().within(file);
      keys.push_back(std::move(*key));
    }
    return keys;
  }

  NotificationSettings settings_;
  http::Reach reach_;
  std::shared_ptr<Clock> clock_;
};

}  // namespace

Result<std::shared_ptr<Notifier>> make_webhook_notifier(const NotificationSettings& settings, std::shared_ptr<Clock> clock) {
  const auto reach = reach_of(settings.webhook_url, settings.webhook_allow_http, settings.webhook_private_hosts);
  if (!reach) return reach.status().within("notifications.webhook_url");
  return std::shared_ptr<Notifier>(std::make_shared<WebhookNotifier>(settings, *reach, std::move(clock)));
}

}  // namespace retrain
