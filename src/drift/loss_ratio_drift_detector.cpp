// The default DriftDetector: an anytime-valid test that the champion's loss per session rose above what it was judged on.
//
// Method: one-sided t-mixture e-process (log_e_value_greater) on x = log(loss / reference), one value a session, so that a
// session counts once however many rows it has and looking after each of them costs nothing. The reference is the arithmetic
// mean of the holdout's session losses: by Jensen's inequality the mean of x is at most zero when nothing changed.
#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/config.hpp>
#include <retrain/drift_detector.hpp>
#include <retrain/statistics.hpp>

#include "base/text.hpp"

namespace retrain {
namespace {

constexpr double loss_floor = 1e-12;        // of the reference
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

class LossRatioDriftDetector final : public DriftDetector {
 public:
  explicit LossRatioDriftDetector(const DetectorSettings& settings)
      : min_sessions_(std::max(settings.min_sessions, least_sessions)), evidence_asked_(-std::log(settings.level)) {}

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
  void judge(const std::vector<double>& ratios, const DetectorContext& context, Detection& detection) const {
    detection.mean_log_ratio = mean_of(ratios);
    detection.effect = effect_of(ratios, detection.mean_log_ratio);
    detection.severity = detection.effect > 0 ? std::min(1.0, severity_per_effect * detection.effect) : 0.0;
    detection.log_e_value = log_e_value_greater(ratios);

    const bool evident = detection.log_e_value >= evidence_asked_;
    const bool repeated = ratios.size() <= context.sessions_at_last_alert;
    detection.alert = evident && !repeated;
    detection.reason = "loss is " + base::format_short(std::exp(detection.mean_log_ratio)) + " times the reference over " +
                       std::to_string(ratios.size()) + " sessions, d " + base::format_short(detection.effect) +
                       ", log evidence " + base::format_short(detection.log_e_value) + (evident ? " reaches " : " is below ") +
                       base::format_short(evidence_asked_);
    if (evident && repeated) detection.reason += "; no session is newer than the last alert";
  }

  std::size_t min_sessions_;
  double evidence_asked_;  ///< log(1/level)
};

}  // namespace

std::shared_ptr<DriftDetector> make_drift_detector(const DetectorSettings& settings) {
  return std::make_shared<LossRatioDriftDetector>(settings);
}

}  // namespace retrain
