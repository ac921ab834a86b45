#include "guardrails.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/text.hpp"
#include "gate_message.hpp"

namespace retrain::evaluate {
namespace {

using base::format_short;

constexpr double family_level = 0.05;
// What one promotion may lose may be lost twice in all, against the first stable model: many small losses cannot add up unseen.
constexpr double anchor_margins = 2;

Guardrail ceiling(const std::string& name, double candidate, double limit) {
  Guardrail guardrail{.name = name, .passed = candidate <= limit, .candidate = candidate, .limit = limit};
  guardrail.message = name.substr(4) + " " + format_short(candidate) +
                      (guardrail.passed ? " is within " : " is above the ceiling ") + format_short(limit);
  return guardrail;
}

/// A guardrail under construction.
struct Check {
  Guardrail guardrail;   // its p is the raw one until the family is adjusted
  bool limited = false;  // guardrail.limit blocks by itself
  std::size_t sessions = 0;
  bool to_prove = false;
  std::optional<double> p_proof;  // that it is no worse than its margin
};

std::vector<double> squares(const std::vector<double>& errors) {
  std::vector<double> values;
  values.reserve(errors.size());
  for (const double error : errors) values.push_back(error * error);
  return values;
}

std::vector<double> negated(const std::vector<double>& values, bool negative) {
  std::vector<double> made = values;
  if (negative) std::transform(made.begin(), made.end(), made.begin(), std::negate<>());
  return made;
}

std::optional<double> existing(double p) {
  return std::isnan(p) ? std::nullopt : std::optional<double>(p);
}

class Checker {
 public:
  Checker(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation, const HoldoutLosses& holdout)
      : validation_(validation),
        test_(test.diagnostic() ? LossTest{} : test),
        evaluation_(evaluation),
        holdout_(holdout),
        prove_(validation.guardrail == "prove") {}

  Result<GuardrailReport> run() {
    // A quantile's error has a mean and a square that nobody asked to be small.
    if (holdout_.has_errors() && holdout_.rule.kind != LossKind::pinball) {
      add_rmse();
      add_bias();
    }
    const auto& primary = holdout_.primary;
    if (const Slice recent = recent_slice(evaluation_, holdout_); !recent.empty()) {
      Check& check =
          add("recent", ComparedRows(holdout_, primary.candidate, primary.production, recent), validation_.recent_margin);
      check.guardrail.limit += validation_.recent_margin * std::abs(check.guardrail.production);
      check.limited = true;
    }
    if (validation_.anchor != "none" && !primary.anchor.empty()) {
      add("anchor", ComparedRows(holdout_, primary.candidate, primary.anchor), anchor_margins * validation_.recent_margin);
    }
    for (const auto& segment : evaluation_.segments) add_segments(segment);
    if (!failure_.ok()) return failure_;

    adjust_family();
    GuardrailReport made;
    for (auto& check : checks_) {
      decide(check, made);
      made.guardrails.push_back(std::move(check.guardrail));
    }
    return made;
  }

 private:
  // The means of both, the p that the candidate is worse, and the p that it is not worse by `margin` of the reference.
  Check& add(std::string name, const ComparedRows& rows, double margin) {
    Check& check = begin(std::move(name));
    const double reference = mean_of(rows.reference);
    check.guardrail.candidate = holdout_.primary.unscaled(mean_of(rows.candidate));
    check.guardrail.production = check.guardrail.limit = holdout_.primary.unscaled(reference);
    measure(check, rows, reference < 0 ? margin : -margin);
    return check;
  }

  Check& begin(std::string name) {
    checks_.push_back({.guardrail = {.name = std::move(name)}});
    return checks_.back();
  }

  void measure(Check& check, const ComparedRows& rows, std::optional<double> share) {
    check.sessions = rows.count_sessions();
    check.to_prove = prove_ && share.has_value();
    if (check.sessions < sessions_for_a_test || !failure_.ok()) return;
    const auto worse = run_test(test_, rows);
    if (!worse) {
      failure_ = worse.status();
      return;
    }
    check.guardrail.p = existing(worse->p_greater);
    if (!check.to_prove) return;
    const auto proof = run_test(test_, rows.differences(*share), rows);
    if (proof) check.p_proof = existing(p_better(*proof));
  }

  void add_rmse() {
    const auto& errors = holdout_.errors;
    Check& check = begin("rmse");
    Guardrail& rmse = check.guardrail;
    rmse.candidate = errors.unscaled(root_mean_square(errors.candidate));
    rmse.production = errors.unscaled(root_mean_square(errors.production));
    rmse.limit = rmse.production * (1 + validation_.rmse_margin);
    check.limited = true;
    const double allowed = 1 + validation_.rmse_margin;
    const auto candidate = squares(errors.candidate);
    const auto production = squares(errors.production);
    measure(check, ComparedRows(holdout_, candidate, production), 1 - allowed * allowed);
  }

