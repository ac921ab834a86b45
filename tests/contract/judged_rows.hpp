// Evaluations for the suites of gate and comparator: twenty sessions of ten rows each.
#pragma once

#include <vector>

#include "unit/evaluate/evaluations.hpp"

namespace retrain::test {

/// Production's errors lie around 10; the candidate's are `factor` of them, give or take `noise`.
inline Evaluation judged_rows(double factor, double noise = 0) {
  reference::Noise random(7);
  std::vector<reference::ErrorRow> rows;
  for (std::uint32_t session = 0; session < 20; ++session) {
    for (int row = 0; row < 10; ++row) {
      const double production = 10 + random();
      rows.push_back({session, factor * production + noise * random(), production});
    }
  }
  return reference::evaluation_of(rows);
}

inline Evaluation without_production(Evaluation evaluation) {
  evaluation.production.clear();
  evaluation.production_sha256.clear();
  return evaluation;
}

}  // namespace retrain::test
