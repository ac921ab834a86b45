#include "drift/weekend_calendar.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

#include <chrono>

using namespace retrain;
using namespace std::chrono_literals;
using retrain::drift::CalendarWindow;
using retrain::drift::WeekendCalendar;

namespace {

const std::vector<std::string> weekend = {"fri", "sat", "sun"};

WeekendCalendar calendar(const std::string& zone, const std::vector<std::string>& days = weekend) {
  auto made = WeekendCalendar::make(zone, days);
  REQUIRE_MESSAGE(made.ok(), made.status().message());
  return std::move(*made);
}

Time at(const char* text) {
  return parse_time(text).value();
}

std::string id_at(const WeekendCalendar& windows, const char* time) {
  const auto window = windows.window_at(at(time));
  return window ? window->id : "none";
}

/// Every change of a zone's offset from 2000 to 2037, with instants on both sides of it, in order.
std::vector<Time> instants_around_changes(const date::time_zone& zone) {
  std::vector<Time> instants;
  const Time last = at("2037-12-31T00:00:00Z");
  for (Time change = at("2000-01-01T00:00:00Z"); change < last;) {
    for (const std::chrono::seconds offset : {-90000s, -3660s, -1s, 0s, 1s, 3570s, 3660s, 90000s, 262800s}) {
      instants.push_back(change + offset);
    }
    const auto end = zone.get_info(std::chrono::floor<std::chrono::seconds>(change)).end;
    change = end > std::chrono::floor<std::chrono::seconds>(last) ? last : Time(end);
  }
  std::sort(instants.begin(), instants.end());
  return instants;
}

/// Checks every window around the changes of `zone` against itself and the one before; returns how many there were.
std::size_t check_order(const WeekendCalendar& windows, const date::time_zone& zone) {
  std::size_t seen = 0;
  std::map<std::string, Time> begins;
  std::optional<CalendarWindow> before;
  for (const Time time : instants_around_changes(zone)) {
    const auto window = windows.window_at(time);
    if (!window) continue;
    const bool holds = window->begin <= time && time < window->end;
    const bool same = before && before->id == window->id;
    const bool ordered =
        !before || (same ? before->begin == window->begin && before->end == window->end : before->end <= window->begin);
    const bool unique = begins.emplace(window->id, window->begin).first->second == window->begin;
    const auto first = windows.window_at(window->begin), last = windows.window_at(window->end - 1us);
    const auto past = windows.window_at(window->end);
    const bool whole = first && last && first->id == window->id && last->id == window->id && (!past || past->id != window->id);
    if (!(holds && ordered && unique && whole)) FAIL_CHECK(zone.name() << " at " << format_time(time) << ": " << window->id);
    before = window;
    ++seen;
  }
  return seen;
}

/// Slow and simple: the first minute from two days before on whose local clock shows `day` or a later one.
Time first_minute_of(const date::time_zone& zone, date::local_days day) {
  auto minute = date::sys_time<std::chrono::minutes>(day.time_since_epoch() - date::days(2));
  while (zone.to_local(minute) < day) minute += 1min;
  return minute;
}

}  // namespace

TEST_CASE("a weekend of New York starts at its own midnight and is named by the UTC instant of it") {
  const auto windows = calendar("America/New_York");

  const auto window = windows.window_at(at("2013-03-09T12:00:00Z"));

  REQUIRE(window);
  CHECK(window->id == "weekend 2013-03-08T05:00:00Z");
  CHECK(window->begin == at("2013-03-08T05:00:00Z"));
  CHECK(window->end == at("2013-03-11T04:00:00Z"));  // one hour short: clocks went forward on the 10th
}

TEST_CASE("a window holds its first instant and not its end") {
  const auto windows = calendar("America/New_York");

  CHECK_FALSE(windows.window_at(at("2013-03-08T05:00:00Z") - 1us));
  CHECK(windows.window_at(at("2013-03-08T05:00:00Z")));
  CHECK(windows.window_at(at("2013-03-11T04:00:00Z") - 1us));
  CHECK_FALSE(windows.window_at(at("2013-03-11T04:00:00Z")));
}

TEST_CASE("days that do not touch make windows of their own") {
  const auto windows = calendar("UTC", {"fri", "sun"});

  CHECK(id_at(windows, "2013-03-08T12:00:00Z") == "weekend 2013-03-08T00:00:00Z");
  CHECK(id_at(windows, "2013-03-09T12:00:00Z") == "none");
  CHECK(id_at(windows, "2013-03-10T12:00:00Z") == "weekend 2013-03-10T00:00:00Z");
}

