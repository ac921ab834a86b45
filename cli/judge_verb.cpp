// judge: gate and comparator on a file of predictions or losses, without configuration and state.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <retrain/evaluation_csv.hpp>
#include <retrain/judgement.hpp>

#include "invocation.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct JudgeOptions {
  std::string file;
  EvaluationColumns columns;
  ValidationSettings validation;
  ComparisonSettings comparison;
  double level = GateContext{}.level;
  double test_train_ratio = 0;
  std::vector<std::string> selected_on;
};

std::string brief(double value, int digits = 4) {
  if (std::isnan(value)) return "-";
  char text[48];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string share_of(double value, double whole) {
  if (!std::isfinite(value / std::abs(whole))) return "";
  return " (" + brief(100 * value / std::abs(whole), 2) + " %)";
}

/// What is known, a line each; what does not exist is left out.
std::vector<std::vector<std::string>> statistics(const Judgement& judgement, const std::string& loss) {
  const GateReport& gate = judgement.gate;
  const PairedTest& test = gate.test;
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name, const std::string& value) { rows.push_back({"  " + name, value}); };
  const auto both = [&](const std::string& name, double candidate, double production) {
    if (std::isnan(candidate)) return;
    add(name, brief(candidate) + (std::isnan(production) ? "" : " against " + brief(production)));
  };
  both(loss, gate.candidate_loss, gate.production_loss);
  both("rmse", gate.candidate_rmse, gate.production_rmse);
  add("rows",
      std::to_string(test.rows) +
          (test.clusters > 0 ? " in " + std::to_string(test.clusters) + (test.clusters == 1 ? " session" : " sessions") : ""));
  if (!std::isnan(test.estimate)) {
    add("mean difference", brief(test.estimate) + share_of(test.estimate, gate.production_loss) +
                               (std::isnan(test.lower) ? "" : ", 95 % " + brief(test.lower) + " to " + brief(test.upper)));
  }
  if (!std::isnan(test.p_less)) {
    const std::string t = std::isnan(test.t) ? "" : ", t = " + brief(test.t);
    add("test", test.test + t + (std::isnan(test.df) ? "" : ", df = " + brief(test.df, 3)));
    add("p", brief(gate.p, 3) + " at level " + brief(gate.level, 3) + ", two-sided " + brief(test.p_two_sided, 3));
  }
  if (gate.smallest_detectable_effect > 0) {
    add("could be seen",
        brief(gate.smallest_detectable_effect, 2) + share_of(gate.smallest_detectable_effect, gate.production_loss) +
            (gate.sessions_needed > 0 ? ", this one with " + std::to_string(gate.sessions_needed) + " sessions" : ""));
  }
  for (std::size_t i = 0; i < gate.flags.size(); ++i) add(i == 0 ? "flags" : "", gate.flags[i]);
  return rows;
}

std::string as_text(const Invocation& invocation, const Judgement& judgement, const std::string& loss) {
  const bool passed = judgement.verdict == GateVerdict::pass;
  std::string text = invocation.console.coloured(judgement.message, passed ? Tone::good : Tone::bad) + "\n\n" +
                     aligned(statistics(judgement, loss));
  if (judgement.gate.guardrails.empty()) return text;
  std::vector<std::vector<std::string>> rows = {{"  GUARDRAIL", "", "CANDIDATE", "PRODUCTION", "LIMIT", "P"}};
  for (const Guardrail& guardrail : judgement.gate.guardrails) {
    rows.push_back({"  " + std::string(clipped(guardrail.name, 32)), guardrail.passed ? "ok" : "NO", brief(guardrail.candidate),
                    guardrail.name.starts_with("max_") ? "" : brief(guardrail.production), brief(guardrail.limit),
                    guardrail.p ? brief(*guardrail.p, 2) : "-"});
  }
  return text + "\n" + aligned(rows);
}

Result<int> judge_file(Invocation& invocation, const JudgeOptions& options) {
  auto evaluation = read_evaluation_csv(options.file, options.columns);
  if (!evaluation) return evaluation.status();
  evaluation->selection_sessions = options.selected_on;
  ValidationSettings validation = options.validation;
  validation.p_value_threshold = 2 * options.level;
  const auto judgement = judge(*evaluation, validation, options.comparison, {.level = options.level}, options.test_train_ratio);
  if (!judgement) return judgement.status();
  const std::string loss = evaluation->loss == "given" ? "loss" : evaluation->loss;
  invocation.print(as_text(invocation, *judgement, loss), to_json(*judgement));
  if (judgement->verdict == GateVerdict::pass) return exit_done;
  return judgement->reason == "not_ready" ? exit_data_not_ready : exit_rejected;
}

