// Axes of a chart: round numbers for values, calendar dates for sessions.
#pragma once

#include <retrain/backtest.hpp>
#include <string>
#include <vector>

namespace retrain::report {

struct ValueAxis {
  double low = 0, high = 1;  ///< low < high
  int decimals = 0;          ///< that tell neighbouring ticks apart
  std::vector<double> ticks;
};

/// An axis that holds `lowest` … `highest` in steps of 1, 2 or 5 times a power of ten. It starts at zero unless that would
/// leave more than half of it empty. Values that are not finite give the axis 0 … 1.
ValueAxis value_axis(double lowest, double highest);

struct DateTick {
  std::size_t number = 0;  ///< of the session it stands under
  std::string label;       ///< "Mar", "2013" or "14 Mar"
  std::string year;        ///< below the first label of a year; empty = none
};

/// At most `room` ticks: the first session of months, quarters or years, whichever fit; of days when there are few.
std::vector<DateTick> date_ticks(const std::vector<BacktestSession>& series, std::size_t room);

}  // namespace retrain::report
