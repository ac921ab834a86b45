// BacktestSummary: what the text and the page of a backtest both say in words.
#pragma once

#include <retrain/backtest.hpp>
#include <string>

namespace retrain::report {

/// One sentence: how the pipeline's loss compares with the two others, and what it cost.
std::string headline(const BacktestReport& report);
/// "rejected 9 of 24 candidates: not significant 6, guardrail 3"; empty when none was.
std::string rejections(const BacktestReport& report);
/// "365 sessions, 320 of them scored, 2013-02-14 to 2013-12-31".
std::string extent(const BacktestReport& report);

}  // namespace retrain::report
