// WeekendCalendar: which weekend of a time zone an instant belongs to, as an interval of UTC instants.
#pragma once

#include <bitset>
#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace date {
class time_zone;
}

namespace retrain::drift {

/// Instants from `begin` up to but without `end`. The id is made of `begin`, so it is the same however often and by whichever
/// clock it is computed: "weekend 2013-03-08T05:00:00Z".
struct CalendarWindow {
  std::string id;
  Time begin, end;
};

/// A window is a run of neighbouring listed days, from the first instant of its first day to the first instant of the day
/// after its last: fri, sat, sun make one window a week; fri, sun make two. All seven days make one window per ISO week,
/// from Monday, named "week …". No days, no windows.
///
/// Days are cut in UTC: a day begins at the first instant at which its midnight, or the moment that replaces it, shows on
/// the local clock. So windows never overlap and never come back, even where clocks go back over midnight or skip a day.
/// The system's zone files reach to 2037; after that a zone keeps the last offset they hold.
///
/// Threads: any. Immutable; the zone belongs to the process-wide time zone database.
class WeekendCalendar {
 public:
  /// Fails with invalid_argument when `zone` is no IANA zone of this system, or a day is not one of mon … sun (any case).
  static Result<WeekendCalendar> make(const std::string& zone, const std::vector<std::string>& days);

  /// The window that contains `time`, or nothing.
  std::optional<CalendarWindow> window_at(Time time) const;

 private:
  WeekendCalendar(const date::time_zone& zone, std::bitset<7> days) : zone_(&zone), days_(days) {}
  int day_at(Time time) const;
  Time first_instant(int day) const;
  bool listed(int day) const;

  const date::time_zone* zone_;
  std::bitset<7> days_;  ///< by C encoding: 0 = Sunday
};

}  // namespace retrain::drift
