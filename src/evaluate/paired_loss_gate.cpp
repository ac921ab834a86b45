#include <algorithm>
#include <cmath>
#include <retrain/gate.hpp>
#include <retrain/paired_tests.hpp>

#include "base/text.hpp"
#include "claims.hpp"
#include "evaluation_check.hpp"
#include "examination.hpp"
#include "gate_message.hpp"
#include "guardrails.hpp"
#include "loss_gate.hpp"

namespace retrain {

namespace evaluate {
namespace {

using base::format_short;

Status invalid(std::string message) {
  return {StatusCode::invalid_argument, std::move(message)};
}

Status check_choice(const char* key, const std::string& value, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return invalid(std::string(key) + " '" + base::printable(value) + "' is none of " + base::join(choices, ", "));
}

Status check_not_negative(const char* key, double value) {
  if (value >= 0 && std::isfinite(value)) return {};
  return invalid(std::string(key) + " " + base::format_double(value) + " is not a number from 0 up");
}

Status check_share(const char* key, double value) {
  if (value >= 0 && value <= 1) return {};
  return invalid(std::string(key) + " " + base::format_double(value) + " is not from 0 to 1");
}

Status check_loss(const std::string& loss) {
  if (loss == "auto") return {};
  const auto rule = read_loss(loss);
  return rule ? Status{} : rule.status().within("validation.loss");
}

// What is looked at once the rows can tell something; the first verdict that applies ends it.
class Evidence {
 public:
  Evidence(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation, const GateContext& context,
           Examination& examined)
      : validation_(validation),
        test_(test),
        evaluation_(evaluation),
        by_e_value_(context.level_rule == "elond"),
        examined_(examined),
        report_(examined.report) {}

  Result<GateReport> judge() {
    if (examined_.quick && !test_.has_df()) {
      if (const Status failed = run_slow_test(); !failed) return failed;
    }
    if (examined_.ended) return report_;
    if (by_e_value_) {
      if (const Status failed = weigh_by_e_value(); !failed) return failed;
    }
    if (report_.test.estimate >= 0) return end(GateVerdict::fail, "not_better");
    auto guardrails = check_guardrails(validation_, test_, evaluation_, examined_.holdout);
    if (!guardrails) return guardrails.status();
    for (auto& guardrail : guardrails->guardrails) report_.guardrails.push_back(std::move(guardrail));
    if (!guardrails->broken.empty()) return end(GateVerdict::fail, "guardrail", base::join(guardrails->broken, "; "));
    const auto claims = check_claims(validation_, test_, evaluation_, examined_.holdout);
    if (!claims) return claims.status();
    if (validation_.rule == "legacy_all") report_.p = largest_p(*claims);
    for (const Claim& claim : *claims) {
      if (!claim.observed()) return end(GateVerdict::fail, "below_minimum_effect", shortfall(claim));
    }
    return weigh(*claims, guardrails->unproved);
  }

 private:
  // e-LOND rejects when e ≥ 1/level: 1/e stands where else p does.
  Status weigh_by_e_value() {
    const HoldoutLosses& holdout = examined_.holdout;
    const ComparedRows rows(holdout, holdout.primary.candidate, holdout.primary.production);
    auto better = rows.differences();
    if (!test_.by_row()) {
      auto means = cluster_means(better, rows.sessions);
      if (!means) return means.status();
      better = std::move(*means);
    }
    for (double& value : better) value = -value;
    report_.p = std::min(1.0, std::exp(-log_e_value_greater(better)));
    add_flag(report_, "e_value");
    return {};
  }

  // Flips, ranks and resamples, now that they are needed; the power stays that of the quick test of the same clusters.
  Status run_slow_test() {
    const HoldoutLosses& holdout = examined_.holdout;
    const auto test = run_test(test_, ComparedRows(holdout, holdout.primary.candidate, holdout.primary.production));
    if (!test) return test.status();
    report_test(report_, *test, holdout);
    return {};
  }

  GateReport& end(GateVerdict verdict, std::string reason, const std::string& detail = {}) {
    conclude(report_, verdict, std::move(reason), detail);
    return report_;
  }

  GateReport& weigh(const std::vector<Claim>& claims, const std::vector<std::string>& unproved) {
    if (test_.diagnostic()) {
      return end(GateVerdict::inconclusive, "diagnostic_test", "the test " + test_.name + " does not test the mean loss");
    }
    if (report_.level == 0) {
      return end(GateVerdict::inconclusive, "holdout_exhausted", "no level is left to test at: fresh sessions are needed");
    }
    for (const Claim& claim : claims) {
      if (!claim.p || *claim.p <= report_.level) continue;
      const std::string beyond = claim.threshold > 0 ? " by more than " + format_short(claim.threshold) : "";
      return end(GateVerdict::inconclusive, "not_significant",
                 "that " + claim.name + " improves" + beyond + " is not proven (p = " + format_short(*claim.p, 2) + ")");
    }
    if (report_.p > report_.level) return end(GateVerdict::inconclusive, "not_significant");
    if (!unproved.empty()) {
      return end(GateVerdict::inconclusive, "not_proved", "not shown to be no worse: " + base::join(unproved, ", "));
    }
    return end(GateVerdict::pass, "better");
  }

