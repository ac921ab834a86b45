// PartId: the name and version under which a pluggable part signs the runs it took part in.
#pragma once

#include <string>

namespace retrain {

/// Stored with each run, so that a run continued or replayed by a process with other parts is noticed.
struct PartId {
  std::string name;
  std::string version;
  friend bool operator==(const PartId&, const PartId&) = default;
};

}  // namespace retrain
