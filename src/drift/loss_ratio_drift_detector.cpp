// The default DriftDetector: an anytime-valid test that the champion's loss per session rose above what it was judged on.
//
// Method: one-sided t-mixture e-process (log_e_value_greater) on x = log(loss / reference), one value a session, so that a
// session counts once however many rows it has and looking after each of them costs nothing. The reference is the arithmetic
// mean of the holdout's session losses: by Jensen's inequality the mean of x is at most zero when nothing changed.
// Two ways to look: `e_process` asks about all sessions since the deployment and bounds the chance of ever alerting falsely;
// `e_detector` also asks about every later start (the sum over starts of Shiryaev and Roberts, on e-values: Shin, Ramdas and
// Rinaldo, 2022), so that a model which was right for months is seen to turn within days, and bounds how often it alerts falsely.
#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/config.hpp>
#include <retrain/drift_detector.hpp>
#include <retrain/statistics.hpp>
#include <span>

#include "base/text.hpp"

namespace retrain {
namespace {

constexpr double loss_floor = 1e-12;  // of the reference
constexpr double severity_per_effect = 0.875;
// A ratio nearer to one than this is rounding noise: repeated, it would look like certainty.
constexpr double negligible_log_ratio = 1e-9;
// A standard deviation of fewer sessions says nothing.
constexpr std::size_t least_sessions = 3;

/// The mean, formed without a sum that could overflow.
double mean_of(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  return mean;
}

Result<std::vector<double>> losses_of(const std::vector<SessionLoss>& sessions) {
  std::vector<double> losses;
  losses.reserve(sessions.size());
  for (const auto& session : sessions) {
    if (!std::isfinite(session.mean_loss) || session.mean_loss < 0) {
      return Status{StatusCode::invalid_argument, "session " + base::printable(session.session) + " has a mean loss of " +
                                                      base::format_short(session.mean_loss) + ", not a finite number from 0 on"};
    }
    losses.push_back(session.mean_loss);
  }
  return losses;
}

/// log(loss / reference), never below log(loss_floor). The quotient is formed in logs: it may not fit a double.
std::vector<double> log_ratios(const std::vector<double>& losses, double reference) {
  std::vector<double> ratios;
  ratios.reserve(losses.size());
  for (const double loss : losses) {
    const double ratio = std::max(std::log(loss) - std::log(reference), std::log(loss_floor));
    ratios.push_back(std::abs(ratio) < negligible_log_ratio ? 0.0 : ratio);
  }
  return ratios;
}

/// Mean over sample standard deviation; infinite when every session worsened alike, zero when none changed.
double effect_of(const std::vector<double>& ratios, double mean) {
  double squares = 0;
  for (const double ratio : ratios) squares += (ratio - mean) * (ratio - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(ratios.size() - 1));
  if (deviation > 0) return mean / deviation;
  return mean == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), mean);
}

struct Evidence {
  double log_value = 0;
  std::size_t start = 0;  ///< the session since which the evidence is strongest
};

/// Sum of the e-values of every start that leaves at least two sessions.
Evidence evidence_of_any_start(const std::vector<double>& ratios) {
  std::vector<double> logs;
  for (std::size_t start = 0; start + 2 <= ratios.size(); ++start) {
    logs.push_back(log_e_value_greater(std::span(ratios).subspan(start)));
  }
  const auto strongest = std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - *strongest);
  return {*strongest + std::log(sum), static_cast<std::size_t>(strongest - logs.begin())};
}

class LossRatioDriftDetector final : public DriftDetector {
 public:
  explicit LossRatioDriftDetector(const DetectorSettings& settings)
      : any_start_(settings.method == "e_detector"),
        min_sessions_(std::max(settings.min_sessions, least_sessions)),
        evidence_asked_(-std::log(settings.level)) {}

  PartId id() const override { return {"loss_ratio_drift_detector", "1"}; }

  Result<Detection> observe(const DetectorContext& context) const override {
    const auto reference_losses = losses_of(context.reference);
    if (!reference_losses) return reference_losses.status().within("reference");
    const auto losses = losses_of(context.since_deployment);
    if (!losses) return losses.status();

    Detection detection;
    detection.sessions = losses->size();
    if (reference_losses->empty()) {
      detection.reason = "the champion has no holdout losses to compare with";
      return detection;
    }
    if (losses->size() < min_sessions_) {
      detection.reason =
          std::to_string(losses->size()) + " sessions since the deployment, " + std::to_string(min_sessions_) + " are needed";
      return detection;
    }
    double reference = mean_of(*reference_losses);
    std::string note;
    if (reference == 0) {
      // A perfect holdout gives no scale; the new losses lend theirs, so that any real loss reads as far worse.
      reference = loss_floor * mean_of(*losses);
      note = "; the reference loss is 0, replaced by 1e-12 of the new mean";
      if (reference == 0) {
        detection.reason = "the loss was 0 and still is";
        return detection;
      }
    }
    judge(log_ratios(*losses, reference), context, detection);
    detection.reason += note;
    return detection;
  }

 private:
  void judge(const std::vector<double>& all, const DetectorContext& context, Detection& detection) const {
    const Evidence evidence = any_start_ ? evidence_of_any_start(all) : Evidence{log_e_value_greater(all), 0};
    // Severity tells how far the loss has moved since the change, not since a deployment that may be long ago.
    const std::size_t start = std::min(evidence.start, all.size() - least_sessions);
    const std::vector<double> ratios(all.begin() + static_cast<std::ptrdiff_t>(start), all.end());
    detection.mean_log_ratio = mean_of(ratios);
    detection.effect = effect_of(ratios, detection.mean_log_ratio);
    detection.severity = detection.effect > 0 ? std::min(1.0, severity_per_effect * detection.effect) : 0.0;
    detection.log_e_value = evidence.log_value;

    const bool evident = detection.log_e_value >= evidence_asked_;
    const bool repeated = all.size() <= context.sessions_at_last_alert;
    detection.alert = evident && !repeated;
    detection.reason = "loss is " + base::format_short(std::exp(detection.mean_log_ratio)) + " times the reference over " +
                       std::to_string(ratios.size()) + " sessions, d " + base::format_short(detection.effect) +
                       ", log evidence " + base::format_short(detection.log_e_value) + (evident ? " reaches " : " is below ") +
                       base::format_short(evidence_asked_);
    if (evident && repeated) detection.reason += "; no session is newer than the last alert";
  }

  bool any_start_;
  std::size_t min_sessions_;
  double evidence_asked_;  ///< log(1/level)
};

}  // namespace

std::shared_ptr<DriftDetector> make_drift_detector(const DetectorSettings& settings) {
  return std::make_shared<LossRatioDriftDetector>(settings);
}

}  // namespace retrain