CLI::Validator number_from(double lowest, double below, const std::string& what) {
  return {[=](std::string& text) {
            double value = 0;
            const bool read = CLI::detail::lexical_cast(text, value);
            return read && std::isfinite(value) && value >= lowest && value < below ? std::string()
                                                                                    : "'" + text + "' is not " + what;
          },
          "", ""};
}

constexpr double no_bound = 1e308;

}  // namespace

void add_judge_verb(CLI::App& app, Action& chosen) {
  CLI::App* judging = app.add_subcommand("judge", "judge a candidate by a CSV file of predictions or losses; needs no state");
  const auto options = std::make_shared<JudgeOptions>();
  judging->add_option("FILE", options->file, "columns actual, candidate, production, or loss_candidate, loss_production")
      ->required();
  judging
      ->add_option("--loss", options->columns.loss,
                   "absolute_error (default), squared_error, pinball(0.9), log_loss, brier or zero_one")
      ->type_name("LOSS");
  CLI::Option* session =
      judging->add_option("--session", options->columns.session, "column that groups dependent rows (default: session)")
          ->type_name("COLUMN");
  judging
      ->add_option("--test", options->validation.test,
                   "cluster_t (default), paired_t, cluster_means_t, cr0, cr1, cr3, two_way, ewc, dm_hln, sign_flip, "
                   "cluster_bootstrap, nadeau_bengio; wilcoxon and sign never pass")
      ->type_name("TEST")
      ->check(CLI::IsMember({"cluster_t", "paired_t", "cluster_means_t", "cr0", "cr1", "cr3", "two_way", "ewc", "dm_hln",
                             "sign_flip", "cluster_bootstrap", "nadeau_bengio", "wilcoxon", "sign"}));
  judging->add_option("--second-cluster", options->columns.second_cluster, "two_way: column that recurs across sessions")
      ->type_name("COLUMN");
  judging->add_option("--horizon", options->validation.horizon, "dm_hln: steps that errors reach (default: 1)")
      ->type_name("STEPS")
      ->check(CLI::Range(1, 1000000));
  judging->add_option("--test-train-ratio", options->test_train_ratio, "nadeau_bengio: test rows per training row of a fold")
      ->type_name("RATIO")
      ->check(number_from(0, no_bound, "a number from 0 up"));
  judging->add_option("--segments", options->columns.segments, "columns whose values must not get worse, separated by commas")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
  judging
      ->add_option("--recent", options->columns.recent_sessions, "how many of the last sessions must not get worse (default: 0)")
      ->type_name("COUNT");
  judging->add_option("--improvement", options->comparison.improvement_threshold, "improvement asked (default: 0.01)")
      ->type_name("AMOUNT")
      ->check(number_from(0, no_bound, "a number from 0 up"));
  judging
      ->add_option("--improvement-mode", options->comparison.improvement_mode,
                   "relative (default), absolute, in units of the loss, or both")
      ->type_name("MODE")
      ->check(CLI::IsMember({"relative", "absolute", "both"}));
  judging
      ->add_option("--margin-mode", options->validation.margin_mode,
                   "observed (default), or confident: the improvement asked must be proven")
      ->type_name("MODE")
      ->check(CLI::IsMember({"observed", "confident"}));
  judging->add_option("--level", options->level, "one-sided level of the test (default: 0.025)")
      ->type_name("LEVEL")
      ->check(number_from(1e-300, 0.5, "a level between 0 and 0.5"));
  judging->add_option("--min-clusters", options->validation.min_clusters, "fewest sessions that can decide (default: 5)")
      ->type_name("COUNT")
      ->check(CLI::Range(2, 1000000));
  judging
      ->add_option("--selected-on", options->selected_on,
                   "sessions that chose the candidate, separated by commas: none may judge it")
      ->type_name("SESSIONS")
      ->delimiter(',')
      ->allow_extra_args(false);
  judging->callback([&chosen, options, session] {
    options->columns.session_required = session->count() > 0;
    chosen = [options](Invocation& invocation) { return judge_file(invocation, *options); };
  });
}

}  // namespace retrain::cli
