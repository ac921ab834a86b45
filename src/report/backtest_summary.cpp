#include "backtest_summary.hpp"

#include <algorithm>
#include <cmath>

#include "wording.hpp"

namespace retrain::report {
namespace {

/// "36.4 % lower than", "2.0 % higher than", "equal to".
std::string compared(double value, double reference) {
  const std::string text = change(value, reference);
  if (text == "n/a") return "not comparable with";
  if (text.find_first_of("123456789") == std::string::npos) return "equal to";
  return text.substr(1) + (text.front() == '-' ? " lower than" : " higher than");
}

}  // namespace

std::string headline(const BacktestReport& report) {
  if (report.series.empty()) return "No session was scored.";
  return "The pipeline's loss was " + brief(report.loss.pipeline) + ": " + compared(report.loss.pipeline, report.loss.frozen) +
         " that of a model that is never retrained, and " + compared(report.loss.pipeline, report.loss.always) +
         " that of one that is retrained on a schedule and deployed unasked. It trained " + counted(report.runs.trained, "time") +
         ", the schedule " + counted(report.always_trained, "time") + ".";
}

std::string rejections(const BacktestReport& report) {
  std::vector<std::pair<std::string, int>> counts;
  int total = 0;
  for (const BacktestDecision& decision : report.decisions) {
    if (decision.kind != "rejected") continue;
    ++total;
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == decision.reason; });
    if (known == counts.end()) {
      counts.emplace_back(decision.reason, 1);
    } else {
      ++known->second;
    }
  }
  if (total == 0) return {};
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text = "Rejected " + std::to_string(total) + " of " + counted(report.runs.trained, "candidate") + ": ";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    text += (i > 0 ? ", " : "") + spoken(counts[i].first) + " " + std::to_string(counts[i].second);
  }
  return text;
}

std::string extent(const BacktestReport& report) {
  std::string text = counted(static_cast<std::int64_t>(report.sessions), "session");
  if (report.series.empty()) return text;
  text += ", " + std::to_string(report.series.size()) + " of them scored";
  const std::string from = date_of(report.series.front().time), to = date_of(report.series.back().time);
  return text + ", " + from + (from == to ? "" : " to " + to);
}

}  // namespace retrain::report
