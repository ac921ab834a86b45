// Axes, smoothing and wording: the small rules behind charts and tables.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <regex>

#include "backtest_example.hpp"
#include "report/chart_axis.hpp"
#include "report/loss_chart.hpp"
#include "report/wording.hpp"

using namespace retrain;
using namespace retrain::report;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> labels(const std::vector<DateTick>& ticks) {
  std::vector<std::string> out;
  for (const DateTick& tick : ticks) out.push_back(tick.year.empty() ? tick.label : tick.label + " " + tick.year);
  return out;
}

}  // namespace

TEST_CASE("an axis holds its values, in few round steps") {
  for (const double high : {1e-9, 0.03, 0.7, 1.0, 6.0, 12.9, 99.9, 100.0, 1234.0, 1e6, 7e12}) {
    for (const double low_share : {0.0, 0.2, 0.6, 0.95, 1.0}) {
      const ValueAxis axis = value_axis(high * low_share, high);

      CAPTURE(high);
      CAPTURE(low_share);
      CHECK(axis.low <= high * low_share * (1 + 1e-9));
      CHECK(axis.high >= high * (1 - 1e-9));
      CHECK(axis.low < axis.high);
      CHECK(axis.ticks.size() >= 2);
      CHECK(axis.ticks.size() <= 9);
      if (low_share < 0.5) CHECK(axis.low == 0);
    }
  }
}

TEST_CASE("an axis without finite or distinct values is still an axis") {
  for (const auto& [low, high] : {std::pair{missing, missing}, std::pair{0.0, 0.0}, std::pair{1.0, -1.0},
                                  std::pair{std::numeric_limits<double>::infinity(), 0.0}}) {
    const ValueAxis axis = value_axis(low, high);

    CHECK(axis.low < axis.high);
    CHECK(axis.ticks.size() >= 2);
  }
}

TEST_CASE("dates are months, quarters or years, whichever fit, and days when there are few") {
  const auto year = test::backtest_example(45, 364).series;
  const auto week = test::backtest_example(45, 51).series;

  CHECK(labels(date_ticks(year, 20)) ==
        std::vector<std::string>{"Feb 2013", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
  CHECK(labels(date_ticks(year, 5)) == std::vector<std::string>{"Feb 2013", "Apr", "Jul", "Oct"});
  CHECK(labels(date_ticks(week, 20)).front() == "14 Feb 2013");
  CHECK(date_ticks(week, 20).size() <= 8);
  CHECK(date_ticks({}, 20).empty());
  for (std::size_t room = 0; room < 30; ++room) CHECK(date_ticks(year, room).size() <= std::max<std::size_t>(2, room));
}

TEST_CASE("a rolling mean looks back, over what is there") {
  const auto means = rolling_mean({1, 3, missing, 5, 100}, 3);

  CHECK(means[0] == 1);
  CHECK(means[1] == 2);
  CHECK(means[2] == 2);
  CHECK(means[3] == 4);
  CHECK(means[4] == 52.5);
  CHECK(std::isnan(rolling_mean({missing}, 3)[0]));
}

TEST_CASE("an outlying session is drawn on the upper edge, not outside the chart") {
  BacktestReport report = test::backtest_example();
  report.series[100].frozen = 1e12;

  const std::string chart = loss_chart(report, {});

  static const std::regex dots("<path class=\"dots frozen\" d=\"([^\"]*)\"");
  std::smatch found;
  REQUIRE(std::regex_search(chart, found, dots));
  const std::string path = found[1];
  CHECK(path.find_first_not_of("Mh0123456789. ") == std::string::npos);
  CHECK(path.find(" 14.0h0") != std::string::npos);
}

TEST_CASE("numbers read well: four digits, no exponent in the usual range, no minus before zero") {
  CHECK(brief(8.2449) == "8.245");
  CHECK(brief(12.9) == "12.90");
  CHECK(brief(1234.5) == "1234");
  CHECK(brief(0.01234) == "0.01234");
  CHECK(brief(0) == "0.000");
  CHECK(brief(1.5e-7) == "1.50e-07");
  CHECK(brief(missing) == "n/a");
  CHECK(fixed(-0.04, 1) == "0.0");
  CHECK(change(8, 10) == "-20.0 %");
  CHECK(change(11, 10) == "+10.0 %");
  CHECK(change(10, 10) == "0.0 %");
  CHECK(change(1, 0) == "n/a");
  CHECK(probability(0.025) == "0.025");
  CHECK(probability(1) == "1.0");
  CHECK(probability(3e-12) == "< 0.0001");
  CHECK(probability(0) == "0.0");
  CHECK(spoken("not_significant") == "not significant");
  CHECK(spoken("lap_time has 3 empty cells") == "lap_time has 3 empty cells");
  CHECK(without_lead("rejected: worse: much") == "worse: much");
  CHECK(without_lead("the model: worse") == "the model: worse");
  CHECK(counted(1, "session") == "1 session");
  CHECK(counted(0, "session") == "0 sessions");
}
