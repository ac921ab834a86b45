// Fields: checked reading of a stored JSON object, so that a damaged record names the field that is wrong.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace retrain::report {

/// Thrown inside this room only; read_record() turns it into a Status.
struct FieldError {
  std::string message;
};

/// One JSON object and the path that led to it. Every reader throws FieldError when the field is absent or of another type.
class Fields {
 public:
  Fields(const base::Json& value, std::string path);

  const base::Json& at(const char* key) const;
  /// Whether the field is there: for one that a later version added.
  bool has(const char* key) const;
  std::string text(const char* key) const;
  bool flag(const char* key) const;
  /// NaN when the field is null.
  double number(const char* key) const;
  std::optional<double> optional_number(const char* key) const;
  Time time(const char* key) const;
  std::optional<Time> optional_time(const char* key) const;
  std::vector<std::string> texts(const char* key) const;
  Fields object(const char* key) const;
  std::vector<Fields> objects(const char* key) const;
  /// The members of an object field, in order.
  std::vector<std::pair<std::string, std::string>> text_members(const char* key) const;

  template <class Integer>
  Integer integer(const char* key) const {
    const base::Json& value = at(key);
    if (value.is_number_unsigned()) {
      const auto given = value.get<std::uint64_t>();
      if (std::in_range<Integer>(given)) return static_cast<Integer>(given);
    } else if (value.is_number_integer()) {
      const auto given = value.get<std::int64_t>();
      if (std::in_range<Integer>(given)) return static_cast<Integer>(given);
    } else {
      fail(key, value, "a whole number");
    }
    throw FieldError{path_ + key + " is " + base::dump(value) + ", out of range"};
  }

  /// The enumerator whose to_string() stands in the field.
  template <class Enum>
  Enum choice(const char* key, std::initializer_list<Enum> choices) const {
    const std::string name = text(key);
    for (const Enum candidate : choices) {
      if (to_string(candidate) == name) return candidate;
    }
    unknown_name(key, name);
  }

  const std::string& path() const { return path_; }
  [[noreturn]] void fail(const char* key, const base::Json& value, const char* expected) const;
  [[noreturn]] void unknown_name(const char* key, const std::string& name) const;

 private:
  const base::Json* value_;
  std::string path_;  ///< "test." for fields of `test`; empty at the top
};

/// Parses `json` and hands its top object to `read`; whatever is wrong becomes `corrupt`, after `what`.
template <class Read>
auto read_record(const char* what, std::string_view json, Read&& read) -> Result<decltype(read(std::declval<const Fields&>()))> {
  const Result<base::Json> parsed = base::parse_json(json);
  if (!parsed) return Status{StatusCode::corrupt, std::string(what) + ": " + parsed.status().message()};
  try {
    return read(Fields(*parsed, ""));
  } catch (const FieldError& error) {
    return Status{StatusCode::corrupt, std::string(what) + ": " + error.message};
  }
}

}  // namespace retrain::report
