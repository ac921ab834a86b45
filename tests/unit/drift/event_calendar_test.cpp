#include "drift/event_calendar.hpp"

#include <doctest/doctest.h>

using namespace retrain;
using drift::EventCalendar;

namespace {

Time at(const char* text) {
  return parse_time(text).value();
}

const char* const races =
    "id,start,end,zone\n"
    "monza,2024-08-30,2024-09-01,Europe/Rome\n"
    "austin,2024-10-18T10:00,2024-10-20T23:00,America/Chicago\n"
    "spa,2024-07-26T00:00:00Z,2024-07-28T22:00:00Z,\n";

std::string complaint(const std::string& csv) {
  const auto calendar = EventCalendar::parse(csv, "UTC");
  CHECK(calendar.status().code() == StatusCode::invalid_argument);
  return calendar.status().message();
}

}  // namespace

TEST_CASE("an event is an interval of UTC instants, cut in its own zone") {
  const auto calendar = EventCalendar::parse(races, "UTC");

  REQUIRE_MESSAGE(calendar.ok(), calendar.status().message());
  const auto monza = calendar->window_at(at("2024-08-31T12:00:00Z"));
  REQUIRE(monza);
  CHECK(monza->id == "event monza 2024-08-29T22:00:00Z");
  CHECK(monza->begin == at("2024-08-29T22:00:00Z"));
  CHECK(monza->end == at("2024-09-01T22:00:00Z"));
  CHECK(calendar->window_at(at("2024-10-18T15:00:00Z"))->begin == at("2024-10-18T15:00:00Z"));
  CHECK(calendar->window_at(at("2024-07-28T21:59:59Z"))->id == "event spa 2024-07-26T00:00:00Z");
}

TEST_CASE("the end of an event is no part of it, and between events there is no window") {
  const auto calendar = EventCalendar::parse(races, "UTC");

  CHECK_FALSE(calendar->window_at(at("2024-09-01T22:00:00Z")));
  CHECK_FALSE(calendar->window_at(at("2024-08-29T21:59:59Z")));
  CHECK_FALSE(calendar->window_at(at("2020-01-01T00:00:00Z")));
  CHECK_FALSE(calendar->window_at(at("2030-01-01T00:00:00Z")));
}

TEST_CASE("an event over the night in which clocks go back is one window, however often an hour shows") {
  const auto calendar = EventCalendar::parse("id,start,end,zone\nautumn,2024-10-26,2024-10-27,Europe/Berlin\n", "UTC");

  const auto window = calendar->window_at(at("2024-10-27T01:30:00Z"));

  REQUIRE(window);
  CHECK(window->end - window->begin == std::chrono::hours(49));
  CHECK(calendar->window_at(at("2024-10-27T00:30:00Z"))->id == window->id);
}

TEST_CASE("a calendar that cannot be meant is refused with its line") {
  CHECK(complaint("") == "line 1: there is no header");
  CHECK(complaint("id,start\n") == "line 1: the header needs the columns id, start and end");
  CHECK(complaint("id,start,end\na,2024-01-02,2024-01-01\n").find("line 2: event a ends at") == 0);
  CHECK(complaint("id,start,end\na b,2024-01-01,2024-01-01\n").find("line 2: 'a b' is no id") == 0);
  CHECK(complaint("id,start,end\na,soon,2024-01-01\n").find("line 2: 'soon' is no time") == 0);
  CHECK(complaint("id,start,end\na,2024-02-30,2024-03-01\n").find("line 2: '2024-02-30' is no time") == 0);
  CHECK(complaint("id,start,end,zone\na,2024-01-01,2024-01-02,Mars/Base\n").find("line 2: 'Mars/Base' is no time zone") == 0);
  CHECK(complaint("id,start,end\na,2024-01-01\n").find("line 2: 2 fields, the header has 3") == 0);
  CHECK(complaint("id,start,end\na,2024-01-01,2024-01-03\nb,2024-01-03,2024-01-04\n") ==
        "the events 'event a 2024-01-01T00:00:00Z' and 'event b 2024-01-03T00:00:00Z' overlap");
}

TEST_CASE("a calendar file that is not there is named") {
  const auto calendar = EventCalendar::read("/nowhere/events.csv", "UTC");

  CHECK(calendar.status().code() == StatusCode::not_found);
  CHECK(calendar.status().message().find("/nowhere/events.csv") != std::string::npos);
}
