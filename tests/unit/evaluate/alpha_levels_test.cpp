#include <retrain/alpha_levels.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "digits.hpp"

namespace retrain {
namespace {

using reference::same_digits;
using std::chrono::days;

struct OnlineRow {
  double p, spending, lond, lond_dependent, lord_plus_plus, saffron, addis;
  const char* rejected;  ///< one digit a method
};

// The example p-values of onlineFDR with the levels of that package, alpha 0.05.
const std::vector<OnlineRow> online = {
    {2.9e-17, 0.00267583854563004, 0.00267583854563004, 0.00267583854563004, 0.000267583854563004, 0.0054686270725,
     0.00273431353625, "111111"},
    {0.06743, 0.000581910289147087, 0.00116382057829417, 0.000775880385529449, 0.00246644571998175, 0.010937254145,
     0.0054686270725, "000000"},
    {0.01514, 0.000495624939723036, 0.000991249879446071, 0.00054068175242513, 0.000573281754204682, 0.010937254145,
     0.0054686270725, "000000"},
    {0.08174, 0.000412180302948367, 0.000824360605896733, 0.000395693090830432, 0.000487280476045569, 0.010937254145,
     0.0054686270725, "000000"},
    {0.00171, 0.000349443485467399, 0.000698886970934799, 0.000306081885080934, 0.00040590662120027, 0.010937254145,
     0.0054686270725, "000011"},
    {3.6e-05, 0.000302295017083243, 0.000604590034166486, 0.000246771442516933, 0.000344728638628984, 0.02187450829,
     0.010937254145, "111111"},
    {0.79149, 0.000265972210929415, 0.000797916632788244, 0.00030773644239767, 0.0029745012820979, 0.032811762435,
     0.0164058812175, "000000"},
    {0.27201, 0.000237261271565968, 0.000711783814697905, 0.000261891548114867, 0.000845011406140157, 0.0108238450248458,
     0.0164058812175, "000000"},
    {0.28295, 0.000214047430703189, 0.000642142292109566, 0.000226988157682158, 0.000730564827202726, 0.0108238450248458,
     0.00541192251242292, "000000"},
    {7.59e-08, 0.000194912595263195, 0.000584737785789584, 0.000199639509577259, 0.000624314250107556, 0.0108238450248458,
     0.00282882157261761, "111111"},
    {0.69274, 0.00017887964836624, 0.000715518593464959, 0.000236936309575189, 0.00321859133167094, 0.0217610991698458,
     0.00829744864511761, "000000"},
    {0.30443, 0.00016525682542206, 0.000661027301688239, 0.000213013994289743, 0.00106172267230215, 0.0092655914868505,
     0.00829744864511761, "000000"},
    {0.00136, 0.000153542047670967, 0.000614168190683868, 0.000193126527993486, 0.000925682498299401, 0.0092655914868505,
     0.00358924281271563, "000011"},
    {0.72342, 0.000143362715257938, 0.000573450861031752, 0.000176361638941126, 0.000801965688943999, 0.0202028456318505,
     0.00905786988521563, "000000"},
    {0.54757, 0.000134436806720533, 0.00053774722688213, 0.000162058504093427, 0.000705961040574785, 0.00906436667384301,
     0.00905786988521563, "000000"},
};

struct BudgetRow {
  double wealth, level;
  int rejected;
};

// The budget on the same p-values: cap 0.05, 0.002 regained between two tests.
const std::vector<BudgetRow> budget = {
    {0.05, 0.025, 1},
    {0.027, 0.0135, 0},
    {0.0155, 0.00775, 0},
    {0.00975, 0.004875, 0},
    {0.006875, 0.0034375, 1},
    {0.0054375, 0.00271875, 1},
    {0.00471875, 0.002359375, 0},
    {0.004359375, 0.0021796875, 0},
    {0.0041796875, 0.00208984375, 0},
    {0.00408984375, 0.002044921875, 1},
    {0.004044921875, 0.0020224609375, 0},
    {0.0040224609375, 0.00201123046875, 0},
    {0.00401123046875, 0.002005615234375, 1},
    {0.004005615234375, 0.0020028076171875, 0},
    {0.0040028076171875, 0.00200140380859375, 0},
};

Time day(int number) {
  return Time{} + days(number);
}

using Level = double OnlineRow::*;

void check_method(AlphaRule rule, Level level, std::size_t digit) {
  std::vector<AlphaRecord> history;
  for (const auto& row : online) {
    const double next = next_level(rule, history, {});

    CAPTURE(history.size());
    CHECK(same_digits(next, row.*level));
    const bool rejected = row.rejected[digit] == '1';
    CHECK((row.p <= next) == rejected);
    history.push_back({.level = next, .p = row.p, .rejected = rejected});
  }
  CHECK(first_disagreement(rule, history) == history.size());
}

AlphaRule with(AlphaMethod method, AlphaWeights weights) {
  AlphaRule rule{.method = method, .weights = weights};
  if (method == AlphaMethod::addis) rule.lambda = 0.25;
  if (method == AlphaMethod::lord_plus_plus) rule.initial_wealth = 0.1;
  return rule;
}

TEST_CASE("levels equal onlineFDR on its example, with its defaults") {
  check_method(with(AlphaMethod::spending, AlphaWeights::lord), &OnlineRow::spending, 0);
  check_method(with(AlphaMethod::lond, AlphaWeights::lord), &OnlineRow::lond, 1);
  check_method(with(AlphaMethod::lond_dependent, AlphaWeights::lord), &OnlineRow::lond_dependent, 2);
  check_method(with(AlphaMethod::lord_plus_plus, AlphaWeights::lord), &OnlineRow::lord_plus_plus, 3);
  check_method(with(AlphaMethod::saffron, AlphaWeights::power), &OnlineRow::saffron, 4);
  check_method(with(AlphaMethod::addis, AlphaWeights::power), &OnlineRow::addis, 5);
}

TEST_CASE("the budget spends half of its wealth and regains with time") {
  // 0.002 between two tests: a rate of 0.1 a year and 0.02 years
  const Duration step{31556952LL * 1000000 / 50};
  std::vector<AlphaRecord> history;
  for (const auto& row : budget) {
    const Time now = Time{} + step * static_cast<int>(history.size());

    CHECK(same_digits(budget_wealth({}, history, {now}), row.wealth));
    const double level = next_level({}, history, {now});
    CHECK(same_digits(level, row.level));
    CHECK((online[history.size()].p <= level) == (row.rejected == 1));
    history.push_back({.at = now, .level = level, .p = online[history.size()].p, .rejected = row.rejected == 1});
  }

  const auto summary = summarize(history);

  CHECK(same_digits(summary.spent, 0.0759985961914062));
  CHECK(summary.rejections == 5);
  CHECK(same_digits(summary.false_share, 0.0151997192382812));
}

TEST_CASE("candidates on one frozen holdout halve the level each time, until it is too small to test at") {
  std::vector<AlphaRecord> history;
  for (int i = 0; i < 20; ++i) {
    const double level = next_level({}, history, {day(7 * i), false});

    CHECK(level == (i < 8 ? std::ldexp(0.025, -i) : 0));
    history.push_back({.at = day(7 * i), .fresh = false, .level = level, .p = 0.5});
  }
}

TEST_CASE("a clock set back, or forth and back, mints no wealth") {
  const std::vector<AlphaRecord> back = {{.at = day(400), .level = 0.025, .p = 0.5}, {.at = day(35), .level = 0.0125, .p = 0.5}};

  CHECK(budget_wealth({}, back, {day(34)}) == doctest::Approx(0.0125));
  CHECK(budget_wealth({}, back, {day(400)}) == doctest::Approx(0.0125));
  CHECK(budget_wealth({}, back, {day(410)}) == doctest::Approx(0.0125 + 0.1 * 10 / 365.2425));
}

TEST_CASE("wealth never exceeds its cap, and time without fresh data counts once fresh data comes") {
  const std::vector<AlphaRecord> history = {{.at = day(0), .level = 0.025, .p = 0.5}};

  CHECK(budget_wealth({}, history, {day(100000)}) == 0.05);
  CHECK(budget_wealth({}, history, {day(60), false}) == 0.025);
  const std::vector<AlphaRecord> stale = {history[0], {.at = day(60), .fresh = false, .level = 0, .p = 0.5}};
  CHECK(budget_wealth({}, stale, {day(90)}) == budget_wealth({}, history, {day(90)}));
}

TEST_CASE("without overlap lord* is lord++, and on a frozen holdout it is spending of the initial wealth") {
  std::vector<AlphaRecord> apart;
  std::vector<AlphaRecord> frozen;
  const AlphaRule star{.method = AlphaMethod::lord_star};
  const AlphaRule plus{.method = AlphaMethod::lord_plus_plus};
  for (std::size_t i = 0; i < online.size(); ++i) {
    CHECK(next_level(star, apart, {.lag = 0}) == next_level(plus, apart, {}));
    CHECK(same_digits(next_level(star, frozen, {.lag = i}), 0.025 * 0.4374901658 * std::pow(static_cast<double>(i + 1), -1.6)));
    apart.push_back({.lag = 0, .p = online[i].p, .rejected = i % 4 == 0});
    frozen.push_back({.lag = i, .p = online[i].p, .rejected = i % 4 == 0});
  }
}

TEST_CASE("with a lag a rejection earns wealth only after the tests that share its rows") {
  const AlphaRule star{.method = AlphaMethod::lord_star};
  std::vector<AlphaRecord> rejected_first = {{.p = 1e-9, .rejected = true}};
  std::vector<AlphaRecord> none = {{.p = 0.9}};
  for (std::size_t t = 2; t <= 6; ++t) {
    const AlphaRequest request{.lag = std::min<std::size_t>(t - 1, 3)};

    const double earned = next_level(star, rejected_first, request) - next_level(star, none, request);

    // usable for the first time by test 5, which shares rows with tests 2 to 4 only
    CHECK((earned > 0) == (t >= 5));
    rejected_first.push_back({.lag = request.lag, .p = 0.9});
    none.push_back({.lag = request.lag, .p = 0.9});
  }
}

TEST_CASE("a test that was reserved and never settled is spent under every rule") {
  const double unsettled = std::nan("");
  for (const char* name : {"budget", "spending", "lond", "lond_dependent", "elond", "lord++", "lord*", "saffron", "addis"}) {
    const auto rule = *alpha_rule(name);
    const double first = next_level(rule, {}, {});

    const std::vector<AlphaRecord> crashed = {{.level = first, .p = unsettled, .rejected = true}};

    CAPTURE(name);
    CHECK(next_level(rule, crashed, {}) < first);
    CHECK(summarize(crashed).rejections == 0);
  }
  CHECK(next_level(*alpha_rule("none"), std::vector<AlphaRecord>(9), {}) == 0.025);
}

TEST_CASE("a level that was changed in the ledger is found at its row") {
  const auto rule = *alpha_rule("budget");
  std::vector<AlphaRecord> history;
  for (int i = 0; i < 8; ++i) {
    history.push_back(
        {.at = day(7 * i), .fresh = i % 3 != 1, .level = next_level(rule, history, {day(7 * i), i % 3 != 1}), .p = 0.3});
  }
  CHECK(first_disagreement(rule, history) == 8);

  history[4].level = std::nextafter(history[4].level, 1);

  CHECK(first_disagreement(rule, history) == 4);
}

TEST_CASE("names and levels that are none are refused") {
  CHECK(alpha_rule("lord").status().message().find("lord++") != std::string::npos);
  CHECK_FALSE(alpha_rule("budget", 0).ok());
  CHECK_FALSE(alpha_rule("budget", 1).ok());
}

TEST_CASE("200 weekly retrains that are never better cost half a false promotion on the budget, and ten without one") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  double with_budget = 0;
  double plain = 0;
  const int lifetimes = 150;
  for (int lifetime = 0; lifetime < lifetimes; ++lifetime) {
    std::vector<AlphaRecord> history;
    for (int week = 0; week < 200; ++week) {
      const double p = uniform(random);
      const double level = next_level({}, history, {day(7 * week)});
      history.push_back({.at = day(7 * week), .level = level, .p = p, .rejected = p <= level});
      with_budget += p <= level ? 1 : 0;
      plain += p <= 0.05 ? 1 : 0;
    }
  }

  // expected 0.43; 0.16 is three standard errors
  CHECK(with_budget / lifetimes < 0.43 + 0.16);
  CHECK(plain / lifetimes > 8);
}

}  // namespace
}  // namespace retrain
