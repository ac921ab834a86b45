// Verifier: is the new model still right on sessions that came after its deployment?
#pragma once

#include <memory>
#include <retrain/config.hpp>
#include <retrain/part.hpp>
#include <string>
#include <vector>

namespace retrain {

/// Mean losses of one session under the champion and the model it is verified against.
struct VerificationSession {
  std::string session;
  std::int64_t rows = 0;
  double champion_loss = 0;
  double predecessor_loss = 0;
};

struct VerificationContext {
  std::vector<VerificationSession> sessions;  ///< since deployment, oldest first
};

enum class VerificationVerdict { confirm, harm, go_on };
std::string_view to_string(VerificationVerdict verdict);

struct Verification {
  VerificationVerdict verdict = VerificationVerdict::go_on;
  std::string reason;  ///< confirmed | harmful | waiting | undecided_better | undecided_worse | kept_provisional
  std::string message;
  std::size_t sessions = 0;
  double mean_difference = 0;  ///< champion minus predecessor, mean over sessions
  double log_e_harm = 0;
  double log_e_better = 0;
};

class Verifier {
 public:
  Verifier() = default;
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;
  virtual ~Verifier();

  virtual PartId id() const = 0;
  virtual Result<Verification> verify(const VerificationContext& context) const = 0;
};

/// The default: one-sided t-mixture e-processes on champion_loss − predecessor_loss in both directions, looked at after each
/// session from the oldest; the first decision stands, so the batches in which sessions arrive do not matter. With the method
/// "betting" the e-processes bet on the difference as a share of the sum of both losses, which holds under any law. An e-value of
/// 1/harm_level or more for "worse" is harm (harmful), for "better" confirm (confirmed). Undecided from `verify_sessions`
/// sessions on:
///   auto              mean difference ≤ 0: confirm (undecided_better), else go_on (kept_provisional)
///   stable            confirm (undecided_better or, above 0, undecided_worse)
///   keep_provisional  go_on (kept_provisional)
///   rollback          mean difference > 0: harm (undecided_worse), else confirm (undecided_better)
/// Sessions without rows or with a predecessor loss that is not finite do not count; a champion loss that is not finite is harm.
/// Fails with invalid_argument when harm_level is not inside (0, 1), verify_sessions is 0 or the rule is unknown.
Result<std::shared_ptr<Verifier>> make_verifier(const VerificationSettings& verification);

}  // namespace retrain
