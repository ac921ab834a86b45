#include <doctest/doctest.h>

#include <retrain/time.hpp>

using namespace retrain;
using namespace std::chrono_literals;

TEST_CASE("a time is written as RFC 3339 and read back") {
  for (const char* text :
       {"2013-02-14T00:00:00Z", "2024-02-29T23:59:59.000001Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z"}) {
    CAPTURE(text);
    CHECK(format_time(parse_time(text).value()) == text);
  }
  CHECK(parse_time("2013-02-14T02:00:00+02:00").value() == parse_time("2013-02-14T00:00:00Z").value());
  CHECK(parse_time("2013-02-14 00:00:00.5-00:30").value() == parse_time("2013-02-14T00:30:00.500000Z").value());
}

TEST_CASE("what is no RFC 3339 time is refused with its text") {
  for (const char* text : {"", "2013-02-14", "2013-02-30T00:00:00Z", "2013-02-14T24:00:00Z", "2013-02-14T00:00:00",
                           "2013-02-14T00:00:00Zx", "2013-02-14T00:00:00+2:00", "2013-02-14T00:00:00.Z", "yesterday"}) {
    CAPTURE(text);

    const auto time = parse_time(text);

    REQUIRE_FALSE(time.ok());
    CHECK(time.status().code() == StatusCode::invalid_argument);
    CHECK(time.status().message().find(text) != std::string::npos);
  }
}

TEST_CASE("durations are read with their unit and shown in the two largest") {
  CHECK(parse_duration("90s").value() == 90s);
  CHECK(parse_duration("7d").value() == 168h);
  CHECK(parse_duration("250ms").value() == 250ms);
  CHECK(parse_duration("1.5h").value() == 90min);
  for (const char* bad : {"", "90", "s", "1w", "-5s", "1h30", "nan s", "99999999999999d"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).ok());
  }
  CHECK(format_duration(90s) == "1m 30s");
  CHECK(format_duration(28h + 5s) == "1d 4h");
  CHECK(format_duration(1h + 5s) == "1h");
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(-90s) == "-1m 30s");
}

TEST_CASE("elapsed time follows the boot clock within a boot, and survives a reboot and a step of the wall clock") {
  const Instant earlier{Time(1'000'000s), 100s, "a"};

  CHECK(elapsed(earlier, {Time(2'000'000s), 160s, "a"}) == 60s);
  CHECK(elapsed(earlier, {Time(0s), 160s, "a"}) == 60s);
  CHECK(elapsed(earlier, {Time(1'000'500s), 20s, "b"}) == 500s);
  CHECK(elapsed(earlier, {Time(0s), 20s, "b"}) == 20s);
  CHECK(clock_suspect(earlier, {Time(2'000'000s), 160s, "a"}));
  CHECK_FALSE(clock_suspect(earlier, {Time(1'000'062s), 160s, "a"}));
}
