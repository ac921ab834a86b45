#include <retrain/status.hpp>

namespace retrain {

std::string_view to_string(StatusCode code) {
  switch (code) {
    case StatusCode::ok: return "ok";
    case StatusCode::invalid_argument: return "invalid_argument";
    case StatusCode::not_found: return "not_found";
    case StatusCode::conflict: return "conflict";
    case StatusCode::data_not_ready: return "data_not_ready";
    case StatusCode::unavailable: return "unavailable";
    case StatusCode::lease_lost: return "lease_lost";
    case StatusCode::cancelled: return "cancelled";
    case StatusCode::io_error: return "io_error";
    case StatusCode::no_space: return "no_space";
    case StatusCode::corrupt: return "corrupt";
    case StatusCode::incompatible: return "incompatible";
    case StatusCode::callback_failed: return "callback_failed";
    case StatusCode::internal: return "internal";
  }
  return "internal";
}

Status Status::within(std::string_view context) const {
  if (ok()) return *this;
  return {code_, std::string(context) + ": " + message_};
}

}  // namespace retrain
