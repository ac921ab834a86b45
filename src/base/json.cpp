#include "json.hpp"

#include <cmath>
#include <limits>

namespace retrain::base {

Result<Json> parse_json(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes) {
    return Status{StatusCode::invalid_argument, "JSON of " + std::to_string(text.size()) + " bytes is over the limit of " +
                                                    std::to_string(max_bytes)};
  }
  int deepest = 0;
  try {
    const auto watch = [&](int depth, Json::parse_event_t, Json&) {
      deepest = std::max(deepest, depth);
      if (depth > max_depth) throw std::length_error("nested deeper than " + std::to_string(max_depth));
      return true;
    };
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const nlohmann::json::exception& error) {
    return Status{StatusCode::invalid_argument, std::string("not JSON: ") + error.what()};
  } catch (const std::length_error& error) {
    return Status{StatusCode::invalid_argument, std::string("JSON is ") + error.what()};
  }
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double number_or_nan(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return found->get<double>();
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace retrain::base
