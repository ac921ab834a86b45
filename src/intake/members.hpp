// Members: typed access to the members of one JSON object that came from outside.
#pragma once

#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace retrain::intake {

// Sorted members, unlike base::Json: a hostile object of 100,000 members costs n log n comparisons, not n².
using Json = nlohmann::json;

constexpr std::size_t max_body_bytes = std::size_t{1} << 20U;
constexpr int max_body_depth = 64;

Status invalid(std::string message);

/// Reads one document within the limits; `what` begins the message of a failure.
Result<Json> parse_document(std::string_view text, std::string_view what);

/// The first fault is kept, and names the member; null counts as absent.
class Members {
 public:
  /// `object` must outlive it; anything but an object has no members. `place` goes before each name in a message: "data.".
  Members(const Json& object, std::string place) : object_(object), place_(std::move(place)) {}

  const Status& fault() const { return fault_; }
  void fail(std::string_view name, const std::string& complaint);
  void fail_contradiction(const char* name, const char* alias);

  const Json* find(const char* name) const;
  std::optional<std::string> text(const char* name);
  std::optional<bool> flag(const char* name);
  std::optional<double> number(const char* name);
  std::optional<Time> time(const char* name);
  /// The object, or null when it is absent.
  const Json* object(const char* name);
  std::string required_text(const char* name);
  /// A number from 0 to 1 that must be there.
  double required_share(const char* name);
  /// `firing` or `resolved` as whether it is resolved.
  std::optional<bool> resolved(const char* name);
  /// Two names of one thing: either may be given, and both when they agree.
  template <class T>
  std::optional<T> one_of(const char* name, std::optional<T> value, const char* alias, std::optional<T> other) {
    if (value && other && *value != *other) fail_contradiction(name, alias);
    return value ? value : other;
  }

 private:
  const Json* typed(const char* name, Json::value_t type, const char* expected);

  const Json& object_;
  std::string place_;
  Status fault_;
};

/// The text of a member that may have any type: empty unless it is a string.
std::string text_of(const Json& object, const char* name);
bool has_text(const Json& object, const char* name);
const Json* array_of(const Json& object, const char* name);

}  // namespace retrain::intake
