// EventCalendar: windows from a file of events, each an interval of UTC instants with an id.
#pragma once

#include <string>
#include <string_view>

#include "weekend_calendar.hpp"

namespace retrain::drift {

/// Reads CSV with the columns id, start, end and, optionally, zone. A time with an offset is an instant; a date, or a date with a
/// time, is local to the event's zone, else to `zone`; an end that is a date alone means the end of that day. Window ids are
/// "event <id> <first instant>", so they are the same however the clock stands. Threads: any; immutable.
class EventCalendar {
 public:
  /// Fails with not_found or io_error for the file, with invalid_argument, naming the line, for a bad time, zone or id, an end
  /// that is not after its start, or two events that overlap.
  static Result<EventCalendar> read(const std::string& path, const std::string& zone);
  static Result<EventCalendar> parse(std::string_view csv, const std::string& zone);

  /// The event that contains `time`, or nothing.
  std::optional<CalendarWindow> window_at(Time time) const;
  std::size_t size() const { return events_.size(); }

 private:
  std::vector<CalendarWindow> events_;  // by begin, apart from each other
};

}  // namespace retrain::drift
