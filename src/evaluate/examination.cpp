#include "examination.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <retrain/paired_tests.hpp>

#include "base/text.hpp"
#include "evaluation_check.hpp"
#include "gate_message.hpp"
#include "guardrails.hpp"

namespace retrain::evaluate {
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

class Examiner {
 public:
  Examiner(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation, const GateContext& context)
      : validation_(validation), test_(test), evaluation_(evaluation), level_(context.level) {
    GateReport& report = made_.report;
    report.level = level_;
    report.candidate_loss = report.production_loss = report.candidate_rmse = report.production_rmse = nan;
    report.relative_improvement = report.smallest_detectable_effect = nan;
    report.test = untested(test.name, 0);
  }

  Result<Examination> examine() {
    if (Status failed = check_settings(); !failed) return failed;
    if (candidate_broken() || production_broken()) return std::move(made_);
    if (!faulty_rows(evaluation_, evaluation_.anchor).empty()) flag("anchor_fault");
    auto holdout = holdout_losses(evaluation_, production_usable_);
    if (!holdout) return holdout.status();
    made_.holdout = std::move(*holdout);
    describe_losses();
    if (without_labels() || above_ceiling()) return std::move(made_);
    if (cold()) return end(GateVerdict::pass, "cold_start");
    if (Status failed = run_quick_test(); !failed) return failed;
    return std::move(made_);
  }

 private:
  Examination end(GateVerdict verdict, std::string reason, const std::string& detail = {}) {
    stop(verdict, std::move(reason), detail);
    return std::move(made_);
  }
  bool stop(GateVerdict verdict, std::string reason, const std::string& detail) {
    conclude(made_.report, verdict, std::move(reason), detail);
    made_.ended = true;
    return true;
  }
  void flag(std::string name) { add_flag(made_.report, std::move(name)); }
  // Without rows no model has predictions: that is no first model.
  bool cold() const { return evaluation_.rows() > 0 && (evaluation_.production.empty() || !production_usable_); }
  bool has_ceiling() const { return validation_.max_mae || validation_.max_rmse; }

  Status check_settings() const {
    if (!(level_ >= 0 && level_ < 1)) return invalid("level " + base::format_double(level_) + " is not from 0 to 1");
    const std::string loss = resolve_loss(evaluation_.loss, evaluation_.task);
    const auto rule = read_loss(loss);
    if (!rule) return rule.status();
    if (validation_.loss != "auto") {
      const auto asked = read_loss(validation_.loss);
      if (!asked) return asked.status();
      if (!(*asked == *rule)) {
        return invalid("validation.loss is " + validation_.loss + ", but the evaluation was made for " + base::printable(loss));
      }
    }
    const bool in_errors = has_ceiling() || validation_.mae_threshold > 0 || validation_.rmse_threshold > 0;
    if (in_errors && !rule->of_errors()) {
      return invalid("max_mae, max_rmse, mae_threshold and rmse_threshold are for the errors of a regression, here is " + loss +
                     " of the task " + std::string(to_string(evaluation_.task)));
    }
    if (validation_.rule == "legacy_all" && !rule->of_errors()) {
      return invalid("the rule legacy_all compares the MAE and RMSE of a regression, here is " + loss + " of the task " +
                     std::string(to_string(evaluation_.task)));
    }
    return {};
  }

  bool candidate_broken() {
    const auto rows = faulty_rows(evaluation_, evaluation_.candidate);
    if (rows.empty()) return false;
    return stop(GateVerdict::fail, "candidate_fault",
                "the candidate's " + what_is_given() + " is not finite in " + counted(rows.size(), "row") + ", first " +
                    name_rows(evaluation_, rows));
  }

  bool production_broken() {
    const auto rows = faulty_rows(evaluation_, evaluation_.production);
    if (rows.empty()) return false;
    if (validation_.on_production_fault == "ceilings") {
      production_usable_ = false;
      flag("production_fault");
      return false;
    }
    return stop(GateVerdict::inconclusive, "production_fault",
                "production's " + what_is_given() + " is not finite in " + counted(rows.size(), "row") + ", first " +
                    name_rows(evaluation_, rows));
  }

  std::string what_is_given() const { return evaluation_.loss == "given" ? "loss" : "prediction"; }

