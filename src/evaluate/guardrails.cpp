#include "guardrails.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/text.hpp"

namespace retrain::evaluate {
namespace {

using base::format_short;

constexpr double family_level = 0.05;

Guardrail ceiling(const std::string& name, double candidate, double limit) {
  Guardrail guardrail{.name = name, .passed = candidate <= limit, .candidate = candidate, .limit = limit};
  guardrail.message = name.substr(4) + " " + format_short(candidate) +
                      (guardrail.passed ? " is within " : " is above the ceiling ") + format_short(limit);
  return guardrail;
}

/// A guardrail under construction: p is raw until the family is adjusted.
struct Check {
  Guardrail guardrail;
  std::size_t sessions = 0;
};

// Fills in p where the slice has enough sessions for one.
Status measure(Check& check, const std::string& test, const HoldoutLosses& holdout, const LossColumns& columns,
               const std::vector<double>& reference, const Slice& slice) {
  check.guardrail.candidate = mean_loss(columns, columns.candidate, slice);
  check.guardrail.production = mean_loss(columns, reference, slice);
  check.guardrail.limit = check.guardrail.production;
  check.sessions = count_sessions(holdout, slice);
  if (check.sessions < sessions_for_a_test) return {};
  const auto result = test_slice(test, holdout, columns, reference, slice);
  if (!result) return result.status();
  check.guardrail.p = result->p_greater;
  return {};
}

Slice recent_slice(const Evaluation& evaluation, const HoldoutLosses& holdout) {
  const std::unordered_set<std::string_view> recent(evaluation.recent.begin(), evaluation.recent.end());
  Slice slice;
  for (std::uint32_t row = 0; row < holdout.rows.size(); ++row) {
    if (recent.contains(evaluation.sessions[holdout.sessions[row]])) slice.push_back(row);
  }
  return slice;
}

std::vector<Slice> segment_slices(const SegmentColumn& segment, const HoldoutLosses& holdout) {
  std::vector<Slice> slices(segment.dictionary.size());
  for (std::uint32_t row = 0; row < holdout.rows.size(); ++row) {
    const auto code = segment.codes[holdout.rows[row]];
    if (code >= 0) slices[static_cast<std::size_t>(code)].push_back(row);
  }
  return slices;
}

void adjust_family(std::vector<Check>& checks) {
  std::vector<double> family;
  for (const auto& check : checks) {
    if (check.guardrail.p) family.push_back(*check.guardrail.p);
  }
  const auto adjusted = holm_adjust(family);
  auto next = adjusted.begin();
  for (auto& check : checks) {
    if (check.guardrail.p) check.guardrail.p = *next++;
  }
}

void decide(Check& check) {
  Guardrail& guardrail = check.guardrail;
  const std::string against = guardrail.name == "anchor" ? "the anchor's " : "production's ";
  const std::string values = format_short(guardrail.candidate) + " against " + against + format_short(guardrail.production);
  const bool bounded = guardrail.name == "rmse" || guardrail.name == "recent";
  const bool beyond = bounded && guardrail.candidate > guardrail.limit;
  const bool significant = guardrail.p && *guardrail.p <= family_level && guardrail.candidate > guardrail.production;
  guardrail.passed = !beyond && !significant;
  const std::string sessions = std::to_string(check.sessions) + (check.sessions == 1 ? " session" : " sessions");
  if (beyond) {
    guardrail.message = guardrail.name + " " + values + ", beyond the limit " + format_short(guardrail.limit);
  } else if (significant) {
    guardrail.message = guardrail.name + " " + values + ", significantly worse over " + sessions +
                        " (adjusted p = " + format_short(*guardrail.p, 2) + ")";
  } else {
    guardrail.message = guardrail.name + " " + values + (guardrail.p ? "" : ", descriptive: " + sessions);
  }
}

}  // namespace

std::vector<Guardrail> ceilings(const ValidationSettings& validation, const HoldoutLosses& holdout) {
  std::vector<Guardrail> made;
  const Slice everything = holdout.everything();
  if (validation.max_mae) {
    made.push_back(ceiling("max_mae", mean_loss(holdout.absolute, holdout.absolute.candidate, everything), *validation.max_mae));
  }
  if (validation.max_rmse) {
    made.push_back(
        ceiling("max_rmse", root_mean_square(holdout.squared, holdout.squared.candidate, everything), *validation.max_rmse));
  }
  return made;
}

Result<std::vector<Guardrail>> deterioration(const ValidationSettings& validation, const Evaluation& evaluation,
                                             const HoldoutLosses& holdout) {
  std::vector<Check> checks;
  Status failure;
  const auto add = [&](std::string name, const LossColumns& columns, const std::vector<double>& reference, const Slice& slice) {
    checks.push_back({.guardrail = {.name = std::move(name)}});
    if (failure.ok()) failure = measure(checks.back(), validation.test, holdout, columns, reference, slice);
  };

  if (holdout.has_errors()) {
    add("rmse", holdout.squared, holdout.squared.production, holdout.everything());
    Guardrail& rmse = checks.back().guardrail;
    rmse.candidate = root_mean_square(holdout.squared, holdout.squared.candidate, holdout.everything());
    rmse.production = root_mean_square(holdout.squared, holdout.squared.production, holdout.everything());
    rmse.limit = rmse.production * (1 + validation.rmse_margin);
  }
  const Slice recent = recent_slice(evaluation, holdout);
  if (!recent.empty()) {
    add("recent", holdout.primary, holdout.primary.production, recent);
    checks.back().guardrail.limit = checks.back().guardrail.production * (1 + validation.recent_margin);
  }
  if (validation.anchor != "none" && !holdout.primary.anchor.empty()) {
    add("anchor", holdout.primary, holdout.primary.anchor, holdout.everything());
  }
  for (const auto& segment : evaluation.segments) {
    const auto slices = segment_slices(segment, holdout);
    for (std::size_t value = 0; value < slices.size(); ++value) {
      if (slices[value].empty()) continue;
      const std::string name = "segment " + base::printable(segment.name) + "=" + base::printable(segment.dictionary[value]);
      add(name, holdout.primary, holdout.primary.production, slices[value]);
    }
  }
  if (!failure.ok()) return failure;

  adjust_family(checks);
  std::vector<Guardrail> made;
  for (auto& check : checks) {
    decide(check);
    made.push_back(std::move(check.guardrail));
  }
  return made;
}

}  // namespace retrain::evaluate
