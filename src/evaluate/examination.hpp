// Examination: what a gate says before it looks at the evidence: whether these rows can tell which model is better.
#pragma once

#include <optional>
#include <retrain/gate.hpp>
#include <string>

#include "holdout_losses.hpp"
#include "loss_test.hpp"

namespace retrain::evaluate {

struct Examination {
  GateReport report;   ///< the verdict where `ended`, else as far as it goes
  bool ended = false;  ///< nothing that follows can change the verdict
  HoldoutLosses holdout;
  std::optional<PairedTest> quick;  ///< of the primary losses and scaled as they are; empty where no test was possible
};

/// Faults, labels, ceilings, the first model of all, equal models, too few sessions. Whether it ends depends neither on which
/// model is better nor on how much. Needs checked shape and keys; fails with invalid_argument where settings and evaluation do
/// not fit.
Result<Examination> examine(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                            const GateContext& context);

/// Puts `test` (scaled as the primary losses) into the report: statistics, p, flags.
void report_test(GateReport& report, const PairedTest& test, const HoldoutLosses& holdout);
/// The end of a judgement; `detail` says what the numbers of the report do not.
void conclude(GateReport& report, GateVerdict verdict, std::string reason, const std::string& detail = {});
void add_flag(GateReport& report, std::string name);

}  // namespace retrain::evaluate