  void describe_losses() {
    const HoldoutLosses& holdout = made_.holdout;
    GateReport& report = made_.report;
    if (holdout.missing_labels > 0) flag("missing_labels=" + std::to_string(holdout.missing_labels));
    report.test = untested(test_.name, holdout.rows.size());
    if (holdout.rows.empty()) return;
    report.candidate_loss = holdout.primary.unscaled(mean_of(holdout.primary.candidate));
    if (holdout.has_errors()) report.candidate_rmse = holdout.errors.unscaled(root_mean_square(holdout.errors.candidate));
    if (cold()) return;
    report.production_loss = holdout.primary.unscaled(mean_of(holdout.primary.production));
    if (holdout.has_errors()) report.production_rmse = holdout.errors.unscaled(root_mean_square(holdout.errors.production));
  }

  // Where nothing is measured no label is missed.
  bool without_labels() {
    if (cold() && !has_ceiling()) return false;
    const std::size_t all = evaluation_.rows();
    if (made_.holdout.rows.empty()) {
      return stop(GateVerdict::inconclusive, "no_labelled_rows",
                  (all == 0 ? "there is no row to judge" : "none of " + counted(all, "row") + " has a label") +
                      std::string(cold() ? ", so no ceiling can be checked" : ""));
    }
    const double share = static_cast<double>(made_.holdout.missing_labels) / static_cast<double>(all);
    if (share <= validation_.max_missing_label_share) return false;
    return stop(GateVerdict::inconclusive, "not_ready",
                std::to_string(made_.holdout.missing_labels) + " of " + counted(all, "row") + " (" +
                    format_short(100 * share, 3) + " %) have no label, at most " +
                    format_short(100 * validation_.max_missing_label_share, 3) + " % may lack one");
  }

  bool above_ceiling() {
    made_.report.guardrails = ceilings(validation_, made_.holdout);
    for (const auto& guardrail : made_.report.guardrails) {
      if (!guardrail.passed) return stop(GateVerdict::fail, "ceiling", guardrail.message);
    }
    return false;
  }

  Status run_quick_test() {
    const HoldoutLosses& holdout = made_.holdout;
    GateReport& report = made_.report;
    if (test_.name == "two_way") {
      if (const Status whole = check_second_cluster(); !whole) return whole;
    }
    const ComparedRows rows(holdout, holdout.primary.candidate, holdout.primary.production);
    const auto differences = rows.differences();
    const auto quick = run_test(test_.quick(), differences, rows);
    if (!quick) return quick.status();
    if (std::all_of(differences.begin(), differences.end(), [](double d) { return d == 0; })) {
      report.test = {.test = test_.name, .rows = differences.size(), .clusters = quick->clusters, .df = quick->df};
      report.test.flags = {"identical"};
      report.relative_improvement = report.production_loss == 0 ? nan : 0;
      report.smallest_detectable_effect = 0;
      flag("identical");
      stop(GateVerdict::fail, "identical", "");
      return {};
    }
    if (quick->clusters < 2) {
      const auto by_row = paired_t_test(differences, rows.baseline());
      if (!by_row) return by_row.status();
      report_test(report, *by_row, holdout);
      report.p = 1;
      report.test.clusters = quick->clusters;
      flag("descriptive");
      stop(GateVerdict::inconclusive, "insufficient_clusters", too_few_clusters(*quick));
      return {};
    }
    report_test(report, *quick, holdout);
    made_.quick = *quick;
    flag_rows(*quick, rows, differences);
    report_power(*quick);
    not_testable(*quick);
    return {};
  }

  Status check_second_cluster() const {
    const auto& codes = evaluation_.second_cluster.codes;
    const auto none = std::find(codes.begin(), codes.end(), -1);
    if (none == codes.end()) return {};
    return invalid("row " + std::to_string(none - codes.begin() + 1) + " has no second cluster " +
                   base::printable(evaluation_.second_cluster.name) + ", which the test two_way needs");
  }

  void flag_rows(const PairedTest& quick, const ComparedRows& rows, const std::vector<double>& differences) {
    if (quick.clusters == quick.rows) flag("assumes_independent_rows");
    if (test_.diagnostic()) flag("diagnostic_only");
    const auto means = cluster_means(differences, rows.sessions);
    if (means && session_autocorrelation(*means) > dependent_sessions) flag("serial_dependence");
  }

