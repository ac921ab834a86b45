// The table of formats, and how a body finds its own.
#include <algorithm>

#include "adapter.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

namespace retrain {
namespace intake {
namespace {

constexpr Adapter plain = {"plain", is_plain, read_plain};
constexpr Adapter adapters[] = {
    {"cloudevents", is_cloud_event, read_cloud_events},
    {"alertmanager", is_alertmanager, read_alertmanager},
    {"evidently", is_evidently, read_evidently},
    {"nannyml", is_nannyml, read_nannyml},
    {"river", is_river, read_river},
    {"whylogs", is_whylogs, read_whylogs},
    {"prefect", is_prefect, read_prefect},
    {"azure", is_event_grid, read_event_grid},
};

constexpr std::size_t max_alerts = 1000;
constexpr std::size_t max_name = 256;
constexpr std::size_t max_line = 1000;
constexpr std::size_t max_evidence = std::size_t{64} << 10U;
constexpr std::size_t kept_of_invalid = 4096;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string format_names() {
  return base::join(alert_formats(), ", ");
}

Result<const Adapter*> named(std::string_view format) {
  if (format == plain.name) return &plain;
  for (const Adapter& adapter : adapters) {
    if (format == adapter.name) return &adapter;
  }
  return invalid("format '" + base::printable(format) + "' is not known: it is auto, " + format_names());
}

/// The plain record is what is left: others may carry a severity, too.
Result<const Adapter*> recognised(const Json& document) {
  std::vector<const Adapter*> found;
  for (const Adapter& adapter : adapters) {
    if (adapter.recognise(document)) found.push_back(&adapter);
  }
  if (found.size() == 1) return found.front();
  if (found.empty() && plain.recognise(document)) return &plain;
  const std::string way_out = "; name the format: " + format_names();
  if (found.empty()) return invalid("alert is of no known format" + way_out);
  return invalid(std::string("alert could be ") + found[0]->name + " or " + found[1]->name + way_out);
}

}  // namespace

void Intake::add(Result<Alert> alert, const Json& element) {
  if (body_.alerts.size() + body_.invalid.size() > max_alerts) return;
  if (body_.alerts.size() + body_.invalid.size() == max_alerts) {
    body_.invalid.push_back({"", "the body holds more than " + std::to_string(max_alerts) + " alerts; the rest was not read"});
    return;
  }
  Status status = alert.status();
  if (alert && alert->dedup_key.empty()) alert->dedup_key = alert->source;
  if (alert) status = validate(*alert);
  if (status) {
    body_.alerts.push_back(std::move(*alert));
  } else {
    body_.invalid.push_back({dump(element).substr(0, kept_of_invalid), status.message()});
  }
}

std::span<const Json> elements(const Json& document) {
  if (!document.is_array()) return {&document, 1};
  return document.get_ref<const Json::array_t&>();
}

std::string name_from(const std::string& text) {
  constexpr std::size_t kept = 200;
  std::string name = base::printable(text, text.size() * 4 + 1);
  if (name.size() <= max_name) return name;
  return base::printable(name, kept) + digest_id(text);
}

std::string line_from(const std::string& text) {
  return base::printable(text, max_line);
}

std::string evidence(const Json& known) {
  std::string text = dump(known);
  if (text.size() <= max_evidence) return text;
  return dump({{"bytes", text.size()}, {"sha256", base::sha256(text)}});
}

std::string digest_id(const std::string& text) {
  return base::sha256(text).substr(0, 32);
}

void set_share(Alert& alert, double share, const std::string& rule) {
  alert.severity = std::min(share, share_cap);
  alert.severity_rule = share > share_cap ? rule + "_capped" : rule;
}

}  // namespace intake

std::vector<std::string> alert_formats() {
  std::vector<std::string> names = {intake::plain.name};
  for (const intake::Adapter& adapter : intake::adapters) names.emplace_back(adapter.name);
  return names;
}

Result<AlertBody> parse_alerts(std::string_view text, std::string_view format, std::span<const std::string> headers) {
  const bool automatic = format == "auto";
  Result<const intake::Adapter*> adapter = &intake::plain;
  if (!automatic) adapter = intake::named(format);
  if (!adapter) return adapter.status();

  Result<intake::Json> document = intake::parse_document(text, "alert");
  if (!document && (automatic || format == "nannyml") && text.size() <= intake::max_body_bytes) {
    if (auto rows = intake::nannyml_rows(text)) document = std::move(*rows);
  }
  if (!document) return document.status();
  if (automatic || format == "cloudevents") {
    auto event = intake::event_from_headers(headers, *document);
    if (!event) return event.status();
    if (*event) document = std::move(**event);
  }
  if (automatic) adapter = intake::recognised(*document);
  if (!adapter) return adapter.status();

  AlertBody body;
  body.format = (*adapter)->name;
  intake::Intake intake(body);
  (*adapter)->read(*document, intake);
  if (body.alerts.empty() && body.invalid.empty()) return intake::invalid("alert is " + body.format + " and holds no alert");
  return body;
}

}  // namespace retrain
