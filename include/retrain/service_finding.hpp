// ServiceFinding: one thing that was tried with an outside service, as `retrain doctor` prints it.
#pragma once

#include <string>

namespace retrain {

struct ServiceFinding {
  std::string what;
  bool ok = true;
  std::string message;  ///< what is wrong and how to mend it, or what was found
};

}  // namespace retrain
