#include "json.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace retrain::base {

Result<Json> parse_json(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes) {
    return Status{StatusCode::invalid_argument,
                  "JSON of " + std::to_string(text.size()) + " bytes is over the limit of " + std::to_string(max_bytes)};
  }
  // An ordered object looks its keys up one by one: without a bound, one object of a megabyte takes many seconds.
  constexpr int max_members = 4096;
  std::vector<int> members;
  try {
    const auto watch = [&](int depth, Json::parse_event_t event, Json&) {
      if (depth > max_depth) throw std::length_error("nested deeper than " + std::to_string(max_depth));
      if (event == Json::parse_event_t::object_start) members.resize(static_cast<std::size_t>(depth) + 1, 0);
      if (event == Json::parse_event_t::object_start) members.back() = 0;
      if (event == Json::parse_event_t::key && ++members[static_cast<std::size_t>(depth) - 1] > max_members) {
        throw std::length_error("an object of more than " + std::to_string(max_members) + " members");
      }
      return true;
    };
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const nlohmann::json::exception& error) {
    return Status{StatusCode::invalid_argument, std::string("not JSON: ") + error.what()};
  } catch (const std::length_error& error) {
    return Status{StatusCode::invalid_argument, std::string("JSON: ") + error.what()};
  }
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

double number_or_nan(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return found->get<double>();
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace retrain::base