  static std::string shortfall(const Claim& claim) {
    const auto [improvement, threshold] = told_apart(claim.improvement, claim.threshold, false);
    return claim.name + " improves by " + improvement + ", not by more than the " + threshold + " asked";
  }

  double largest_p(const std::vector<Claim>& claims) const {
    std::optional<double> largest;
    for (const Claim& claim : claims) {
      if (claim.p) largest = std::max(largest.value_or(0), *claim.p);
    }
    return largest.value_or(report_.p);
  }

  const ValidationSettings& validation_;
  const LossTest& test_;
  const Evaluation& evaluation_;
  bool by_e_value_;
  Examination& examined_;
  GateReport& report_;
};

}  // namespace

Status check_validation(const ValidationSettings& validation) {
  for (const Status& status :
       {check_loss(validation.loss), check_choice("validation.anchor", validation.anchor, {"first_stable", "none"}),
        check_choice("validation.rule", validation.rule, {"primary", "legacy_all"}),
        check_choice("validation.margin_mode", validation.margin_mode, {"observed", "confident"}),
        check_choice("validation.guardrail", validation.guardrail, {"deterioration", "prove"}),
        check_choice("validation.on_production_fault", validation.on_production_fault, {"hold", "ceilings"}),
        check_not_negative("validation.mae_threshold", validation.mae_threshold),
        check_not_negative("validation.rmse_threshold", validation.rmse_threshold),
        check_not_negative("validation.rmse_margin", validation.rmse_margin),
        check_not_negative("validation.recent_margin", validation.recent_margin),
        check_not_negative("validation.bias_margin", validation.bias_margin.value_or(0)),
        check_not_negative("validation.min_df", validation.min_df),
        check_not_negative("validation.max_mae", validation.max_mae.value_or(0)),
        check_not_negative("validation.max_rmse", validation.max_rmse.value_or(0)),
        check_share("validation.max_missing_label_share", validation.max_missing_label_share)}) {
    if (!status) return status;
  }
  if (validation.min_clusters < 2)
    return invalid("validation.min_clusters " + std::to_string(validation.min_clusters) + " is below 2");
  if (validation.horizon < 1) return invalid("validation.horizon 0 is below 1");
  return {};
}

Result<JudgedLosses> judge_losses(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                                  const GateContext& context) {
  if (const Status shape = check_shape(evaluation); !shape) return shape;
  if (const Status keys = check_keys(evaluation, validation.allow_duplicates); !keys) return keys;
  auto examined = examine(validation, test, evaluation, context);
  if (!examined) return examined.status();
  auto report = Evidence(validation, test, evaluation, context, *examined).judge();
  if (!report) return report.status();
  return JudgedLosses{std::move(*report), std::move(examined->holdout)};
}

}  // namespace evaluate

namespace {

class PairedLossGate final : public Gate {
 public:
  explicit PairedLossGate(ValidationSettings validation)
      : validation_(std::move(validation)), test_{.name = validation_.test, .horizon = validation_.horizon} {}

  PartId id() const override { return {"paired_loss_gate", "2"}; }

  bool needs_level(const Evaluation& evaluation) const override {
    // What cannot be judged spends nothing.
    if (!evaluate::check_shape(evaluation) || !evaluate::check_keys(evaluation, validation_.allow_duplicates)) return false;
    const auto examined = evaluate::examine(validation_, test_, evaluation, {});
    return examined && !examined->ended;
  }

  Result<GateReport> judge(const Evaluation& evaluation, const GateContext& context) const override {
    auto judged = evaluate::judge_losses(validation_, test_, evaluation, context);
    if (!judged) return judged.status();
    return std::move(judged->report);
  }

 private:
  ValidationSettings validation_;
  evaluate::LossTest test_;
};

Status check_test(const std::string& test) {
  if (test == "wilcoxon" || test == "sign") {
    return {StatusCode::invalid_argument,
            "validation.test " + test +
                " cannot promote: it does not test the mean loss, and calls a candidate better whose "
                "mean is worse; `retrain judge --test " +
                test + "` computes it"};
  }
  if (test == "nadeau_bengio") {
    return {StatusCode::invalid_argument,
            "validation.test nadeau_bengio compares recipes on cross-validation folds, not two models on one holdout; "
            "`retrain judge --test nadeau_bengio` computes it"};
  }
  std::vector<std::string> choices;
  for (const auto& name : evaluate::test_names()) {
    if (name == test) return {};
    if (name != "wilcoxon" && name != "sign" && name != "nadeau_bengio") choices.push_back(name);
  }
  return {StatusCode::invalid_argument,
          "validation.test '" + base::printable(test) + "' is none of " + base::join(choices, ", ")};
}

}  // namespace

Result<std::shared_ptr<Gate>> make_gate(const ValidationSettings& validation) {
  if (const Status known = check_test(validation.test); !known) return known;
  if (const Status settings = evaluate::check_validation(validation); !settings) return settings;
  return std::shared_ptr<Gate>(std::make_shared<PairedLossGate>(validation));
}

}  // namespace retrain
