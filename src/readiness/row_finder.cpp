#include "row_finder.hpp"

#include <algorithm>

namespace retrain::readiness {
namespace {

constexpr std::size_t most_places = 2048;
constexpr std::uint64_t step = std::uint64_t{128} << 10U;  // bytes read at a time

/// The row of `part` that is `index` rows behind its first.
RowFinder::Row row_of(const csv::Segment& segment, const csv::Segment::Part& part, std::uint32_t index, std::size_t width) {
  RowFinder::Row row;
  std::string buffer;
  for (std::size_t field = 0; field < width; ++field) {
    const std::string_view raw = segment.raw(part, index, field);
    row.texts.emplace_back(csv::unquote(raw, buffer));
    row.offsets.push_back(std::int64_t(segment.offset(raw.data())));
  }
  return row;
}

RowFinder::Row careful_row(const csv::Segment& segment, const csv::Segment::Part& part, base::CsvReader& reader) {
  RowFinder::Row row;
  base::CsvRecord record;
  const std::string_view bytes = segment.window(part);
  reader.reset(bytes, 1);
  reader.next(record);
  for (const auto& field : record.fields) {
    row.texts.emplace_back(field.text);
    row.offsets.push_back(std::int64_t(segment.offset(bytes.data()) + field.byte));
  }
  return row;
}

}  // namespace

void RowFinder::keep(Place place) {
  if (places_.size() == most_places) {
    for (std::size_t i = 0; 2 * i < places_.size(); ++i) places_[i] = places_[2 * i];
    places_.resize(most_places / 2);
    spacing_ *= 2;
  }
  places_.push_back(place);
}

Status RowFinder::find(const csv::SourceFile& source, csv::Dialect dialect, std::size_t width,
                       const std::vector<std::int64_t>& lines, const std::function<void(const Row&)>& visit) const {
  csv::Segment segment;
  segment.layout(csv::kernels(csv::best_set()), dialect, width);
  base::CsvReader reader({}, dialect.allow_embedded_newlines, dialect.delimiter);
  Place at;
  for (auto wanted = lines.begin(); wanted != lines.end();) {
    const auto behind = std::upper_bound(places_.begin(), places_.end(), *wanted,
                                         [](std::int64_t line, const Place& place) { return line < place.line; });
    if (behind != places_.begin() && (behind - 1)->line > at.line) at = *(behind - 1);
    if (at.line == 0 || at.byte >= source.size()) return {StatusCode::unavailable, "the file changed while it was read"};
    const std::uint64_t end = std::min(at.byte + step, source.size());
    if (Status status = segment.read(source, at.byte, end); !status) return status;
    if (Status status = segment.index(source, at.byte); !status) return status;
    for (const auto& part : segment.parts()) {
      const std::int64_t first = at.line + part.line, last = first + (part.careful ? 1 : part.rows);
      while (wanted != lines.end() && *wanted < first) ++wanted;  // no row starts there: the file is another one
      for (; wanted != lines.end() && *wanted < last; ++wanted) {
        Row row =
            part.careful ? careful_row(segment, part, reader) : row_of(segment, part, std::uint32_t(*wanted - first), width);
        row.line = *wanted;
        if (row.texts.size() == width) visit(row);
      }
    }
    at = {segment.next(), at.line + segment.lines()};
  }
  return {};
}

}  // namespace retrain::readiness
