// The alert itself: what it must be, and the reading of a single one.
#include <retrain/alert.hpp>

#include <algorithm>

#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain {
namespace {

using intake::invalid;
using intake::parse_document;

constexpr std::size_t max_name = 256;
constexpr std::size_t max_summary = 1024;

Status check_length(const char* name, const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return {};
  return invalid(std::string(name) + " has " + std::to_string(text.size()) + " bytes, over the limit of " +
                 std::to_string(limit) + ": '" + base::printable(text, 40) + "'");
}

/// Names stand in keys, messages and logs: short, valid UTF-8, no control characters.
Status check_name(const char* name, const std::string& text) {
  if (Status status = check_length(name, text, max_name); !status) return status;
  const bool control = std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
  if (control) return invalid(std::string(name) + " holds a control character: '" + base::printable(text) + "'");
  if (!base::valid_utf8(text)) return invalid(std::string(name) + " is not valid UTF-8: '" + base::printable(text) + "'");
  return {};
}

}  // namespace

Result<Alert> parse_alert(std::string_view json) {
  const auto document = parse_document(json, "alert");
  if (!document) return document.status();
  if (!document->is_object()) return invalid(std::string("alert is a JSON ") + document->type_name() + ", expected an object");
  auto alert = document->contains("specversion") ? intake::cloud_event_alert(*document) : intake::plain_alert(*document, "");
  if (!alert) return alert;
  if (Status status = validate(*alert); !status) return status;
  return alert;
}

Status validate(const Alert& alert) {
  if (!(alert.severity >= 0 && alert.severity <= 1)) {
    return invalid("severity " + base::format_short(alert.severity) + " is outside 0 to 1");
  }
  const std::pair<const char*, const std::string&> names[] = {{"id", alert.id},
                                                              {"source", alert.source},
                                                              {"model", alert.model},
                                                              {"dedup_key", alert.dedup_key},
                                                              {"severity_rule", alert.severity_rule}};
  for (const auto& [name, text] : names) {
    if (Status status = check_name(name, text); !status) return status;
  }
  if (alert.source.empty()) return invalid("source is empty");
  if (Status status = check_length("summary", alert.summary, max_summary); !status) return status;
  if (!base::valid_utf8(alert.summary)) return invalid("summary is not valid UTF-8: '" + base::printable(alert.summary) + "'");
  if (alert.detail.empty()) return {};
  return parse_document(alert.detail, "detail").status();
}

}  // namespace retrain
