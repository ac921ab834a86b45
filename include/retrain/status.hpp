// Status and Result<T>: how every fallible call of this library answers. No exception crosses an interface.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace retrain {

/// What went wrong, named by what the caller should do next.
enum class StatusCode {
  ok = 0,
  invalid_argument,  ///< fix the call, the configuration or the record
  not_found,         ///< fix the name: nothing of that name is stored
  conflict,          ///< the state does not allow this now (another task under this model name, a hold, a used id)
  data_not_ready,    ///< the data is not complete or not valid: repair it, then try again
  unavailable,       ///< wait and retry: pressure, a lock, a service that is down
  lease_lost,        ///< another worker owns this run now; nothing was written
  cancelled,         ///< the caller asked to stop
  io_error,          ///< a file could not be read or written: tell a person
  no_space,          ///< the disk is full: free some, then retry
  corrupt,           ///< stored bytes differ from their hash: tell a person
  incompatible,      ///< written by a newer version, or by other parts: use those
  callback_failed,   ///< a part that the host supplied failed
  internal,          ///< a broken promise inside this library: report it
};

/// The snake_case name of a code: "invalid_argument". Valid for ever.
std::string_view to_string(StatusCode code);

/// Success, or a code with a one-line message (lower case, no full stop, holding the value that was wrong).
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::ok; }
  explicit operator bool() const { return ok(); }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  /// The same failure with `context` and a colon before the message; success stays success.
  Status within(std::string_view context) const;

 private:
  StatusCode code_ = StatusCode::ok;
  std::string message_;
};

/// A value, or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Status failure) : held_(std::in_place_index<1>, std::move(failure)) {
    if (std::get<1>(held_).ok()) throw std::logic_error("a Result needs a value or a failure");
  }

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// The failure, or success when there is a value.
  Status status() const { return ok() ? Status{} : std::get<1>(held_); }

  /// The value. Throws std::bad_variant_access when there is none: check ok() first.
  T& value() & { return std::get<0>(held_); }
  const T& value() const& { return std::get<0>(held_); }
  /// Of a temporary, by value: `for (auto& x : *call())` must not look into a result that is gone.
  T value() && { return std::get<0>(std::move(held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> held_;
};

}  // namespace retrain
