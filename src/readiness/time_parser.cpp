#include "time_parser.hpp"

#include <date/tz.h>

#include "base/text.hpp"

namespace retrain::readiness {
namespace {

/// Takes digits and marks from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool take(char mark) {
    if (text_.empty() || text_.front() != mark) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits, at most `largest`.
  bool take_number(std::size_t count, int largest, int& value) {
    if (text_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value <= largest;
  }
  /// One to nine digits of a second, cut to microseconds.
  bool take_fraction(Duration& fraction) {
    int scale = 100'000;
    std::size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count, scale /= 10) {
      fraction += Duration((text_[count] - '0') * scale);
    }
    text_.remove_prefix(count);
    return count >= 1 && count <= 9;
  }

 private:
  std::string_view text_;
};

}  // namespace

Result<TimeParser> TimeParser::in_zone(const std::string& name) {
  if (name.empty() || name == "UTC") return TimeParser(nullptr);
  try {
    return TimeParser(date::locate_zone(name));
  } catch (const std::exception&) {
    return Status{StatusCode::invalid_argument, "time zone '" + base::printable(name) + "' is not known on this machine"};
  }
}

std::optional<Time> TimeParser::parse(std::string_view text) const {
  Scanner scan(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!scan.take_number(4, 9999, year) || !scan.take('-') || !scan.take_number(2, 12, month) || !scan.take('-') ||
      !scan.take_number(2, 31, day)) {
    return std::nullopt;
  }
  const date::year_month_day date{date::year(year), date::month(unsigned(month)), date::day(unsigned(day))};
  if (!date.ok()) return std::nullopt;

  Duration of_day{};
  if (scan.done()) {
    of_day = std::chrono::days(1);
  } else {
    if (!scan.take('T') && !scan.take(' ')) return std::nullopt;
    if (!scan.take_number(2, 23, hour) || !scan.take(':') || !scan.take_number(2, 59, minute)) return std::nullopt;
    of_day = std::chrono::hours(hour) + std::chrono::minutes(minute);
    if (scan.take(':')) {
      if (!scan.take_number(2, 59, second)) return std::nullopt;
      of_day += std::chrono::seconds(second);
      if (scan.take('.') && !scan.take_fraction(of_day)) return std::nullopt;
    }
    if (scan.take('Z')) return scan.done() ? std::optional<Time>(date::sys_days(date) + of_day) : std::nullopt;
    const bool ahead = scan.take('+');
    if (ahead || scan.take('-')) {
      if (!scan.take_number(2, 23, hour) || !scan.take(':') || !scan.take_number(2, 59, minute) || !scan.done())
        return std::nullopt;
      const Duration offset = std::chrono::hours(hour) + std::chrono::minutes(minute);
      return date::sys_days(date) + (ahead ? of_day - offset : of_day + offset);
    }
    if (!scan.done()) return std::nullopt;
  }
  if (zone_ == nullptr) return date::sys_days(date) + of_day;
  return zone_->to_sys(date::local_days(date) + of_day, date::choose::latest);
}

}  // namespace retrain::readiness
