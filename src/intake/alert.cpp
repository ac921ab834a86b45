// Reading alerts: the plain record, and the same record as the data of a CloudEvents 1.0 envelope.
#include <retrain/alert.hpp>

#include <algorithm>
#include <stdexcept>

#include "base/json.hpp"
#include "base/text.hpp"

namespace retrain {
namespace {

// Sorted members, unlike base::Json: a hostile object of 100,000 members costs n log n comparisons, not n².
using Json = nlohmann::json;

constexpr std::size_t max_bytes = std::size_t{1} << 20U;
constexpr int max_depth = 64;
constexpr std::size_t max_name = 256;
constexpr std::size_t max_summary = 1024;

Status invalid(std::string message) {
  return {StatusCode::invalid_argument, std::move(message)};
}

Result<Json> parse_document(std::string_view text, std::string_view what) {
  if (text.size() > max_bytes) {
    return invalid(std::string(what) + " has " + std::to_string(text.size()) + " bytes, over the limit of " +
                   std::to_string(max_bytes));
  }
  const auto watch = [](int depth, Json::parse_event_t event, Json&) {
    const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= max_depth) throw std::length_error("nested too deep");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const std::length_error&) {
    return invalid(std::string(what) + " is nested deeper than " + std::to_string(max_depth));
  } catch (const Json::exception& error) {
    // The library's tag "[json.exception.parse_error.101]" means nothing to who wrote the alert.
    std::string_view reason = error.what();
    if (const auto tag = reason.find("] "); tag != std::string_view::npos) reason.remove_prefix(tag + 2);
    return invalid(std::string(what) + " is not JSON: " + base::printable(reason, 200));
  }
}

/// Typed access to the members of one object. The first fault is kept, and names the member; null counts as absent.
class Members {
 public:
  Members(const Json& object, std::string place) : object_(object), place_(std::move(place)) {}

  const Status& fault() const { return fault_; }
  void fail(const char* name, const std::string& complaint) {
    if (fault_.ok()) fault_ = invalid(place_ + name + " " + complaint);
  }

  const Json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  std::optional<std::string> text(const char* name) {
    const Json* value = typed(name, Json::value_t::string, "a string");
    return value != nullptr ? std::optional(value->get<std::string>()) : std::nullopt;
  }
  std::optional<bool> flag(const char* name) {
    const Json* value = typed(name, Json::value_t::boolean, "true or false");
    return value != nullptr ? std::optional(value->get<bool>()) : std::nullopt;
  }
  std::optional<double> number(const char* name) {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number()) return value->get<double>();
    fail(name, "is " + kind_of(*value) + ", expected a number");
    return std::nullopt;
  }
  std::optional<Time> time(const char* name) {
    const auto written = text(name);
    if (!written) return std::nullopt;
    const auto time = parse_time(*written);
    if (time) return *time;
    fail(name, time.status().message());
    return std::nullopt;
  }
  std::string required_text(const char* name) {
    const auto value = text(name);
    if (!value || value->empty()) fail(name, "is missing");
    return value.value_or("");
  }
  /// Two names of one thing: either may be given, and both when they agree.
  template <class T>
  std::optional<T> one_of(const char* name, std::optional<T> value, const char* alias, std::optional<T> other) {
    if (value && other && *value != *other) fail(name, std::string("and ") + alias + " contradict each other");
    return value ? value : other;
  }

 private:
  static std::string kind_of(const Json& value) {
    return std::string(value.is_array() || value.is_object() ? "an " : "a ") + value.type_name();
  }
  const Json* typed(const char* name, Json::value_t type, const char* expected) {
    const Json* value = find(name);
    if (value == nullptr || value->type() == type) return value;
    fail(name, "is " + kind_of(*value) + ", expected " + expected);
    return nullptr;
  }

  const Json& object_;
  std::string place_;
  Status fault_;
};

std::optional<bool> resolved_by_status(Members& members) {
  const auto status = members.text("status");
  if (!status) return std::nullopt;
  if (*status != "firing" && *status != "resolved") {
    members.fail("status", "is '" + base::printable(*status) + "', expected firing or resolved");
  }
  return *status == "resolved";
}

Result<Alert> read_plain(const Json& object, const std::string& place) {
  Members members(object, place);
  Alert alert;
  const auto severity = members.number("severity");
  if (!severity) members.fail("severity", "is missing");
  alert.severity = severity.value_or(0);
  alert.id = members.one_of("id", members.text("id"), "trigger_id", members.text("trigger_id")).value_or("");
  alert.source = members.text("source").value_or(alert.source);
  alert.model = members.text("model").value_or("");
  alert.dedup_key = members.text("dedup_key").value_or("");
  alert.summary = members.text("summary").value_or("");
  alert.resolved = members.one_of("status", resolved_by_status(members), "resolved", members.flag("resolved")).value_or(false);
  alert.raised_at = members.one_of("raised_at", members.time("raised_at"), "time", members.time("time"));
  if (const Json* detail = members.find("detail")) alert.detail = detail->dump();
  if (!members.fault().ok()) return members.fault();
  return alert;
}

/// What identifies the event is the envelope's; data says the rest.
Result<Alert> read_cloud_event(const Json& envelope) {
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

  auto alert = read_plain(*data, "data.");
  if (!alert) return alert.status();
  alert->id = id;
  alert->source = source;
  if (time) alert->raised_at = time;
  return alert;
}

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
  auto alert = document->contains("specversion") ? read_cloud_event(*document) : read_plain(*document, "");
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
