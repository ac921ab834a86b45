#include <retrain/queue.hpp>

namespace retrain {

std::string_view to_string(WaitsFor cause) {
  switch (cause) {
    case WaitsFor::turn: return "turn";
    case WaitsFor::time: return "time";
    case WaitsFor::data: return "data";
    case WaitsFor::resources: return "resources";
    case WaitsFor::retry: return "retry";
  }
  return "";
}

std::string_view to_string(HaltKind kind) {
  switch (kind) {
    case HaltKind::paused: return "paused";
    case HaltKind::draining: return "draining";
  }
  return "";
}

}  // namespace retrain