  // |mean error|, told by rows: each error with the sign that its model's mean error has.
  void add_bias() {
    const auto& errors = holdout_.errors;
    const double candidate_mean = mean_of(errors.candidate);
    const double production_mean = mean_of(errors.production);
    Check& check = begin("bias");
    Guardrail& bias = check.guardrail;
    bias.candidate = errors.unscaled(std::abs(candidate_mean));
    bias.production = bias.limit = errors.unscaled(std::abs(production_mean));
    if (validation_.bias_margin) {
      const auto& primary = holdout_.primary;
      bias.limit += *validation_.bias_margin * std::abs(primary.unscaled(mean_of(primary.production)));
      check.limited = true;
    }
    const auto candidate = negated(errors.candidate, candidate_mean < 0);
    const auto production = negated(errors.production, production_mean < 0);
    measure(check, ComparedRows(holdout_, candidate, production), std::nullopt);
  }

  void add_segments(const SegmentColumn& segment) {
    std::vector<Slice> slices(segment.dictionary.size());
    for (std::uint32_t row = 0; row < holdout_.rows.size(); ++row) {
      const auto code = segment.codes[holdout_.rows[row]];
      if (code >= 0) slices[static_cast<std::size_t>(code)].push_back(row);
    }
    for (std::size_t value = 0; value < slices.size(); ++value) {
      if (slices[value].empty()) continue;
      const std::string name = "segment " + base::printable(segment.name) + "=" + base::printable(segment.dictionary[value]);
      add(name, ComparedRows(holdout_, holdout_.primary.candidate, holdout_.primary.production, slices[value]),
          validation_.recent_margin);
    }
  }

  void adjust_family() {
    std::vector<double> family;
    for (const auto& check : checks_) {
      if (check.guardrail.p) family.push_back(*check.guardrail.p);
    }
    const auto adjusted = holm_adjust(family);
    auto next = adjusted.begin();
    for (auto& check : checks_) {
      if (check.guardrail.p) check.guardrail.p = *next++;
    }
  }

  static void decide(Check& check, GuardrailReport& made) {
    Guardrail& guardrail = check.guardrail;
    const std::string against = guardrail.name == "anchor" ? "the anchor's " : "production's ";
    const std::string sessions = counted(check.sessions, "session");
    const bool beyond = check.limited && guardrail.candidate > guardrail.limit;
    const bool significant = guardrail.p && *guardrail.p <= family_level && guardrail.candidate > guardrail.production;
    const bool unproved = check.to_prove && !(check.p_proof && *check.p_proof <= family_level);
    guardrail.passed = !beyond && !significant && !unproved;
    guardrail.message =
        guardrail.name + " " + format_short(guardrail.candidate) + " against " + against + format_short(guardrail.production);
    if (beyond) {
      guardrail.message += ", beyond the limit " + format_short(guardrail.limit);
    } else if (significant) {
      guardrail.message += ", significantly worse over " + sessions + " (adjusted p = " + format_short(*guardrail.p, 2) + ")";
    } else if (unproved) {
      guardrail.message += ", not shown to be no worse" +
                           (check.p_proof ? ": p = " + format_short(*check.p_proof, 2) : std::string()) + " over " + sessions;
    } else if (!guardrail.p) {
      guardrail.message += ", descriptive: " + sessions;
    }
    if (check.to_prove) guardrail.p = check.p_proof;
    if (beyond || significant) {
      made.broken.push_back(guardrail.message);
    } else if (unproved) {
      made.unproved.push_back(guardrail.name);
    }
  }

  const ValidationSettings& validation_;
  LossTest test_;
  const Evaluation& evaluation_;
  const HoldoutLosses& holdout_;
  bool prove_;
  Status failure_;
  std::vector<Check> checks_;
};

}  // namespace

std::vector<Guardrail> ceilings(const ValidationSettings& validation, const HoldoutLosses& holdout) {
  std::vector<Guardrail> made;
  const auto& errors = holdout.errors;
  if (validation.max_mae) {
    made.push_back(ceiling("max_mae", errors.unscaled(mean_absolute(errors.candidate)), *validation.max_mae));
  }
  if (validation.max_rmse) {
    made.push_back(ceiling("max_rmse", errors.unscaled(root_mean_square(errors.candidate)), *validation.max_rmse));
  }
  return made;
}

Result<GuardrailReport> check_guardrails(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                                         const HoldoutLosses& holdout) {
  return Checker(validation, test, evaluation, holdout).run();
}

Slice recent_slice(const Evaluation& evaluation, const HoldoutLosses& holdout) {
  Slice slice;
  if (evaluation.recent.empty()) return slice;
  const std::unordered_set<std::string_view> recent(evaluation.recent.begin(), evaluation.recent.end());
  std::vector<bool> chosen;
  for (const auto& session : evaluation.sessions) chosen.push_back(recent.contains(session));
  for (std::uint32_t row = 0; row < holdout.rows.size(); ++row) {
    if (chosen[holdout.sessions[row]]) slice.push_back(row);
  }
  return slice;
}

}  // namespace retrain::evaluate
