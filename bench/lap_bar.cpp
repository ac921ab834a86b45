#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <retrain/statistics.hpp>

#include "bars.hpp"
#include "lap_models.hpp"

namespace retrain::bench {
namespace {

constexpr std::uint64_t splits = 2000;

struct Pair {
  const char* name;
  bool equal_recipes;                         ///< two seeds of one recipe: neither is better
  std::vector<double> candidate, production;  // errors
};

struct Differences {
  std::vector<double> values;
  std::vector<std::uint32_t> races;
};

struct Moments {
  double sum_rows = 0, squares_rows = 0, sum_races = 0, squares_races = 0;
  Moments& operator+=(const Moments& other) {
    sum_rows += other.sum_rows;
    squares_rows += other.squares_rows;
    sum_races += other.sum_races;
    squares_races += other.squares_races;
    return *this;
  }
};

double standardised(const PairedTest& first, const PairedTest& second) {
  return (first.estimate - second.estimate) / std::hypot(first.standard_error, second.standard_error);
}

struct Calibration {
  double row_variance = 0, race_variance = 0;
};

// Splits the races in two at random: with honest standard errors the standardised difference of the halves has variance one.
Calibration split_halves(const simulations::Plan& plan, const Differences& differences) {
  const std::size_t races = differences.races.back() + std::size_t{1};
  const auto sums = simulations::repeat<Moments>(plan, [&](simulations::Random& random, Moments& moments) {
    std::vector<std::size_t> order(races);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = races - 1; i > 0; --i) {
      std::swap(order[i], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i + 1))]);
    }
    std::vector<bool> in_first(races, false);
    for (std::size_t i = 0; i < races / 2; ++i) in_first[order[i]] = true;
    Differences halves[2];
    for (std::size_t row = 0; row < differences.values.size(); ++row) {
      Differences& half = halves[in_first[differences.races[row]] ? 0 : 1];
      half.values.push_back(differences.values[row]);
      half.races.push_back(differences.races[row]);
    }
    const double by_row = standardised(*paired_t_test(halves[0].values), *paired_t_test(halves[1].values));
    const double by_race =
        standardised(*cluster_t_test(halves[0].values, halves[0].races), *cluster_t_test(halves[1].values, halves[1].races));
    moments += {by_row, by_row * by_row, by_race, by_race * by_race};
  });
  const double n = static_cast<double>(plan.repetitions);
  return {(sums.squares_rows - sums.sum_rows * sums.sum_rows / n) / (n - 1),
          (sums.squares_races - sums.sum_races * sums.sum_races / n) / (n - 1)};
}

Result<std::vector<Pair>> make_pairs(const Races& old_races, const Races& races, const Races& unseen) {
  struct Recipe {
    const Races& races;
    LapRecipe recipe;
  };
  const Recipe recipes[] = {{old_races, {.seed = 1}},
                            {races, {.seed = 1}},
                            {races, {.seed = 2}},
                            {races, {.seed = 3}},
                            {races, {.seed = 4}},
                            {races, {.seed = 5}},
                            {races, {.seed = 1, .rounds = 260}}};
  std::vector<std::vector<double>> errors;
  for (const auto& [fit, recipe] : recipes) {
    auto made = errors_on_unseen(fit, recipe, unseen);
    if (!made) return made.status();
    errors.push_back(std::move(*made));
  }
  return std::vector<Pair>{{"update", false, errors[1], errors[0]},
                           {"seeds 2-3", true, errors[3], errors[2]},
                           {"seeds 4-5", true, errors[5], errors[4]},
                           {"+60 rounds", false, errors[6], errors[1]}};
}

// Returns the row test's variance, to be shown.
double measure_pair(Bars& bars, const std::string& target, const Pair& pair, const Races& unseen, bool squared) {
  Differences differences;
  for (std::uint32_t race = 0; race < unseen.size(); ++race)
    differences.races.resize(differences.races.size() + unseen[race]->rows, race);
  for (std::size_t row = 0; row < pair.candidate.size(); ++row) {
    const double candidate = std::abs(pair.candidate[row]), production = std::abs(pair.production[row]);
    differences.values.push_back(squared ? candidate * candidate - production * production : candidate - production);
  }
  const double by_row = paired_t_test(differences.values)->t;
  const double by_race = cluster_t_test(differences.values, differences.races)->t;
  const auto calibration = split_halves(bars.plan(splits), differences);
  const bool honest = calibration.race_variance >= 0.8 && calibration.race_variance <= 1.35;
  const bool quiet = !pair.equal_recipes || std::abs(by_race) <= 2.5;
  bars.add("N6",
           std::string("variance of z 0.8-1.35") + (pair.equal_recipes ? " and |t| <= 2.5" : "") + ", " + target + ", " +
               pair.name + (squared ? ", squared" : ", absolute"),
           decimals(calibration.race_variance, 2) + ", t " + decimals(by_race, 2) +
               " (row test: " + decimals(calibration.row_variance, 1) + ", t " + decimals(by_row, 1) + ")",
           honest && quiet, splits);
  return calibration.row_variance;
}

Status measure_target(Bars& bars, const std::string& target, const Races& old_races, const Races& races, const Races& unseen) {
  bars.start();
  const auto pairs = make_pairs(old_races, races, unseen);
  if (!pairs) return pairs.status();
  double least = std::numeric_limits<double>::infinity();
  for (const Pair& pair : *pairs) {
    for (const bool squared : {false, true}) least = std::min(least, measure_pair(bars, target, pair, unseen, squared));
  }
  bars.add("N6", "row test shown to have a variance of z > 10 in every run, " + target, decimals(least, 1) + " or more",
           least > 10, splits);
  return {};
}

Status measure_both(Bars& bars) {
  const std::string& folder = bars.options().laps_folder;
  const auto old_races = read_races(folder, 2018, 2020);
  const auto races = read_races(folder, 2018, 2021);
  const auto unseen = read_races(folder, 2022, 2022);
  for (const auto* each : {&old_races, &races, &unseen}) {
    if (!*each) return each->status();
  }
  std::size_t rows = 0;
  for (const auto& race : *unseen) rows += race->rows;
  bars.tell("N6", "seasons",
            "old model 2018-2020 (" + std::to_string(old_races->size()) + " races), new 2018-2021 (" +
                std::to_string(races->size()) + "), judged on 2022 (" + std::to_string(unseen->size()) + ", " +
                std::to_string(rows) + " laps)",
            1);
  if (const Status done = measure_target(bars, "lap time", *old_races, *races, *unseen); !done) return done;
  return measure_target(bars, "percent of pace", as_percent_of_pace(*old_races), as_percent_of_pace(*races),
                        as_percent_of_pace(*unseen));
}

}  // namespace

void measure_laps(Bars& bars) {
  if (!bars.wants("N6")) return;
  bars.start();
  if (bars.options().laps_folder.empty()) {
    bars.tell("N6", "skipped", "RETRAIN_F1 names no folder of laps", 0);
    return;
  }
  if (const Status done = measure_both(bars); !done) bars.add("N6", "laps and a trainer", done.message(), false, 0);
}

}  // namespace retrain::bench
