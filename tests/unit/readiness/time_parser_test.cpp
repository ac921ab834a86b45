#include "readiness/time_parser.hpp"

#include <doctest/doctest.h>

using namespace retrain;
using retrain::readiness::TimeParser;

namespace {

std::string parsed(const TimeParser& times, std::string_view text) {
  const auto time = times.parse(text);
  return time ? format_time(*time) : "none";
}

}  // namespace

TEST_CASE("a date alone is the end of that day in the zone, also across a change of clocks") {
  const TimeParser utc = TimeParser::in_zone("UTC").value(), new_york = TimeParser::in_zone("America/New_York").value(),
                   kolkata = TimeParser::in_zone("Asia/Kolkata").value();

  CHECK(parsed(utc, "2013-02-14") == "2013-02-15T00:00:00Z");
  CHECK(parsed(utc, "2012-02-29") == "2012-03-01T00:00:00Z");
  CHECK(parsed(utc, "2013-12-31") == "2014-01-01T00:00:00Z");
  CHECK(parsed(new_york, "2013-01-01") == "2013-01-02T05:00:00Z");
  CHECK(parsed(new_york, "2013-03-10") == "2013-03-11T04:00:00Z");
  CHECK(parsed(kolkata, "2013-01-01") == "2013-01-01T18:30:00Z");
}

TEST_CASE("a local time that happens twice is the later one, one that never happens the end of the gap") {
  const TimeParser new_york = TimeParser::in_zone("America/New_York").value();

  CHECK(parsed(new_york, "2013-11-03T01:30") == "2013-11-03T06:30:00Z");
  CHECK(parsed(new_york, "2013-03-10T02:30") == "2013-03-10T07:00:00Z");
}

TEST_CASE("an offset rules over the zone, and fractions are cut to microseconds") {
  const TimeParser new_york = TimeParser::in_zone("America/New_York").value();

  CHECK(parsed(new_york, "2013-02-14T13:05:10Z") == "2013-02-14T13:05:10Z");
  CHECK(parsed(new_york, "2013-02-14 13:05+02:30") == "2013-02-14T10:35:00Z");
  CHECK(parsed(new_york, "2013-02-14T00:00:00.1234567-05:00") == "2013-02-14T05:00:00.123456Z");
  CHECK(parsed(new_york, "2013-07-01 12:00:00") == "2013-07-01T16:00:00Z");
}

TEST_CASE("everything else is no time") {
  const TimeParser utc = TimeParser::in_zone("").value();

  for (const char* text : {"",
                           "2013",
                           "2013-02",
                           "2013-02-30",
                           "2013-13-01",
                           "2013-00-01",
                           "13-02-14",
                           "2013/02/14",
                           "2013-02-14T",
                           "2013-02-14T1:05",
                           "2013-02-14T24:00",
                           "2013-02-14T13:60",
                           "2013-02-14T13:05:60",
                           "2013-02-14T13:05:10.",
                           "2013-02-14T13:05:10.1234567890",
                           "2013-02-14T13:05+2",
                           "2013-02-14T13:05ZZ",
                           "2013-02-14T13:05 Z",
                           " 2013-02-14",
                           "2013-02-14 "}) {
    CAPTURE(text);
    CHECK(parsed(utc, text) == "none");
  }
}

TEST_CASE("an unknown zone is refused by name") {
  const Status status = TimeParser::in_zone("Europe/Atlantis").status();

  CHECK(status.code() == StatusCode::invalid_argument);
  CHECK(status.message() == "time zone 'Europe/Atlantis' is not known on this machine");
}
