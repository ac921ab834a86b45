// ModelStructure: whether foreign bytes are a whole, sane model of trees. XGBoost trusts what it loads: a child out of range, a
// cycle or a wrong count ends the process.
#pragma once

#include <array>
#include <cstdint>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::train {

/// What a model says about itself.
struct ModelStructure {
  std::array<int, 3> version{};  ///< of the library that wrote it
  std::string objective;
  std::size_t features = 0;
  std::size_t outputs = 1;
  int rounds = 0;
  std::vector<std::string> feature_names;  ///< empty when it holds none
  std::vector<std::string> feature_types;
};

/// Reads and checks all of `bytes` without the library. Fails with corrupt and one line; a model that passes may still predict
/// nonsense, since a wrong number is a number: only a hash knows better.
Result<ModelStructure> check_structure(std::string_view bytes);

}  // namespace retrain::train
