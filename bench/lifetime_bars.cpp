#include "bars.hpp"
#include "simulations/lifetimes.hpp"

namespace retrain::bench {
namespace {

constexpr std::uint64_t lifetimes = 4000;

using simulations::Contender;

Contender contender(const char* name, double alpha, bool by_gate = false) {
  return {*alpha_rule(name, alpha), by_gate};
}

std::string both(const simulations::NullRates& rates) {
  return decimals(rates.mean_false, 3) + " (any: " + decimals(rates.any_false, 3) + ")";
}

void fresh_nulls(Bars& bars) {
  const auto plan = bars.plan(lifetimes);
  bars.start();
  const auto rates = simulations::null_lifetimes(plan,
                                                 {contender("budget", 0.05), contender("budget", 0.05, true),
                                                  contender("addis", 0.10), contender("spending", 0.05), contender("none", 0.10)},
                                                 {});
  bars.add("N8", "budget: false promotions <= 0.50 in 200 retrains, fresh holdouts", both(rates[0]), rates[0].mean_false <= 0.50,
           plan.repetitions);
  bars.add("N8", "the same with the gate's p, Hall's included", both(rates[1]), rates[1].mean_false <= 0.50, plan.repetitions);
  bars.add("N8", "addis 0.10: any false promotion <= 0.06, fresh holdouts", decimals(rates[2].any_false, 3),
           rates[2].any_false <= 0.06, plan.repetitions);
  bars.add("N8", "spending 0.05: any false promotion <= 0.06, fresh holdouts", decimals(rates[3].any_false, 3),
           rates[3].any_false <= 0.06, plan.repetitions);
  bars.add("N8", "plain 0.05 shown to promote > 9, fresh holdouts", decimals(rates[4].mean_false, 2), rates[4].mean_false > 9,
           plan.repetitions);
}

void reused_nulls(Bars& bars) {
  const auto plan = bars.plan(lifetimes);
  struct World {
    const char* name;
    simulations::Holdouts holdouts;
  };
  const World worlds[] = {{"6 of 24 sessions new, correlation 0.8", {.shift = 6, .correlation = 0.8}},
                          {"1 of 24 sessions new, correlation 0.8", {.shift = 1, .correlation = 0.8}},
                          {"frozen holdout", {.shift = 0, .correlation = 0}},
                          {"frozen holdout, correlation 0.8", {.shift = 0, .correlation = 0.8}}};
  bars.start();
  for (const auto& [name, holdouts] : worlds) {
    const auto rates = simulations::null_lifetimes(plan, {contender("budget", 0.05)}, holdouts);
    bars.add("N8", std::string("budget: false promotions <= 0.50 in 200 retrains, ") + name, both(rates[0]),
             rates[0].mean_false <= 0.50, plan.repetitions);
  }
}

void drifts(Bars& bars) {
  const auto plan = bars.plan(lifetimes);
  bars.start();
  const auto rates =
      simulations::drift_lifetimes(plan, {contender("budget", 0.05), contender("budget", 0.05, true), contender("none", 0.10)});
  bars.add("N9", "budget: false share of the promotions <= 0.05 in the drifting world", decimals(rates[0].false_discovery, 4),
           rates[0].false_discovery <= 0.05, plan.repetitions);
  bars.add("N9", "budget: mean delay <= 0.6 retrains", decimals(rates[0].mean_delay, 3), rates[0].mean_delay <= 0.6,
           plan.repetitions);
  bars.tell("N9", "with the gate's p, Hall's included",
            "false share " + decimals(rates[1].false_discovery, 4) + ", mean delay " + decimals(rates[1].mean_delay, 3),
            plan.repetitions);
  bars.add("N9", "plain 0.05 shown to have a false share > 0.2", decimals(rates[2].false_discovery, 3),
           rates[2].false_discovery > 0.2, plan.repetitions);
  const auto powers =
      simulations::power_after_calm(plan, {contender("budget", 0.05), contender("budget", 0.05, true), contender("addis", 0.10)});
  bars.add("N9", "budget: first look after 100 calm retrains promotes >= 0.60", decimals(powers[0], 3), powers[0] >= 0.60,
           plan.repetitions);
  bars.tell("N9", "with the gate's p, Hall's included", decimals(powers[1], 3), plan.repetitions);
  bars.add("N9", "addis 0.10 shown to promote < 0.25 there", decimals(powers[2], 3), powers[2] < 0.25, plan.repetitions);
}

}  // namespace

void measure_lifetimes(Bars& bars) {
  if (bars.wants("N8")) {
    fresh_nulls(bars);
    reused_nulls(bars);
  }
  if (bars.wants("N9")) drifts(bars);
}

}  // namespace retrain::bench
