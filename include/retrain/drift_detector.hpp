// DriftDetector: watches the champion's loss on new sessions and raises an alert of its own.
#pragma once

#include <memory>
#include <optional>
#include <retrain/part.hpp>
#include <retrain/time.hpp>
#include <retrain/status.hpp>
#include <string>
#include <vector>

namespace retrain {

struct DetectorSettings;

/// Mean loss of a model over the rows of one session.
struct SessionLoss {
  std::string session;
  double mean_loss = 0;
  std::int64_t rows = 0;
};

struct DetectorContext {
  std::vector<SessionLoss> reference;         ///< the champion on the holdout it was judged on
  std::vector<SessionLoss> since_deployment;  ///< the champion on each session since, oldest first
  std::vector<Time> alerts_raised;            ///< by this detector, since this deployment, oldest first
  std::size_t sessions_at_last_alert = 0;     ///< how many of `since_deployment` were known at the newest of them
};

/// What was seen. `alert` says whether to raise one.
struct Detection {
  bool alert = false;
  double severity = 0;     ///< min(1, 0.875 d)
  double effect = 0;       ///< d: mean over standard deviation of the log loss ratios
  double log_e_value = 0;  ///< natural log of the evidence against "not worse"
  double mean_log_ratio = 0;
  std::size_t sessions = 0;
  std::string reason;
};

/// Pure. Threads: called by the thread that does the pipeline's work, one call at a time.
class DriftDetector {
 public:
  DriftDetector() = default;
  DriftDetector(const DriftDetector&) = delete;
  DriftDetector& operator=(const DriftDetector&) = delete;
  virtual ~DriftDetector();

  virtual PartId id() const = 0;
  virtual Result<Detection> observe(const DetectorContext& context) const = 0;
};

/// The default, on log ratios of session loss to the reference mean. `e_process`: a one-sided t-mixture e-process over all
/// sessions since the deployment, which bounds the chance of ever alerting falsely. `e_detector`: the sum of that over every
/// later start, which bounds how often it alerts falsely and sees a model turn that was right for months; its severity is that of
/// the sessions since the strongest start. Fewer than three new sessions never alert, and a loss of zero is floored at 1e-12 of
/// the reference.
std::shared_ptr<DriftDetector> make_drift_detector(const DetectorSettings& settings);

}  // namespace retrain
