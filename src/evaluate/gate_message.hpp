// The gate's verdict in words: one line that a person reads instead of the numbers.
#pragma once

#include <retrain/gate.hpp>
#include <string>

namespace retrain::evaluate {

/// "rejected: 0.4 % better, not proven: p = 0.21 over 19 sessions; with these sessions only a change of 7 % could be seen".
/// `detail` says what the numbers do not: the faulty rows, the guardrail that failed, the session that dominates.
std::string describe(const GateReport& report, const std::string& detail);

/// "0.4 % better", or in units of the loss where production's loss is zero and a share has no meaning.
std::string change(const GateReport& report);
/// "p = 0.21 over 19 sessions; with these sessions only a change of 7 % could be seen; about 900 sessions would show this one"
std::string evidence_and_power(const GateReport& report);

/// "1 row", "2 rows".
std::string counted(std::size_t count, const std::string& noun);
/// "0.4 %".
std::string percent(double share, int digits = 2);
/// Both with as many digits as it takes to tell them apart: 0.9996 % and 1 %.
std::pair<std::string, std::string> told_apart(double value, double limit, bool as_percent);

}  // namespace retrain::evaluate
