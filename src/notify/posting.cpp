#include "posting.hpp"

#include <retrain/version.hpp>

#include "base/text.hpp"

namespace retrain::notify {

Result<http::Reach> reach_of(const std::string& address, bool allow_http, const std::vector<std::string>& private_hosts) {
  const auto url = http::parse_url(address);
  if (!url) return url.status();
  if (url->has_user) return Status{StatusCode::invalid_argument, "the address must not hold a user or password"};
  if (url->scheme == "http") {
    if (allow_http) return http::Reach::this_machine;
    return Status{StatusCode::invalid_argument, "the address must begin with https://"};
  }
  for (const std::string& host : private_hosts) {
    if (base::lower(host) == url->host) return http::Reach::anywhere;
  }
  return http::Reach::public_only;
}

Delivery post(http::Request request, Time now) {
  request.method = "POST";
  request.headers.emplace_back("User-Agent", std::string("retrain/") + version());
  const auto response = http::send(request);
  if (!response) return {.status = response.status(), .unreachable = true};
  const int code = response->status;
  if (code >= 200 && code < 300) return {};
  const auto url = http::parse_url(request.url);
  std::string message = (url ? url->host : std::string("the receiver")) + " answered " + std::to_string(code);
  if (code >= 300 && code < 400) message += ", a redirect, which is not followed";
  Delivery failed{.status = {StatusCode::unavailable, std::move(message)}};
  failed.gone = code == 410;
  if (code == 429 || code == 502 || code == 503 || code == 504) failed.retry_after = http::retry_after(*response, now);
  return failed;
}

}  // namespace retrain::notify
