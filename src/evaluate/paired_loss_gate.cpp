#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/gate.hpp>

#include "base/text.hpp"
#include "evaluation_check.hpp"
#include "gate_message.hpp"
#include "guardrails.hpp"
#include "holdout_losses.hpp"

namespace retrain {
namespace {

using base::format_short;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double df_tolerance = 1e-9;
// Without any spread between sessions the p-value is 0 for any number of them: then this many are asked, whatever is configured.
constexpr std::size_t clusters_without_variance = 5;

// Above this lag-1 autocorrelation the sessions are not independent and p is too small.
constexpr double dependent_sessions = 0.3;

Status invalid(std::string message) {
  return {StatusCode::invalid_argument, std::move(message)};
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// The verdicts in the order in which they are looked for; the first that applies ends the judgement.
class Judgement {
 public:
  Judgement(const ValidationSettings& validation, const Evaluation& evaluation, const GateContext& context)
      : validation_(validation), evaluation_(evaluation), level_(context.level) {
    report_.level = context.level;
    report_.candidate_loss = report_.production_loss = report_.candidate_rmse = report_.production_rmse = nan;
    report_.smallest_detectable_effect = nan;
  }

  Result<GateReport> judge() {
    if (Status failed = check_settings(); !failed) return failed;
    if (found_fault()) return report_;
    auto holdout = evaluate::holdout_losses(evaluation_);
    if (!holdout) return holdout.status();
    holdout_ = std::move(*holdout);
    describe_losses();
    if (above_ceiling()) return report_;
    if (evaluation_.production.empty()) return end(GateVerdict::pass, "cold_start");
    if (holdout_.rows.empty()) return end(GateVerdict::inconclusive, "no_labelled_rows", no_rows_message());
    if (Status failed = run_test(); !failed) return failed;
    if (not_testable()) return report_;
    if (report_.test.estimate >= 0) return end(GateVerdict::fail, "not_better");
    auto guardrails = evaluate::deterioration(validation_, evaluation_, holdout_);
    if (!guardrails) return guardrails.status();
    if (below_guardrail(std::move(*guardrails)) || below_minimum_effect()) return report_;
    if (level_ == 0)
      return end(GateVerdict::inconclusive, "holdout_exhausted", "no level is left to test at: fresh sessions are needed");
    if (report_.p > level_) return end(GateVerdict::inconclusive, "not_significant");
    return end(GateVerdict::pass, "better");
  }

 private:
  GateReport& end(GateVerdict verdict, std::string reason, const std::string& detail = {}) {
    report_.verdict = verdict;
    report_.reason = std::move(reason);
    report_.message = evaluate::describe(report_, detail);
    return report_;
  }

  void flag(std::string name) {
    if (std::find(report_.flags.begin(), report_.flags.end(), name) == report_.flags.end())
      report_.flags.push_back(std::move(name));
  }

  Status check_settings() const {
    if (!(level_ >= 0 && level_ < 1)) return invalid("level " + base::format_double(level_) + " is not from 0 to 1");
    if (validation_.loss != "auto" && validation_.loss != resolve_loss(evaluation_.loss, evaluation_.task)) {
      return invalid("validation.loss is " + validation_.loss + ", but the evaluation was made for " +
                     base::printable(evaluation_.loss));
    }
    const bool in_errors =
        validation_.max_mae || validation_.max_rmse || validation_.mae_threshold > 0 || validation_.rmse_threshold > 0;
    if (in_errors && evaluation_.task != Task::regression) {
      return invalid("max_mae, max_rmse, mae_threshold and rmse_threshold are for regression, the task is " +
                     std::string(to_string(evaluation_.task)));
    }
    return {};
  }

  bool found_fault() {
    if (const auto rows = evaluate::faulty_rows(evaluation_, evaluation_.candidate); !rows.empty()) {
      end(GateVerdict::fail, "candidate_fault",
          "the candidate's prediction is not finite in " + counted(rows.size(), "row") + ", first " +
              evaluate::name_rows(evaluation_, rows));
      return true;
    }
    if (const auto rows = evaluate::faulty_rows(evaluation_, evaluation_.production); !rows.empty()) {
      end(GateVerdict::inconclusive, "production_fault",
          "production's prediction is not finite in " + counted(rows.size(), "row") + ", first " +
              evaluate::name_rows(evaluation_, rows));
      return true;
    }
    if (!evaluate::faulty_rows(evaluation_, evaluation_.anchor).empty()) flag("anchor_fault");
    return false;
  }

  std::string no_rows_message() const { return "none of " + counted(evaluation_.rows(), "row") + " has a label"; }

  void describe_losses() {
    if (holdout_.missing_labels > 0) flag("missing_labels=" + std::to_string(holdout_.missing_labels));
    if (holdout_.rows.empty()) return;
    const auto everything = holdout_.everything();
    const auto& primary = holdout_.primary;
    report_.candidate_loss = mean_loss(primary, primary.candidate, everything);
    if (holdout_.has_errors())
      report_.candidate_rmse = root_mean_square(holdout_.squared, holdout_.squared.candidate, everything);
    if (evaluation_.production.empty()) return;
    report_.production_loss = mean_loss(primary, primary.production, everything);
    if (holdout_.has_errors())
      report_.production_rmse = root_mean_square(holdout_.squared, holdout_.squared.production, everything);
  }

  bool above_ceiling() {
    if (holdout_.rows.empty() && (validation_.max_mae || validation_.max_rmse)) {
      end(GateVerdict::inconclusive, "no_labelled_rows", no_rows_message() + ", so no ceiling can be checked");
      return true;
    }
    report_.guardrails = evaluate::ceilings(validation_, holdout_);
    for (const auto& guardrail : report_.guardrails) {
      if (guardrail.passed) continue;
      end(GateVerdict::fail, "ceiling", guardrail.message);
      return true;
    }
    return false;
  }

  Status run_test() {
    const auto test =
        evaluate::test_slice(validation_.test, holdout_, holdout_.primary, holdout_.primary.production, holdout_.everything());
    if (!test) return test.status();
    report_.test = *test;
    for (const auto& name : test->flags) flag(name);
    if (validation_.test == "paired_t") flag("assumes_independent_rows");
    if (evaluate::session_autocorrelation(holdout_) > dependent_sessions) flag("serial_dependence");
    if (!std::isnan(test->p_less)) report_.p = std::max(test->p_less, test->p_hall_less.value_or(0));
    if (report_.production_loss > 0) report_.relative_improvement = -test->estimate / report_.production_loss;
    const double level = level_ > 0 ? level_ : GateContext{}.level;
    report_.smallest_detectable_effect = smallest_detectable_effect(*test, level);
    if (test->estimate < 0) report_.sessions_needed = sessions_needed(*test, test->estimate, level);
    const double detectable = report_.smallest_detectable_effect;
    if (validation_.mae_threshold > 0 && validation_.mae_threshold < detectable) flag("threshold_below_mde");
    return {};
  }

  // No verdict on the difference is possible: the same model, or sessions too few or too uneven.
  bool not_testable() {
    const PairedTest& test = report_.test;
    const auto has = [&](std::string_view name) {
      return std::find(test.flags.begin(), test.flags.end(), name) != test.flags.end();
    };
    if (has("identical")) {
      end(GateVerdict::fail, "identical");
      return true;
    }
    const std::string unit = test.test == "paired_t" ? "row" : "session";
    const auto needed = std::max(validation_.min_clusters, has("zero_variance") ? clusters_without_variance : std::size_t{2});
    if (test.clusters < needed) {
      end(GateVerdict::inconclusive, "insufficient_clusters",
          counted(test.rows, "row") + " in " + counted(test.clusters, unit) + ", at least " + std::to_string(needed) +
              " are needed");
      return true;
    }
    if (test.df >= validation_.min_df - df_tolerance) return false;
    const std::string too_few =
        format_short(test.df, 3) + " degrees of freedom of at least " + format_short(validation_.min_df, 3);
    if (static_cast<double>(test.clusters - 1) < validation_.min_df - df_tolerance) {
      end(GateVerdict::inconclusive, "insufficient_clusters", counted(test.clusters, unit) + " give " + too_few);
    } else {
      end(GateVerdict::inconclusive, "dominated_by", dominating_session() + ", which leaves " + too_few);
    }
    return true;
  }

  std::string dominating_session() const {
    std::vector<std::size_t> counts(evaluation_.sessions.size());
    for (const auto session : holdout_.sessions) ++counts[session];
    const auto largest = std::max_element(counts.begin(), counts.end());
    const double share = static_cast<double>(*largest) / static_cast<double>(holdout_.rows.size());
    return "session " + base::printable(evaluation_.sessions[static_cast<std::size_t>(largest - counts.begin())]) + " has " +
           format_short(100 * share, 3) + " % of the rows";
  }

  bool below_guardrail(std::vector<Guardrail> guardrails) {
    std::vector<std::string> broken;
    for (auto& guardrail : guardrails) {
      if (!guardrail.passed) broken.push_back(guardrail.message);
      report_.guardrails.push_back(std::move(guardrail));
    }
    if (broken.empty()) return false;
    end(GateVerdict::fail, "guardrail", base::join(broken, "; "));
    return true;
  }

  bool below_minimum_effect() {
    const auto short_of = [&](const char* name, double improvement, double threshold) {
      if (!(threshold > 0) || improvement > threshold) return false;
      end(GateVerdict::fail, "below_minimum_effect",
          std::string(name) + " improves by " + format_short(improvement) + ", not by more than the " + format_short(threshold) +
              " asked");
      return true;
    };
    const auto everything = holdout_.everything();
    const auto& absolute = holdout_.absolute;
    return short_of("mae",
                    validation_.mae_threshold > 0 ? mean_loss(absolute, absolute.production, everything) -
                                                        mean_loss(absolute, absolute.candidate, everything)
                                                  : 0,
                    validation_.mae_threshold) ||
           short_of("rmse", report_.production_rmse - report_.candidate_rmse, validation_.rmse_threshold);
  }

  const ValidationSettings& validation_;
  const Evaluation& evaluation_;
  double level_;
  evaluate::HoldoutLosses holdout_;
  GateReport report_;
};

class PairedLossGate final : public Gate {
 public:
  explicit PairedLossGate(ValidationSettings validation) : validation_(std::move(validation)) {}

  PartId id() const override { return {"paired_loss_gate", "1"}; }

  Result<GateReport> judge(const Evaluation& evaluation, const GateContext& context) const override {
    if (const Status shape = evaluate::check_shape(evaluation); !shape) return shape;
    if (const Status keys = evaluate::check_keys(evaluation); !keys) return keys;
    return Judgement(validation_, evaluation, context).judge();
  }

 private:
  ValidationSettings validation_;
};

Status check_choice(const char* key, const std::string& value, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return invalid(std::string(key) + " '" + base::printable(value) + "' is none of " + base::join(choices, ", "));
}

Status check_not_negative(const char* key, double value) {
  if (value >= 0 && std::isfinite(value)) return {};
  return invalid(std::string(key) + " " + base::format_double(value) + " is not a number from 0 up");
}

}  // namespace

Result<std::shared_ptr<Gate>> make_gate(const ValidationSettings& validation) {
  for (const Status& status : {check_choice("validation.test", validation.test, {"cluster_t", "paired_t", "cluster_means_t"}),
                               check_choice("validation.loss", validation.loss,
                                            {"auto", "absolute_error", "squared_error", "log_loss", "zero_one", "brier"}),
                               check_choice("validation.anchor", validation.anchor, {"first_stable", "none"}),
                               check_not_negative("validation.mae_threshold", validation.mae_threshold),
                               check_not_negative("validation.rmse_threshold", validation.rmse_threshold),
                               check_not_negative("validation.rmse_margin", validation.rmse_margin),
                               check_not_negative("validation.recent_margin", validation.recent_margin),
                               check_not_negative("validation.min_df", validation.min_df),
                               check_not_negative("validation.max_mae", validation.max_mae.value_or(0)),
                               check_not_negative("validation.max_rmse", validation.max_rmse.value_or(0))}) {
    if (!status) return status;
  }
  if (validation.min_clusters < 2)
    return invalid("validation.min_clusters " + std::to_string(validation.min_clusters) + " is below 2");
  return std::shared_ptr<Gate>(std::make_shared<PairedLossGate>(validation));
}

}  // namespace retrain
