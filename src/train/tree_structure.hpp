// TreeStructure: the check of one tree of a foreign model.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "ubjson.hpp"

namespace retrain::train {

/// Thrown inside the check of a structure, and caught by check_structure.
class Unsound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A whole number that XGBoost writes as a text. Throws Unsound when it is absent, no number, or outside `least` … `most`.
std::int64_t whole_text(const Ubjson& object, const char* name, std::int64_t least, std::int64_t most);

/// Checks tree number `index` and returns the id that it gives itself. Throws Unsound: every node array has one entry a node,
/// every number is finite, and a walk from the root meets every node once.
std::size_t check_tree(const Ubjson& tree, std::size_t index, std::size_t features);

}  // namespace retrain::train
