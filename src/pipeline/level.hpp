// Level: what a gate may test at, set aside in the alpha ledger before it looks, and recomputed from it afterwards.
#pragma once

#include "steps.hpp"
#include "store/alpha_table.hpp"

namespace retrain::pipeline {

struct Level {
  GateContext context;
  std::int64_t sequence = 0;  ///< of its row in the ledger; 0 = nothing was set aside
};

/// Sets a level aside, in a transaction of its own, when the gate will look at the evidence. The same models on the same rows
/// under the same settings get the level, and with it the verdict, of the first time. `holdout` is the fingerprint of the
/// held-out files.
Result<Level> set_level_aside(Work& work, const Evaluation& evaluation, const std::string& holdout);

/// One message for each of the first `count` rows whose level, lag or freshness is not, to the bit, what the rows before it give.
std::vector<std::string> check_levels(const std::vector<store::AlphaRow>& rows, std::size_t count);

/// What is spent, and what is left.
AlphaStatus alpha_status(const Core& core, const std::vector<store::AlphaRow>& rows);

}  // namespace retrain::pipeline
