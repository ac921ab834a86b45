#include "members.hpp"

#include <stdexcept>

#include "base/text.hpp"

namespace retrain::intake {
namespace {

std::string kind_of(const Json& value) {
  return std::string(value.is_array() || value.is_object() ? "an " : "a ") + value.type_name();
}

}  // namespace

Status invalid(std::string message) {
  return {StatusCode::invalid_argument, std::move(message)};
}

Result<Json> parse_document(std::string_view text, std::string_view what) {
  if (text.size() > max_body_bytes) {
    return invalid(std::string(what) + " has " + std::to_string(text.size()) + " bytes, over the limit of " +
                   std::to_string(max_body_bytes));
  }
  const auto watch = [](int depth, Json::parse_event_t event, Json&) {
    const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= max_body_depth) throw std::length_error("nested too deep");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const std::length_error&) {
    return invalid(std::string(what) + " is nested deeper than " + std::to_string(max_body_depth));
  } catch (const Json::exception& error) {
    // The library's tag "[json.exception.parse_error.101]" means nothing to who wrote the alert.
    std::string_view reason = error.what();
    if (const auto tag = reason.find("] "); tag != std::string_view::npos) reason.remove_prefix(tag + 2);
    return invalid(std::string(what) + " is not JSON: " + base::printable(reason, 200));
  }
}

void Members::fail(std::string_view name, const std::string& complaint) {
  if (fault_.ok()) fault_ = invalid(place_ + std::string(name) + " " + complaint);
}

void Members::fail_contradiction(const char* name, const char* alias) {
  fail(name, std::string("and ") + alias + " contradict each other");
}

const Json* Members::find(const char* name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json* Members::typed(const char* name, Json::value_t type, const char* expected) {
  const Json* value = find(name);
  if (value == nullptr || value->type() == type) return value;
  fail(name, "is " + kind_of(*value) + ", expected " + expected);
  return nullptr;
}

std::optional<std::string> Members::text(const char* name) {
  const Json* value = typed(name, Json::value_t::string, "a string");
  return value != nullptr ? std::optional(value->get<std::string>()) : std::nullopt;
}

std::optional<bool> Members::flag(const char* name) {
  const Json* value = typed(name, Json::value_t::boolean, "true or false");
  return value != nullptr ? std::optional(value->get<bool>()) : std::nullopt;
}

std::optional<double> Members::number(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  fail(name, "is " + kind_of(*value) + ", expected a number");
  return std::nullopt;
}

std::optional<Time> Members::time(const char* name) {
  const auto written = text(name);
  if (!written) return std::nullopt;
  const auto time = parse_time(*written);
  if (time) return *time;
  fail(name, time.status().message());
  return std::nullopt;
}

const Json* Members::object(const char* name) {
  return typed(name, Json::value_t::object, "an object");
}

std::string Members::required_text(const char* name) {
  const auto value = text(name);
  if (!value || value->empty()) fail(name, "is missing");
  return value.value_or("");
}

double Members::required_share(const char* name) {
  const auto value = number(name);
  if (!value) fail(name, "is missing");
  if (value && !(*value >= 0 && *value <= 1)) fail(name, base::format_short(*value) + " is outside 0 to 1");
  return value.value_or(0);
}

std::optional<bool> Members::resolved(const char* name) {
  const auto status = text(name);
  if (!status) return std::nullopt;
  if (*status != "firing" && *status != "resolved") {
    fail(name, "is '" + base::printable(*status) + "', expected firing or resolved");
  }
  return *status == "resolved";
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool has_text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string();
}

const Json* array_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? &*found : nullptr;
}

}  // namespace retrain::intake
