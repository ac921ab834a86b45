#include <retrain/time.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "text.hpp"

namespace retrain {
namespace {

using namespace std::chrono;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

Duration elapsed(const Instant& earlier, const Instant& later) {
  const Duration wall = later.wall - earlier.wall;
  if (!earlier.boot_id.empty() && earlier.boot_id == later.boot_id) return std::max(Duration{}, later.boot - earlier.boot);
  return std::max({Duration{}, wall, later.boot});
}

bool clock_suspect(const Instant& earlier, const Instant& later, Duration tolerance) {
  return std::chrono::abs((later.wall - earlier.wall) - elapsed(earlier, later)) > tolerance;
}

std::string format_time(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<Duration> clock{time - day};
  char buffer[48];
  int used = std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02lld:%02lld:%02lld", int(date.year()), unsigned(date.month()),
                           unsigned(date.day()), static_cast<long long>(clock.hours().count()),
                           static_cast<long long>(clock.minutes().count()), static_cast<long long>(clock.seconds().count()));
  std::string out(buffer, static_cast<std::size_t>(used));
  if (const auto rest = clock.subseconds().count(); rest != 0) {
    used = std::snprintf(buffer, sizeof buffer, ".%06lld", static_cast<long long>(rest));
    out.append(buffer, static_cast<std::size_t>(used));
  }
  return out + "Z";
}

Result<Time> parse_time(std::string_view text) {
  const Status bad{StatusCode::invalid_argument, "'" + base::printable(text) + "' is not a time like 2013-02-14T00:00:00Z"};
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return bad;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':')
    return bad;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)), std::chrono::day(unsigned(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return bad;
  Time time = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
  text.remove_prefix(19);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    int scale = 100'000;
    std::size_t count = 0;
    for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count, scale /= 10) {
      time += microseconds((text[count] - '0') * scale);
    }
    if (count == 0) return bad;
    text.remove_prefix(count);
  }
  if (text == "Z" || text == "z") return time;
  if (text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':') {
    const auto off_hours = digits(text, 1, 2), off_minutes = digits(text, 4, 2);
    if (!off_hours || !off_minutes || *off_hours > 23 || *off_minutes > 59) return bad;
    const auto offset = hours(*off_hours) + minutes(*off_minutes);
    return text[0] == '+' ? time - offset : time + offset;
  }
  return bad;
}

std::string format_duration(Duration duration) {
  if (duration < Duration{}) return "-" + format_duration(-duration);
  const auto total = round<seconds>(duration);
  if (total == seconds{} && duration != Duration{}) return std::to_string(round<milliseconds>(duration).count()) + "ms";
  const std::pair<long long, const char*> units[] = {
      {total.count() / 86400, "d"}, {total.count() / 3600 % 24, "h"}, {total.count() / 60 % 60, "m"}, {total.count() % 60, "s"}};
  std::string out;
  int used = 0;
  for (const auto& [count, unit] : units) {
    if (count == 0 || used == 2) {
      if (used > 0) ++used;
      continue;
    }
    out += (out.empty() ? "" : " ") + std::to_string(count) + unit;
    ++used;
    if (used == 2) break;
  }
  return out.empty() ? "0s" : out;
}

Result<Duration> parse_duration(std::string_view text) {
  const Status bad{StatusCode::invalid_argument, "'" + base::printable(text) + "' is not a duration like 90s, 15m, 1h or 7d"};
  const auto unit = text.find_first_not_of("0123456789.");
  if (unit == 0 || unit == std::string_view::npos) return bad;
  const auto count = base::parse_double(text.substr(0, unit));
  if (!count) return bad;
  const std::string_view name = text.substr(unit);
  double scale = 0;
  if (name == "ms") scale = 1e3;
  if (name == "s") scale = 1e6;
  if (name == "m") scale = 60e6;
  if (name == "h") scale = 3600e6;
  if (name == "d") scale = 86400e6;
  const double value = *count * scale;
  if (scale == 0 || value > 9e17) return bad;
  return Duration(static_cast<std::int64_t>(std::llround(value)));
}

}  // namespace retrain
