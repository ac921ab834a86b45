// WebhookMessage: an event as the generic webhook sends it: a CloudEvent, signed as Standard Webhooks lays down.
#pragma once

#include <retrain/event.hpp>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::notify {

/// CloudEvents 1.0 in structured JSON. Data that would make it longer than 20,000 bytes is left out and said to be.
std::string cloud_event(const Event& event);

/// The key behind a secret: the decoded text after "whsec_", else its bytes. Fails with invalid_argument for broken base64.
Result<std::string> signing_key(std::string_view secret);

/// The value of webhook-signature: one "v1,<base64>" for each key, separated by blanks.
std::string signatures(const std::vector<std::string>& keys, const std::string& id, std::int64_t timestamp,
                       std::string_view body);

}  // namespace retrain::notify
