#include "chart_axis.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace retrain::report {
namespace {

using namespace std::chrono;

constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

double nice_step(double span) {
  const double rough = span / 6;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

year_month_day date(const BacktestSession& session) {
  return year_month_day{floor<days>(session.time)};
}

/// The first session of each period of `length` months.
std::vector<DateTick> period_ticks(const std::vector<BacktestSession>& series, int length) {
  std::vector<DateTick> ticks;
  int last_period = -1, last_year = 0;
  for (const BacktestSession& session : series) {
    const year_month_day day = date(session);
    const int month = int(day.year()) * 12 + int(unsigned(day.month())) - 1;
    if (month / length == last_period) continue;
    last_period = month / length;
    DateTick tick{session.number, length >= 12 ? std::to_string(int(day.year())) : months[month % 12], ""};
    if (length < 12 && int(day.year()) != last_year) tick.year = std::to_string(int(day.year()));
    last_year = int(day.year());
    ticks.push_back(std::move(tick));
  }
  return ticks;
}

std::vector<DateTick> day_ticks(const std::vector<BacktestSession>& series, std::size_t room) {
  std::vector<DateTick> ticks;
  const std::size_t step = (series.size() + room - 1) / room;
  int last_year = 0;
  for (std::size_t i = 0; i < series.size(); i += step) {
    const year_month_day day = date(series[i]);
    DateTick tick{series[i].number, std::to_string(unsigned(day.day())) + " " + months[unsigned(day.month()) - 1], ""};
    if (int(day.year()) != last_year) tick.year = std::to_string(int(day.year()));
    last_year = int(day.year());
    ticks.push_back(std::move(tick));
  }
  return ticks;
}

}  // namespace

ValueAxis value_axis(double lowest, double highest) {
  if (!std::isfinite(lowest) || !std::isfinite(highest) || lowest > highest) lowest = 0, highest = 1;
  if (lowest > 0 && lowest < highest / 2) lowest = 0;
  if (highest - lowest <= std::abs(highest) * 1e-9) lowest = std::min(0.0, lowest), highest = std::max({1e-9, highest, 0.0});
  const double step = nice_step(highest - lowest);
  const double first = std::floor(lowest / step + 1e-9), last = std::ceil(highest / step - 1e-9);
  ValueAxis axis{.low = first * step, .high = std::max(last, first + 1) * step};
  axis.decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  for (double tick = first; tick <= std::max(last, first + 1); ++tick) axis.ticks.push_back(tick * step);
  return axis;
}

std::vector<DateTick> date_ticks(const std::vector<BacktestSession>& series, std::size_t room) {
  if (series.empty()) return {};
  room = std::max<std::size_t>(2, room);
  for (const int length : {1, 3, 6, 12}) {
    std::vector<DateTick> ticks = period_ticks(series, length);
    if (length == 1 && ticks.size() < 4) return day_ticks(series, std::min<std::size_t>(room, 8));
    // A first period that starts just before the second would put two labels on top of each other.
    if (ticks.size() > 2 && ticks[1].number - ticks[0].number < (ticks[2].number - ticks[1].number) / 2) {
      if (ticks[1].year.empty()) ticks[1].year = ticks[0].year;
      ticks.erase(ticks.begin());
    }
    if (ticks.size() <= room) return ticks;
  }
  return day_ticks(series, std::min<std::size_t>(room, 8));
}

}  // namespace retrain::report
