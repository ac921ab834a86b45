#include "weekend_calendar.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>

#include "base/text.hpp"

namespace retrain::drift {
namespace {

// Days are numbered from 1970-01-01 on, a Thursday.
constexpr int thursday = 4;
constexpr int monday = 1;

int weekday_of(int day) {
  return ((day + thursday) % 7 + 7) % 7;
}

}  // namespace

Result<WeekendCalendar> WeekendCalendar::make(const std::string& zone, const std::vector<std::string>& days) {
  static const std::vector<std::string> names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  std::bitset<7> listed;
  for (const auto& day : days) {
    const auto found = std::find(names.begin(), names.end(), base::lower(day));
    if (found == names.end()) {
      return Status{StatusCode::invalid_argument,
                    "weekend day '" + base::printable(day) + "' is none of mon, tue, wed, thu, fri, sat, sun"};
    }
    listed.set(static_cast<std::size_t>(found - names.begin()));
  }
  try {
    const date::time_zone* located = date::locate_zone(zone);
    // The database reads a zone's file on first use: a broken one must fail here, not in a decision.
    (void)located->get_info(date::sys_seconds{});
    return WeekendCalendar(*located, listed);
  } catch (const std::exception&) {
    return Status{StatusCode::invalid_argument,
                  "'" + base::printable(zone) + "' is no time zone of this system's database (like Europe/Berlin)"};
  }
}

bool WeekendCalendar::listed(int day) const {
  return days_.test(static_cast<std::size_t>(weekday_of(day)));
}

Time WeekendCalendar::first_instant(int day) const {
  // The earlier of two midnights; where midnight was skipped, the instant of the jump.
  return zone_->to_sys(date::local_days(date::days(day)), date::choose::earliest);
}

int WeekendCalendar::day_at(Time time) const {
  const auto local = zone_->to_local(date::floor<std::chrono::seconds>(time));
  int day = date::floor<date::days>(local).time_since_epoch().count();
  // Where clocks go back over midnight the local date returns to a day that is over: the instants decide.
  while (first_instant(day + 1) <= time) ++day;
  while (first_instant(day) > time) --day;
  return day;
}

std::optional<CalendarWindow> WeekendCalendar::window_at(Time time) const {
  int first = day_at(time);
  if (!listed(first)) return std::nullopt;
  const bool whole_week = days_.all();
  const auto starts_window = [&](int day) { return whole_week ? weekday_of(day) == monday : !listed(day - 1); };
  while (!starts_window(first)) --first;
  int past = first + 1;
  while (listed(past) && !(whole_week && starts_window(past))) ++past;

  const Time begin = first_instant(first);
  return CalendarWindow{(whole_week ? "week " : "weekend ") + format_time(begin), begin, first_instant(past)};
}

}  // namespace retrain::drift
