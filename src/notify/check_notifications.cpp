// What `retrain doctor` says about webhook and chat.
#include <retrain/notifier.hpp>

#include "http/secret_file.hpp"
#include "posting.hpp"
#include "webhook_message.hpp"

namespace retrain {
namespace {

using namespace notify;

/// Whether the secret is there, is what it should be, and is nobody else's.
ServiceFinding look_at(const std::string& what, const std::string& file, const std::function<Status(const std::string&)>& check) {
  const auto secret = http::read_secret(file);
  if (!secret) return {what, false, secret.status().message()};
  if (Status status = check(*secret); !status) return {what, false, status.within(file).message()};
  const std::string exposed = http::secret_exposure(file);
  return {what, exposed.empty(), exposed.empty() ? file : exposed};
}

Status is_key(const std::string& secret) {
  return signing_key(secret).status();
}

}  // namespace

std::vector<ServiceFinding> check_notifications(const NotificationSettings& settings) {
  std::vector<ServiceFinding> found;
  if (!settings.webhook_url.empty()) {
    const auto reach = reach_of(settings.webhook_url, settings.webhook_allow_http, settings.webhook_private_hosts);
    const auto url = http::parse_url(settings.webhook_url);
    found.push_back({"webhook address", reach.ok(), reach ? url->scheme + "://" + url->host : reach.status().message()});
    if (!settings.webhook_secret_file.empty()) found.push_back(look_at("webhook secret", settings.webhook_secret_file, is_key));
    if (!settings.webhook_previous_secret_file.empty()) {
      found.push_back(look_at("webhook previous secret", settings.webhook_previous_secret_file, is_key));
    }
  }
  if (!settings.chat.format.empty()) {
    const auto is_address = [&](const std::string& secret) {
      return reach_of(secret, settings.webhook_allow_http, settings.webhook_private_hosts).status();
    };
    found.push_back(look_at(settings.chat.format + " address", settings.chat.url_file, is_address));
  }
  return found;
}

}  // namespace retrain
