// CloudEvents 1.0, structured, batched and in binary mode: https://github.com/cloudevents/spec. The data is the plain record.
#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(lower - 'a' + 10) : std::nullopt;
}

/// A header's value as the HTTP binding reads it: without quotes around it, then with %XX decoded.
std::string header_value(std::string_view text) {
  std::string plain;
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\' && i + 1 < text.size()) {
      plain += text[++i];
      continue;
    }
    const auto high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    plain += low ? static_cast<char>(*high * 16 + *low) : text[i];
    if (low) i += 2;
  }
  return plain;
}

}  // namespace

Result<std::optional<Json>> event_from_headers(std::span<const std::string> headers, const Json& data) {
  Json event = Json::object();
  for (const std::string& header : headers) {
    const auto colon = header.find(':');
    const std::string name = base::lower(base::trim(std::string_view(header).substr(0, colon)));
    const std::string value =
        colon == std::string::npos ? "" : header_value(base::trim(std::string_view(header).substr(colon + 1)));
    if (name == "content-type" && base::lower(value).starts_with("application/cloudevents")) return std::optional<Json>{};
    constexpr std::string_view prefix = "ce-";
    if (!name.starts_with(prefix)) continue;
    const std::string shown = base::printable(name);
    if (colon == std::string::npos) return invalid("header " + shown + " has no value");
    if (!base::valid_utf8(value)) return invalid("header " + shown + " is no UTF-8");
    if (!event.emplace(name.substr(prefix.size()), value).second) return invalid("header " + shown + " is given twice");
  }
  if (!event.contains("specversion")) return std::optional<Json>{};
  event["data"] = data;
  return std::optional<Json>(std::move(event));
}

/// What identifies the event is the envelope's; data says the rest.
Result<Alert> cloud_event_alert(const Json& envelope) {
  Members members(envelope, "");
  const std::string version = members.required_text("specversion");
  if (version != "1.0") members.fail("specversion", "is '" + base::printable(version) + "', expected 1.0");
  const std::string id = members.required_text("id");
  const std::string source = members.required_text("source");
  members.required_text("type");
  const auto time = members.time("time");
  const Json* data = members.find("data");
  if (data == nullptr && members.find("data_base64") != nullptr) members.fail("data", "must be JSON, data_base64 is not read");
  if (data == nullptr) members.fail("data", "is missing");
  if (data != nullptr && !data->is_object()) members.fail("data", "is no object");
  if (!members.fault().ok()) return members.fault();

  auto alert = plain_alert(*data, "data.");
  if (!alert) return alert.status();
  alert->id = id;
  alert->source = source;
  if (time) alert->raised_at = time;
  return alert;
}

bool is_cloud_event(const Json& document) {
  return any_object(
      document, [](const Json& object) { return object.contains("specversion") && !is_dataset_drift(text_of(object, "type")); });
}

void read_cloud_events(const Json& document, Intake& intake) {
  read_each(document, intake, cloud_event_alert);
}

}  // namespace retrain::intake
