#include "gate_message.hpp"

#include <cmath>

#include "base/text.hpp"

namespace retrain::evaluate {
namespace {

using base::format_short;

std::string percent(double share, int digits = 2) {
  return format_short(100 * share, digits) + " %";
}

// "4.2 % better", or in units of the loss where production's loss is zero and a share has no meaning.
std::string change(const GateReport& report) {
  const double difference = report.test.estimate;
  const char* direction = difference < 0 ? " better" : " worse";
  if (difference == 0) return "no better";
  if (report.production_loss > 0) return percent(std::abs(report.relative_improvement)) + direction;
  return format_short(std::abs(difference)) + direction;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string over_sessions(const GateReport& report) {
  return "over " + counted(report.test.clusters, report.test.test == "paired_t" ? "row" : "session");
}

std::string evidence(const GateReport& report) {
  return "p = " + format_short(report.p, 2) + " " + over_sessions(report);
}

// What this holdout could have shown, and what it would take.
std::string power(const GateReport& report) {
  std::string text;
  if (std::isfinite(report.smallest_detectable_effect) && report.smallest_detectable_effect > 0) {
    const double effect = report.smallest_detectable_effect;
    const std::string size = report.production_loss > 0 ? percent(effect / report.production_loss) : format_short(effect);
    text += "; with these sessions only a change of " + size + " could be seen";
  }
  if (report.sessions_needed > 0) text += "; about " + std::to_string(report.sessions_needed) + " sessions would show this one";
  return text;
}

}  // namespace

std::string describe(const GateReport& report, const std::string& detail) {
  const std::string& reason = report.reason;
  if (reason == "cold_start") return "accepted: there is no production model to compare with";
  if (reason == "better") return "accepted: " + change(report) + ", " + evidence(report);
  if (reason == "production_fault" || reason == "no_labelled_rows") return "held: " + detail;
  if (reason == "candidate_fault" || reason == "ceiling") return "rejected: " + detail;
  if (reason == "identical") return "rejected: the candidate predicts the same as production in every row";
  if (reason == "insufficient_clusters" || reason == "dominated_by") {
    return "rejected: " + change(report) + ", but not judged: " + detail + power(report);
  }
  if (reason == "not_better") return "rejected: " + change(report) + " " + over_sessions(report) + power(report);
  if (reason == "guardrail" || reason == "below_minimum_effect") return "rejected: " + change(report) + ", but " + detail;
  if (reason == "holdout_exhausted") return "rejected: " + change(report) + ", but " + detail;
  return "rejected: " + change(report) + ", not proven: " + evidence(report) + power(report);
}

}  // namespace retrain::evaluate
