#include <algorithm>
#include <cmath>
#include <retrain/anytime.hpp>
#include <retrain/verifier.hpp>

#include "base/text.hpp"

namespace retrain {
namespace {

using base::format_short;

// The difference of two losses as a share of their sum: inside ±1 whatever the losses are, so that no law need be assumed.
double relative_difference(double champion, double predecessor) {
  const double sum = std::abs(champion) + std::abs(predecessor);
  return sum > 0 ? (champion - predecessor) / sum : 0;
}

constexpr std::string_view undecided_rules[] = {"auto", "stable", "keep_provisional", "rollback"};

class EProcessVerifier final : public Verifier {
 public:
  explicit EProcessVerifier(VerificationSettings settings) : settings_(std::move(settings)) {}

  PartId id() const override { return {settings_.method + "_verifier", "1"}; }

  // The sessions are walked from the oldest and the first decision stands: the verdict does not depend on how many sessions
  // arrived between two calls.
  Result<Verification> verify(const VerificationContext& context) const override {
    Verification verification{.reason = "waiting", .message = "waiting: no session has been scored since the deployment"};
    Evidence evidence;
    for (const auto& session : context.sessions) {
      if (session.rows <= 0) continue;
      if (!std::isfinite(session.champion_loss)) {
        verification.verdict = VerificationVerdict::harm;
        verification.reason = "harmful";
        verification.message = "harmful: the champion's loss is not finite in session " + base::printable(session.session);
        return verification;
      }
      if (!std::isfinite(session.predecessor_loss)) continue;
      evidence.add(session.champion_loss, session.predecessor_loss, betting());
      look(evidence, verification);
      if (verification.verdict != VerificationVerdict::go_on) break;
    }
    return verification;
  }

 private:
  struct Evidence {
    std::vector<double> differences;    ///< of the losses, champion minus predecessor
    std::vector<double> worse, better;  ///< what is weighed: in both directions

    void add(double champion, double predecessor, bool relative) {
      differences.push_back(champion - predecessor);
      worse.push_back(relative ? relative_difference(champion, predecessor) : differences.back());
      better.push_back(-worse.back());
    }
  };

  bool betting() const { return settings_.method == "betting"; }

  void look(const Evidence& evidence, Verification& verification) const {
    const auto& differences = evidence.differences;
    double mean = 0;
    for (const double difference : differences) mean += difference / static_cast<double>(differences.size());
    verification.sessions = differences.size();
    verification.mean_difference = mean;
    verification.log_e_harm = betting() ? log_e_betting(evidence.worse) : log_e_value_greater(evidence.worse);
    verification.log_e_better = betting() ? log_e_betting(evidence.better) : log_e_value_greater(evidence.better);

    const double threshold = std::log(1 / settings_.harm_level);
    if (verification.log_e_harm >= threshold) {
      conclude(verification, VerificationVerdict::harm, "harmful");
    } else if (verification.log_e_better >= threshold) {
      conclude(verification, VerificationVerdict::confirm, "confirmed");
    } else if (differences.size() < settings_.verify_sessions) {
      conclude(verification, VerificationVerdict::go_on, "waiting");
    } else {
      leave_undecided(verification);
    }
  }

  void leave_undecided(Verification& verification) const {
    const bool is_worse = verification.mean_difference > 0;
    const std::string& rule = settings_.undecided;
    if (rule == "keep_provisional" || (rule == "auto" && is_worse)) {
      conclude(verification, VerificationVerdict::go_on, "kept_provisional");
    } else if (rule == "rollback" && is_worse) {
      conclude(verification, VerificationVerdict::harm, "undecided_worse");
    } else {
      conclude(verification, VerificationVerdict::confirm, is_worse ? "undecided_worse" : "undecided_better");
    }
  }

  void conclude(Verification& verification, VerificationVerdict verdict, std::string reason) const {
    const double mean = verification.mean_difference;
    const std::string compared =
        mean == 0 ? "the same loss as its predecessor"
                  : "a loss " + format_short(std::abs(mean)) + (mean > 0 ? " above" : " below") + " its predecessor's";
    verification.verdict = verdict;
    verification.message = reason + ": " + compared + " over " + std::to_string(verification.sessions) +
                           (verification.sessions == 1 ? " session" : " sessions") + ", evidence of harm e^" +
                           format_short(verification.log_e_harm, 3) + " and of improvement e^" +
                           format_short(verification.log_e_better, 3) + ", decided at e^" +
                           format_short(std::log(1 / settings_.harm_level), 3);
    verification.reason = std::move(reason);
  }

  VerificationSettings settings_;
};

}  // namespace

Result<std::shared_ptr<Verifier>> make_verifier(const VerificationSettings& verification) {
  if (!(verification.harm_level > 0 && verification.harm_level < 1)) {
    return Status{StatusCode::invalid_argument,
                  "verification.harm_level " + base::format_double(verification.harm_level) + " is not between 0 and 1"};
  }
  if (verification.method != "e_process" && verification.method != "betting") {
    return Status{StatusCode::invalid_argument,
                  "verification.method '" + base::printable(verification.method) + "' is none of e_process, betting"};
  }
  if (verification.verify_sessions < 1) return Status{StatusCode::invalid_argument, "verification.verify_sessions is 0"};
  if (std::find(std::begin(undecided_rules), std::end(undecided_rules), verification.undecided) == std::end(undecided_rules)) {
    return Status{StatusCode::invalid_argument, "verification.undecided '" + base::printable(verification.undecided) +
                                                    "' is none of auto, stable, keep_provisional, rollback"};
  }
  return std::shared_ptr<Verifier>(std::make_shared<EProcessVerifier>(verification));
}

}  // namespace retrain
