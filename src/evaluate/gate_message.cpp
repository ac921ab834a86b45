#include "gate_message.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace retrain::evaluate {
namespace {

using base::format_short;

constexpr std::int64_t many_sessions = 1'000'000;

std::string unit(const GateReport& report) {
  return report.test.test == "paired_t" ? "row" : "session";
}

std::string over_sessions(const GateReport& report) {
  if (unit(report) == "row") return "over " + counted(report.test.rows, "row");
  return "over " + counted(report.test.clusters, "session");
}

std::string evidence(const GateReport& report) {
  const bool underflow = report.p == 0 && std::isfinite(report.test.log10_p_two_sided);
  return (underflow ? std::string("p < 1e-300 ") : "p = " + format_short(report.p, 2) + " ") + over_sessions(report);
}

// What this holdout could have shown, and what it would take.
std::string power(const GateReport& report) {
  std::string text;
  const double effect = report.smallest_detectable_effect;
  if (std::isfinite(effect) && effect > 0) {
    const double share = effect / std::abs(report.production_loss);
    const std::string size = std::isfinite(share) ? percent(share) : format_short(effect);
    text += "; with these " + unit(report) + "s only a change of " + size + " could be seen";
  }
  if (report.sessions_needed > many_sessions) {
    text += "; it would take more than a million " + unit(report) + "s to show this one";
  } else if (report.sessions_needed > 0) {
    text += "; about " + counted(static_cast<std::size_t>(report.sessions_needed), unit(report)) + " would show this one";
  }
  return text;
}

}  // namespace

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string percent(double share, int digits) {
  const double value = 100 * share;
  // 1234 % rather than 1.2e+03 %.
  while (digits < 7 && std::abs(value) >= std::pow(10.0, digits)) ++digits;
  return format_short(value, digits) + " %";
}

std::pair<std::string, std::string> told_apart(double value, double limit, bool as_percent) {
  std::pair<std::string, std::string> texts;
  for (int digits = 2; digits <= 17; ++digits) {
    if (!as_percent && digits < 4) continue;
    texts = as_percent ? std::pair(percent(value, digits), percent(limit, digits))
                       : std::pair(format_short(value, digits), format_short(limit, digits));
    if (texts.first != texts.second || value == limit) break;
  }
  return texts;
}

std::string change(const GateReport& report) {
  const double difference = report.test.estimate;
  if (difference == 0) return "no better";
  const char* direction = difference < 0 ? " better" : " worse";
  if (std::isfinite(report.relative_improvement)) return percent(std::abs(report.relative_improvement)) + direction;
  return format_short(std::abs(difference)) + direction;
}

std::string evidence_and_power(const GateReport& report) {
  return evidence(report) + power(report);
}

std::string describe(const GateReport& report, const std::string& detail) {
  const std::string& reason = report.reason;
  if (reason == "cold_start") {
    const bool broken = std::find(report.flags.begin(), report.flags.end(), "production_fault") != report.flags.end();
    return broken ? "accepted: the production model's predictions are not finite, and the candidate is within its ceilings"
                  : "accepted: there is no production model to compare with";
  }
  if (reason == "better") return "accepted: " + change(report) + ", " + evidence(report);
  if (reason == "production_fault" || reason == "no_labelled_rows" || reason == "not_ready") return "held: " + detail;
  if (reason == "candidate_fault" || reason == "ceiling") return "rejected: " + detail;
  if (reason == "identical") return "rejected: the candidate predicts the same as production in every row";
  if (reason == "insufficient_clusters" || reason == "dominated_by") {
    const std::string found = std::isnan(report.test.estimate) ? "" : change(report) + ", but ";
    return "rejected: " + found + "not judged: " + detail + power(report);
  }
  if (reason == "not_better") return "rejected: " + change(report) + " " + over_sessions(report) + power(report);
  if (!detail.empty()) return "rejected: " + change(report) + ", but " + detail + "; " + evidence(report) + power(report);
  return "rejected: " + change(report) + ", not proven: " + evidence(report) + power(report);
}

}  // namespace retrain::evaluate
