// Time: instants and durations in whole microseconds, UTC.
#pragma once

#include <chrono>
#include <retrain/status.hpp>
#include <string>
#include <string_view>

namespace retrain {

using Duration = std::chrono::microseconds;
/// A point of civil time, UTC, in microseconds since 1970. This is what is stored.
using Time = std::chrono::sys_time<Duration>;

/// One reading of a clock: civil time, time since this machine booted (suspend included), and which boot that was.
struct Instant {
  Time wall{};
  Duration boot{};
  std::string boot_id;
};

/// How much time passed from `earlier` to `later`, robust to steps of the wall clock: within one boot the difference of
/// boot times, across boots the larger of the wall difference and the later uptime. Never negative.
Duration elapsed(const Instant& earlier, const Instant& later);

/// True when the wall clock and the boot clock disagree about `elapsed` by more than `tolerance`.
bool clock_suspect(const Instant& earlier, const Instant& later, Duration tolerance = std::chrono::seconds(5));

/// RFC 3339 in UTC, seconds or microseconds: "2013-02-14T00:00:00Z".
std::string format_time(Time time);
/// Reads RFC 3339 ("2013-02-14T00:00:00Z", an offset allowed). Fails with invalid_argument, naming the text.
Result<Time> parse_time(std::string_view text);

/// A duration for people: "90s", "15m", "1h", "7d", or the two largest units ("1d 4h").
std::string format_duration(Duration duration);
/// Reads "90s", "15m", "1h", "7d" or "250ms". Fails with invalid_argument, naming the text.
Result<Duration> parse_duration(std::string_view text);

}  // namespace retrain
