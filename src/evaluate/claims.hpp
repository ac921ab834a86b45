// Claims: improvements in MAE and RMSE that settings ask for beside the primary loss.
#pragma once

#include <optional>
#include <retrain/gate.hpp>
#include <string>
#include <vector>

#include "holdout_losses.hpp"
#include "loss_test.hpp"

namespace retrain::evaluate {

struct Claim {
  std::string name;  ///< "mae", "rmse", "recent mae", "recent rmse"
  double improvement = 0, threshold = 0;
  std::size_t sessions = 0;
  std::optional<double> p;  ///< evidence for it, where evidence is asked for

  bool observed() const { return improvement > threshold; }
};

/// The claims of `validation.rule`. primary: mae_threshold and rmse_threshold where they are set, with a p where margin_mode is
/// confident. legacy_all: both metrics on the holdout and on the recent sessions, with a p where a slice has min_clusters
/// sessions.
Result<std::vector<Claim>> check_claims(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                                        const HoldoutLosses& holdout);

}  // namespace retrain::evaluate
