// Posting: sending one body to a webhook and judging the answer.
#pragma once

#include <retrain/notifier.hpp>
#include <string>

#include "http/client.hpp"

namespace retrain::notify {

/// Where a webhook may be: at a public address by https, at one of `private_hosts` by https, or, where `allow_http`, on this
/// machine by http. Fails with invalid_argument, without the address itself, which may be a secret.
Result<http::Reach> reach_of(const std::string& address, bool allow_http, const std::vector<std::string>& private_hosts);

/// Posts and judges: 2xx is delivered, 410 is gone, all else may be tried again, a redirect too.
Delivery post(http::Request request, Time now);

}  // namespace retrain::notify
