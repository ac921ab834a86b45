// JSON helpers over nlohmann-json: bounded parsing and checked access, so that no room catches its exceptions itself.
#pragma once

#include <nlohmann/json.hpp>
#include <retrain/status.hpp>
#include <string>
#include <string_view>

namespace retrain::base {

/// Keeps the order in which keys were put in: equal records give equal bytes.
using Json = nlohmann::ordered_json;

/// Reads one document. Fails with invalid_argument when it is over `max_bytes`, nested deeper than `max_depth`, or malformed.
Result<Json> parse_json(std::string_view text, std::size_t max_bytes = 64U << 20U, int max_depth = 64);

/// A double as JSON, null when it is not finite.
Json number(double value);
/// The double behind `json`, NaN when it is null or absent.
double number_or_nan(const Json& object, const char* key);

/// One line of compact text; invalid UTF-8 is replaced, never thrown about.
std::string dump(const Json& json);

/// Runs `read` and turns a nlohmann exception (missing key, wrong type) into `corrupt`, after `what`.
template <class Read>
auto guarded(const char* what, Read&& read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    return Status{StatusCode::corrupt, std::string(what) + ": " + error.what()};
  }
}

}  // namespace retrain::base
