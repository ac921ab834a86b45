// The gate's verdict in words: one line that a person reads instead of the numbers.
#pragma once

#include <retrain/gate.hpp>
#include <string>

namespace retrain::evaluate {

/// "rejected: 0.4 % better, not proven: p = 0.21 over 19 sessions; with these sessions only a change of 7 % could be seen".
/// `detail` says what the numbers do not: the faulty rows, the guardrail that failed, the session that dominates.
std::string describe(const GateReport& report, const std::string& detail);

}  // namespace retrain::evaluate
