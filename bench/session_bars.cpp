#include <cmath>

#include "bars.hpp"
#include "simulations/sessions.hpp"

namespace retrain::bench {
namespace {

using simulations::level;

void clustered(Bars& bars) {
  const auto plan = bars.plan(100'000);
  for (const double icc : {0.0, 0.1, 0.3}) {
    for (const std::size_t clusters : {5UL, 10UL, 20UL, 40UL}) {
      bars.start();
      const auto rates = simulations::clustered_rows(plan, {.clusters = clusters, .icc = icc});
      const std::string world = "G " + std::to_string(clusters) + ", ICC " + decimals(icc, 1);
      bars.add("N4", "cluster-t errs 0.022-0.028, " + world, decimals(rates.cluster_test, 4),
               rates.cluster_test >= 0.022 && rates.cluster_test <= 0.028, plan.repetitions);
      if (icc != 0.1) continue;
      bars.add("N4", "row test shown to err > 0.20, " + world, decimals(rates.row_test, 3), rates.row_test > 0.20,
               plan.repetitions);
    }
  }
  for (const std::size_t clusters : {10UL, 40UL}) {
    bars.start();
    const auto rates = simulations::clustered_rows(plan, {.clusters = clusters, .icc = 0.3, .lognormal_sizes = true});
    bars.add("N4", "cluster-t errs <= 0.032, lognormal sizes, G " + std::to_string(clusters) + ", ICC 0.3",
             decimals(rates.cluster_test, 4) + " (row test " + decimals(rates.row_test, 3) + ")", rates.cluster_test <= 0.032,
             plan.repetitions);
  }
}

void skewed(Bars& bars) {
  const auto plan = bars.plan(400'000);
  bars.start();
  const auto rates = simulations::skewed_sessions(plan, 20);
  bars.add("N5", "gate errs <= 0.045, skewness 2, G 20", decimals(rates.gate, 4), rates.gate <= 0.045, plan.repetitions);
  bars.add("N5", "cluster-t alone shown to err > 0.06, G 20", decimals(rates.plain, 4), rates.plain > 0.06, plan.repetitions);
  for (const std::size_t sessions : {8UL, 12UL, 40UL}) {
    const auto fewer = bars.plan(100'000);
    const auto other = simulations::skewed_sessions(fewer, sessions);
    bars.tell("N5", "G " + std::to_string(sessions),
              "gate " + decimals(other.gate, 4) + ", cluster-t alone " + decimals(other.plain, 4), fewer.repetitions);
  }
}

void serial(Bars& bars) {
  const auto plan = bars.plan(200'000);
  bars.start();
  const auto rates = simulations::serial_sessions(plan, 24, 0.4);
  bars.add("N7", "cosine test errs <= 0.035, correlation 0.4, n 24", decimals(rates.cosines, 4), rates.cosines <= 0.035,
           plan.repetitions);
  bars.add("N7", "plain t shown to err > 0.08", decimals(rates.plain, 4), rates.plain > 0.08, plan.repetitions);
}

void watched(Bars& bars) {
  const auto plan = bars.plan(50'000);
  bars.start();
  const auto equal = simulations::watched_model(plan, 0);
  bars.add("N11", "false rollbacks <= 0.03 in 24 looks", decimals(equal.e_process, 4), equal.e_process <= 0.03, plan.repetitions);
  bars.add("N11", "repeated t test shown to err > 0.15", decimals(equal.repeated_t_test, 3), equal.repeated_t_test > 0.15,
           plan.repetitions);
  const auto harmful = simulations::watched_model(plan, 1);
  bars.add("N11", "harm of 1 SD caught >= 0.95 in 24 sessions", decimals(harmful.e_process, 4), harmful.e_process >= 0.95,
           plan.repetitions);
  bars.add("N11", "after <= 11 sessions on average", decimals(harmful.mean_sessions, 2), harmful.mean_sessions <= 11,
           plan.repetitions);
}

void threshold_rule(Bars& bars) {
  const auto plan = bars.plan(400'000);
  // Without a threshold the true rate is the level itself: three standard errors of the simulation are allowed.
  const double allowed = level + 3 * std::sqrt(level * (1 - level) / static_cast<double>(plan.repetitions));
  const std::vector<double> thresholds{0.0, 0.5, 1.0, 2.0, 3.0};
  bars.start();
  const auto rates = simulations::noise_beyond_thresholds(plan, thresholds);
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const std::string threshold = "threshold " + decimals(thresholds[i], 1) + " SE";
    bars.add("N12", "noise passes <= 0.025 (" + decimals(allowed, 5) + " with its error), " + threshold,
             decimals(rates[i].with_test, 5), rates[i].with_test <= allowed, plan.repetitions);
    if (thresholds[i] != 1) continue;
    bars.add("N12", "threshold alone shown to let noise pass > 0.15, " + threshold, decimals(rates[i].threshold_only, 4),
             rates[i].threshold_only > 0.15, plan.repetitions);
  }
}

}  // namespace

void measure_sessions(Bars& bars) {
  if (bars.wants("N4")) clustered(bars);
  if (bars.wants("N5")) skewed(bars);
  if (bars.wants("N7")) serial(bars);
  if (bars.wants("N11")) watched(bars);
  if (bars.wants("N12")) threshold_rule(bars);
}

}  // namespace retrain::bench