TEST_CASE("sunday and monday are neighbours") {
  const auto windows = calendar("UTC", {"mon", "sun"});

  CHECK(id_at(windows, "2013-03-10T12:00:00Z") == "weekend 2013-03-10T00:00:00Z");
  CHECK(id_at(windows, "2013-03-11T12:00:00Z") == "weekend 2013-03-10T00:00:00Z");
}

TEST_CASE("all seven days make one window per ISO week") {
  const auto windows = calendar("UTC", {"mon", "tue", "wed", "thu", "fri", "sat", "sun"});

  CHECK(id_at(windows, "2013-03-10T23:59:59Z") == "week 2013-03-04T00:00:00Z");
  CHECK(id_at(windows, "2013-03-11T00:00:00Z") == "week 2013-03-11T00:00:00Z");
}

TEST_CASE("no listed day means no window") {
  const auto windows = calendar("UTC", {});

  CHECK_FALSE(windows.window_at(at("2013-03-09T12:00:00Z")));
}

TEST_CASE("days may be written in capitals and twice, and times before 1970 have weekends too") {
  const auto windows = calendar("UTC", {"SAT", "sat", "Sun"});

  CHECK(id_at(windows, "1969-12-28T12:00:00Z") == "weekend 1969-12-27T00:00:00Z");
}

TEST_CASE("a weekend that returns over midnight when clocks go back stays one weekend") {
  // St. John's went from Sunday 00:01 back to Saturday 23:01: Saturday showed on the clock again for 59 minutes.
  const auto windows = calendar("America/St_Johns", {"sun"});
  const Time midnight = at("2009-11-01T02:30:00Z");

  CHECK_FALSE(windows.window_at(midnight - 1us));
  for (const Duration later : {Duration(0), Duration(30s), Duration(1min), Duration(30min), Duration(61min), Duration(12h)}) {
    const auto window = windows.window_at(midnight + later);
    REQUIRE(window);
    CHECK(window->begin == midnight);
  }
}

TEST_CASE("a weekend whose friday was skipped starts with what came after it") {
  // Samoa went from Thursday the 29th to Saturday the 31st of December 2011.
  const auto windows = calendar("Pacific/Apia");
  const Time jump = at("2011-12-30T10:00:00Z");

  CHECK_FALSE(windows.window_at(jump - 1us));
  CHECK(windows.window_at(jump)->begin == jump);
  CHECK(windows.window_at(jump)->end - jump == 48h);
}

TEST_CASE("an unknown zone or day is refused by name") {
  for (const char* zone : {"Mars/Olympus", "", "../../etc/passwd", "utc "}) {
    const auto made = WeekendCalendar::make(zone, weekend);
    REQUIRE_FALSE(made.ok());
    CHECK(made.status().code() == StatusCode::invalid_argument);
    CHECK(made.status().message().find(std::string("'") + zone + "'") != std::string::npos);
  }
  const auto made = WeekendCalendar::make("UTC", {"fri", "satturday"});

  REQUIRE_FALSE(made.ok());
  CHECK(made.status().code() == StatusCode::invalid_argument);
  CHECK(made.status().message().find("satturday") != std::string::npos);
}

TEST_CASE("in every zone, around every change of its offset, windows hold their instants, never overlap and never come back") {
  const std::vector<std::vector<std::string>> rotating = {
      weekend, {"sat", "sun"}, {"fri", "sun"}, {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, {"sat"}};
  std::size_t zones = 0, seen = 0;

  for (const auto& zone : date::get_tzdb().zones) {
    // Most changes fall on the edge of a Sunday, so every zone is tried with it alone, too.
    for (const auto& days : {std::vector<std::string>{"sun"}, rotating[zones++ % rotating.size()]}) {
      const auto made = WeekendCalendar::make(zone.name(), days);
      if (made.ok()) seen += check_order(*made, zone);  // else: a file beside the zones
    }
  }

  CHECK(zones > 300);
  CHECK(seen > 10'000);
}

TEST_CASE("windows begin where a minute by minute walk over the local clock finds the first day") {
  for (const char* name :
       {"America/New_York", "America/St_Johns", "America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Apia",
        "Asia/Tehran", "Australia/Lord_Howe", "Africa/Cairo", "America/Asuncion", "Asia/Kathmandu"}) {
    CAPTURE(name);
    const auto windows = calendar(name, {"sat", "sun"});
    const auto& zone = *date::locate_zone(name);
    for (const Time time : instants_around_changes(zone)) {
      const auto window = windows.window_at(time);
      if (!window || time > at("2016-01-01T00:00:00Z")) continue;

      const auto local = date::floor<date::days>(zone.to_local(date::floor<std::chrono::seconds>(window->begin)));
      CHECK(first_minute_of(zone, local) == window->begin);
    }
  }
}
