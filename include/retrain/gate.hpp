// Gate: is the candidate really better, and nothing broken? Implement it to bring your own rule of evidence.
#pragma once

#include <memory>
#include <retrain/evaluation.hpp>
#include <retrain/part.hpp>
#include <retrain/statistics.hpp>
#include <string>
#include <vector>

namespace retrain {

/// What the gate needs beside the rows; stored with the report, so that a replay needs nothing else.
struct GateContext {
  double level = 0.025;             ///< one-sided
  std::string level_rule = "none";  ///< how it was found
  int earlier_uses = 0;             ///< how often these holdout sessions decided before
  std::optional<double> wealth;     ///< of the budget, before this test
  std::string cached_from;          ///< the run whose verdict on the same two models and rows this one repeats; empty = none
};

enum class GateVerdict { pass, fail, inconclusive };
std::string_view to_string(GateVerdict verdict);

/// One thing that must not get worse.
struct Guardrail {
  std::string name;  ///< "rmse", "bias", "recent", "anchor", "segment circuit=monza", "max_mae"
  bool passed = true;
  double candidate = 0;
  double production = 0;
  double limit = 0;
  std::optional<double> p;  ///< evidence that it is worse, adjusted (Holm); with guardrail: prove, that it is not
  std::string message;
};

struct GateReport {
  GateVerdict verdict = GateVerdict::inconclusive;
  /// pass: better, cold_start. fail: candidate_fault, ceiling, identical, not_better, guardrail, below_minimum_effect.
  /// inconclusive: production_fault, not_ready, no_labelled_rows, insufficient_clusters, dominated_by, not_significant,
  /// not_proved, diagnostic_test, holdout_exhausted.
  std::string reason;
  std::string message;  ///< in words, one line
  PairedTest test;      ///< the primary one; clusters = 0 when there is no production model
  double level = 0;
  /// What was compared with the level: the larger of CR2 and Hall, one-sided; under elond 1/e, with the flag "e_value".
  double p = 1;
  double candidate_loss = 0, production_loss = 0;  ///< means over labelled rows; NaN where there are none, or no such model
  double candidate_rmse = 0, production_rmse = 0;  ///< NaN where the task has none
  double relative_improvement = 0;                 ///< of the loss; positive = better; NaN where production's is 0
  double smallest_detectable_effect = 0;           ///< at this level with power 0.8; NaN where nothing was tested
  std::int64_t sessions_needed = 0;  ///< to show the observed improvement with power 0.8; 0 = never, or nothing was tested
  std::vector<Guardrail> guardrails;
  /// Those of the test, and "assumes_independent_rows", "serial_dependence", "threshold_below_mde", "anchor_fault",
  /// "missing_labels=3", "random_draws", "diagnostic_only".
  std::vector<std::string> flags;
};

/// Pure. Threads: called by the thread that does the pipeline's work, one call at a time.
class Gate {
 public:
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  virtual ~Gate();

  virtual PartId id() const = 0;
  /// Whether judging this evaluation looks at the evidence, so that a level must be set aside first. Must not depend on which of
  /// the two models is better. The default: whenever there is a production model.
  virtual bool needs_level(const Evaluation& evaluation) const;
  /// Judges. A faulty candidate is a verdict; a failure means the evaluation itself cannot be judged (lengths, leaked rows).
  virtual Result<GateReport> judge(const Evaluation& evaluation, const GateContext& context) const = 0;
};

/// The default: the test that `validation.test` names on per-row loss differences, with guardrails.
Result<std::shared_ptr<Gate>> make_gate(const ValidationSettings& validation);

}  // namespace retrain
