// Comparator: is the candidate enough better to bother? Implement it to weigh other costs.
#pragma once

#include <memory>
#include <retrain/evaluation.hpp>
#include <retrain/part.hpp>
#include <string>

namespace retrain {

enum class ComparisonVerdict { promote, challenger, keep };
std::string_view to_string(ComparisonVerdict verdict);

struct Comparison {
  ComparisonVerdict verdict = ComparisonVerdict::keep;
  std::string reason;  ///< better | not_enough | worse | no_production | production_unavailable
  std::string message;
  double candidate_loss = 0, production_loss = 0;
  double improvement = 0;  ///< in the unit of `mode`; positive = better
  double threshold = 0;
  std::string mode;  ///< relative | absolute | both, told in relative terms
};

class Comparator {
 public:
  Comparator() = default;
  Comparator(const Comparator&) = delete;
  Comparator& operator=(const Comparator&) = delete;
  virtual ~Comparator();

  virtual PartId id() const = 0;
  virtual Result<Comparison> compare(const Evaluation& evaluation) const = 0;
};

/// The default: improvement strictly beyond the threshold; ties keep production. With margin_mode: confident not the observed
/// improvement counts but its one-sided bound at half of p_value_threshold.
Result<std::shared_ptr<Comparator>> make_comparator(const ComparisonSettings& comparison, const ValidationSettings& validation);

}  // namespace retrain
