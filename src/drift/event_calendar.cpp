#include "event_calendar.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <sstream>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"

namespace retrain::drift {
namespace {

Status invalid(std::int64_t line, const std::string& message) {
  return {StatusCode::invalid_argument, "line " + std::to_string(line) + ": " + message};
}

Result<const date::time_zone*> find_zone(const std::string& name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    (void)zone->get_info(date::sys_seconds{});
    return zone;
  } catch (const std::exception&) {
    return Status{StatusCode::invalid_argument, "'" + base::printable(name) + "' is no time zone of this system's database"};
  }
}

/// A local time as an instant: the earlier of two, and where clocks skip it the moment of the jump.
std::optional<Time> read_local(const std::string& text, const char* format, const date::time_zone& zone, bool next_day) {
  std::istringstream stream(text);
  date::local_seconds local;
  stream >> date::parse(format, local);
  if (stream.fail() || stream.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  if (next_day) local += date::days(1);
  return Time(zone.to_sys(local, date::choose::earliest));
}

Result<Time> read_instant(std::string_view cell, const date::time_zone& zone, bool is_end) {
  const std::string text(cell);
  if (const auto exact = parse_time(text)) return *exact;
  if (const auto day = read_local(text, "%F", zone, is_end)) return *day;
  for (const char* format : {"%FT%H:%M:%S", "%FT%H:%M", "%F %H:%M:%S", "%F %H:%M"}) {
    if (const auto time = read_local(text, format, zone, false)) return *time;
  }
  return Status{StatusCode::invalid_argument,
                "'" + base::printable(text) + "' is no time like 2024-05-24, 2024-05-24T10:00 or 2024-05-24T10:00:00Z"};
}

struct Columns {
  std::size_t id = 0, start = 0, end = 0;
  std::optional<std::size_t> zone;
  std::size_t width = 0;
};

Result<Columns> read_header(const base::CsvRecord& header) {
  std::optional<std::size_t> id, start, end;
  Columns columns;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto name = header.fields[i].text;
    if (name == "id") id = i;
    if (name == "start") start = i;
    if (name == "end") end = i;
    if (name == "zone") columns.zone = i;
  }
  if (!id || !start || !end) return invalid(header.line, "the header needs the columns id, start and end");
  columns.id = *id;
  columns.start = *start;
  columns.end = *end;
  columns.width = header.fields.size();
  return columns;
}

Result<CalendarWindow> read_event(const base::CsvRecord& record, const Columns& columns, const date::time_zone& usual) {
  const auto cell = [&](std::size_t column) { return record.fields[column].text; };
  if (record.fields.size() != columns.width) {
    return invalid(record.line,
                   std::to_string(record.fields.size()) + " fields, the header has " + std::to_string(columns.width));
  }
  if (!base::safe_id(cell(columns.id))) {
    return invalid(record.line, "'" + base::printable(cell(columns.id)) + "' is no id: letters, digits, '.', '_' and '-'");
  }
  const date::time_zone* zone = &usual;
  if (columns.zone && !cell(*columns.zone).empty()) {
    const auto named = find_zone(std::string(cell(*columns.zone)));
    if (!named) return invalid(record.line, named.status().message());
    zone = *named;
  }
  const auto begin = read_instant(cell(columns.start), *zone, false);
  if (!begin) return invalid(record.line, begin.status().message());
  const auto end = read_instant(cell(columns.end), *zone, true);
  if (!end) return invalid(record.line, end.status().message());
  if (!(*begin < *end)) {
    return invalid(record.line, "event " + std::string(cell(columns.id)) + " ends at " + format_time(*end) +
                                    ", not after its start " + format_time(*begin));
  }
  return CalendarWindow{"event " + std::string(cell(columns.id)) + " " + format_time(*begin), *begin, *end};
}

}  // namespace

Result<EventCalendar> EventCalendar::read(const std::string& path, const std::string& zone) {
  const auto bytes = base::read_file(path);
  if (!bytes) return bytes.status();
  auto calendar = parse(*bytes, zone);
  return calendar ? std::move(calendar) : calendar.status().within(path);
}

Result<EventCalendar> EventCalendar::parse(std::string_view csv, const std::string& zone) {
  const auto usual = find_zone(zone);
  if (!usual) return usual.status();
  base::CsvReader reader(csv, false);
  base::CsvRecord record;
  if (!reader.next(record)) return invalid(1, "there is no header");
  const auto columns = read_header(record);
  if (!columns) return columns.status();
  EventCalendar calendar;
  while (reader.next(record)) {
    if (!reader.faults().empty()) return invalid(record.line, reader.faults().front().message);
    if (reader.blank()) continue;
    auto event = read_event(record, *columns, **usual);
    if (!event) return event.status();
    calendar.events_.push_back(std::move(*event));
  }
  auto& events = calendar.events_;
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < events.size(); ++i) {
    if (events[i - 1].end <= events[i].begin) continue;
    return Status{StatusCode::invalid_argument, "the events '" + events[i - 1].id + "' and '" + events[i].id + "' overlap"};
  }
  return calendar;
}

std::optional<CalendarWindow> EventCalendar::window_at(Time time) const {
  const auto after = std::upper_bound(events_.begin(), events_.end(), time,
                                      [](Time at, const CalendarWindow& event) { return at < event.begin; });
  if (after == events_.begin() || (after - 1)->end <= time) return std::nullopt;
  return *(after - 1);
}

}  // namespace retrain::drift
