// A backtest report to draw: a year in which the frozen model grows worse.
#pragma once

#include <cmath>
#include <retrain/backtest.hpp>

namespace retrain::test {

inline BacktestReport backtest_example(std::size_t first = 45, std::size_t last = 364) {
  BacktestReport report;
  report.model = "air-time";
  report.loss_name = "absolute_error";
  report.sessions = 365;
  const Time start = parse_time("2013-01-01T23:59:59Z").value();
  for (std::size_t number = first; number <= last; ++number) {
    const double season = 1 - std::cos(static_cast<double>(number) / 58.0);
    BacktestSession session{.number = number, .time = start + std::chrono::days(number - 1), .rows = 900};
    session.id = format_time(session.time).substr(0, 10);
    session.pipeline = 7 + season / 2;
    session.frozen = 7 + 4 * season;
    session.always = 7.5 + season / 3;
    report.series.push_back(session);
  }
  report.loss = {8.25, 12.5, 8.5};
  report.runs = {6, 3, 2, 1};
  report.always_trained = 46;
  const auto decide = [&](std::size_t number, const char* kind, const char* reason, const char* message) {
    report.decisions.push_back(
        {number, "day-" + std::to_string(number), start + std::chrono::days(number - 1), kind, reason, message, 0});
  };
  decide(60, "alert", "accepted", "severity 0.83 is over the threshold");
  decide(60, "promoted", "better", "8.1 instead of 9.3");
  decide(70, "stable", "confirmed", "confirmed on 7 sessions");
  decide(90, "rejected", "not_significant", "p = 0.21 is over the level");
  decide(120, "rejected", "guardrail", "the recent sessions got worse");
  decide(130, "rolled_back", "harmful", "worse than its predecessor");
  report.settings = R"({"validation":{"holdout_sessions":14},"features":["carrier","hour"]})";
  return report;
}

}  // namespace retrain::test
