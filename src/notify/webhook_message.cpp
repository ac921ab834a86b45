#include "webhook_message.hpp"

#include "base/hmac.hpp"
#include "base/json.hpp"

namespace retrain::notify {

std::string cloud_event(const Event& event) {
  constexpr std::size_t most = 20'000;  // what receivers of Standard Webhooks are told to expect
  base::Json body = {{"specversion", "1.0"},
                     {"id", event.id},
                     {"source", "/retrain/" + event.model},
                     {"type", "retrain." + event.type},
                     {"time", format_time(event.time)},
                     {"datacontenttype", "application/json"},
                     {"model", event.model}};
  if (!event.run_id.empty()) body["subject"] = event.run_id;
  const auto data = base::parse_json(event.data);
  body["data"] = data ? *data : base::Json(event.data);
  std::string text = base::dump(body);
  if (text.size() <= most) return text;
  body["data"] = {{"omitted_bytes", event.data.size()}};
  return base::dump(body);
}

Result<std::string> signing_key(std::string_view secret) {
  constexpr std::string_view prefix = "whsec_";
  if (!secret.starts_with(prefix)) return std::string(secret);
  auto key = base::from_base64(secret.substr(prefix.size()));
  if (!key) return Status{StatusCode::invalid_argument, "what follows whsec_ is no base64"};
  return std::move(*key);
}

std::string signatures(const std::vector<std::string>& keys, const std::string& id, std::int64_t timestamp,
                       std::string_view body) {
  const std::string content = id + "." + std::to_string(timestamp) + "." + std::string(body);
  std::string out;
  for (const std::string& key : keys) {
    out += (out.empty() ? "v1," : " v1,") + base::to_base64(base::hmac_sha256(key, content));
  }
  return out;
}

}  // namespace retrain::notify
