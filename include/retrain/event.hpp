// Event: one thing that the pipeline decided, as notifiers receive it.
#pragma once

#include <retrain/time.hpp>
#include <string>

namespace retrain {

struct Event {
  std::string id;    ///< stays the same when it is delivered again
  std::string type;  ///< "alert.accepted", "run.promoted", "model.stable", "model.rolled_back", …
  Time time{};
  std::string model;
  std::string run_id;  ///< empty = none
  std::string data;    ///< a JSON object (docs/formats/events.md)
};

}  // namespace retrain