  void report_power(const PairedTest& quick) {
    GateReport& report = made_.report;
    const double level = level_ > 0 ? level_ : GateContext{}.level;
    const double detectable = smallest_detectable_effect(quick, level);
    report.smallest_detectable_effect = made_.holdout.primary.unscaled(detectable);
    // The variance of folds does not fall with their number.
    if (quick.estimate < 0 && test_.name != "nadeau_bengio") {
      report.sessions_needed = sessions_needed(quick, quick.estimate, level);
    }
    if (validation_.mae_threshold > 0 && validation_.mae_threshold < report.smallest_detectable_effect)
      flag("threshold_below_mde");
  }

  std::string too_few_clusters(const PairedTest& quick) const {
    const auto least =
        std::max(validation_.min_clusters, has_flag(quick, "zero_variance") ? clusters_without_variance : std::size_t{2});
    return counted(quick.rows, "row") + " in " + counted(quick.clusters, test_.by_row() ? "row" : "session") + ", at least " +
           std::to_string(least) + " are needed";
  }

  // No verdict on the difference is possible: sessions too few or too uneven.
  void not_testable(const PairedTest& quick) {
    const std::string sessions = counted(quick.clusters, test_.by_row() ? "row" : "session");
    if (quick.clusters < validation_.min_clusters ||
        (quick.clusters < clusters_without_variance && has_flag(quick, "zero_variance"))) {
      stop(GateVerdict::inconclusive, "insufficient_clusters", too_few_clusters(quick));
    } else if (has_flag(quick, "insufficient")) {
      stop(GateVerdict::inconclusive, "insufficient_clusters", sessions + " are too few for the test " + test_.name);
    } else if (test_.df_of_spread() && quick.df < validation_.min_df - df_tolerance) {
      const std::string too_few =
          format_short(quick.df, 3) + " degrees of freedom of at least " + format_short(validation_.min_df, 3);
      const bool by_count = static_cast<double>(quick.clusters - 1) < validation_.min_df - df_tolerance;
      if (by_count) {
        stop(GateVerdict::inconclusive, "insufficient_clusters", sessions + " give " + too_few);
      } else {
        stop(GateVerdict::inconclusive, "dominated_by", dominating_session() + ", which leaves " + too_few);
      }
    }
  }

  std::string dominating_session() const {
    const HoldoutLosses& holdout = made_.holdout;
    std::vector<std::size_t> counts(evaluation_.sessions.size());
    for (const auto session : holdout.sessions) ++counts[session];
    const auto largest = std::max_element(counts.begin(), counts.end());
    const double share = static_cast<double>(*largest) / static_cast<double>(holdout.rows.size());
    return "session " + base::printable(evaluation_.sessions[static_cast<std::size_t>(largest - counts.begin())]) + " has " +
           format_short(100 * share, 3) + " % of the rows";
  }

  const ValidationSettings& validation_;
  const LossTest& test_;
  const Evaluation& evaluation_;
  double level_;
  bool production_usable_ = true;
  Examination made_;
};

}  // namespace

Result<Examination> examine(const ValidationSettings& validation, const LossTest& test, const Evaluation& evaluation,
                            const GateContext& context) {
  return Examiner(validation, test, evaluation, context).examine();
}

void report_test(GateReport& report, const PairedTest& test, const HoldoutLosses& holdout) {
  report.test = scaled(test, -holdout.primary.exponent);
  report.p = p_better(test);
  for (const auto& name : test.flags) add_flag(report, name);
  const double production = std::abs(mean_of(holdout.primary.production));
  report.relative_improvement = production > 0 ? -test.estimate / production : nan;
}

void conclude(GateReport& report, GateVerdict verdict, std::string reason, const std::string& detail) {
  report.verdict = verdict;
  report.reason = std::move(reason);
  report.message = describe(report, detail);
}

void add_flag(GateReport& report, std::string name) {
  if (std::find(report.flags.begin(), report.flags.end(), name) == report.flags.end()) report.flags.push_back(std::move(name));
}

}  // namespace retrain::evaluate
