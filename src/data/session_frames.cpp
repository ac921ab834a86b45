#include "session_frames.hpp"

#include <algorithm>

namespace retrain::data {
namespace {

char delimiter_of(const DataSettings& settings) {
  return settings.delimiter.empty() ? ',' : settings.delimiter.front();
}

}  // namespace

SessionFrames::SessionFrames(const Session& first, const DataSettings& settings, const RowSelection& selection, std::size_t slots)
    : first_(first),
      settings_(settings),
      selection_(selection),
      missing_(settings.missing_values),
      slots_(slots),
      reader_({}, settings.allow_embedded_newlines, delimiter_of(settings)) {}

bool SessionFrames::take_header(std::string_view, const base::CsvReader&, const base::CsvRecord* record) {
  status_ = read_header(record);
  if (!status_) return false;
  for (auto& slot : slots_) slot.reader.emplace(map_, selection_, missing_);
  if (!session_field_) building(first_.id);
  return true;
}

Status SessionFrames::read_header(const base::CsvRecord* record) {
  if (record == nullptr) return {StatusCode::data_not_ready, "no header"};
  std::vector<std::string> header;
  for (const auto& field : record->fields) header.emplace_back(field.text);
  auto map = ColumnMap::create(header, selection_);
  if (!map) return map.status();
  map_ = std::move(*map);
  if (settings_.session_column.empty()) return {};
  const auto field = find_column(header, settings_.session_column);
  if (!field) return field.status();
  session_field_ = *field;
  return {};
}

void SessionFrames::prepare(const csv::Segment& segment, std::size_t slot) {
  begin(segment, slot);
  csv::BatchColumns& columns = slots_[slot].reader->columns();
  for (const auto& part : segment.parts()) {
    if (part.careful) continue;
    columns.bind(segment, part);
    prepare_batch(columns, slot);
  }
}

void SessionFrames::begin(const csv::Segment& segment, std::size_t index) {
  Slot& slot = slots_[index];
  slot.used = 0;
  slot.rows = 0;
  std::size_t rows = 0;
  for (const auto& part : segment.parts()) rows += part.careful ? 0 : part.rows;
  slot.numbers.reset(slot.reader->number_columns(), rows);
}

void SessionFrames::prepare_batch(csv::BatchColumns& columns, std::size_t index) {
  Slot& slot = slots_[index];
  if (slot.used == slot.batches.size()) {
    slot.batches.emplace_back();
    slot.new_session.emplace_back();
  }
  slot.reader->read(columns, slot.rows, slot.batches[slot.used], slot.numbers);
  slot.rows += columns.rows();
  if (session_field_) slot.new_session[slot.used] = columns.changed(*session_field_);
  ++slot.used;
}

void SessionFrames::take(const csv::Segment& segment, std::size_t index, std::int64_t line) {
  const Slot& slot = slots_[index];
  const auto& parts = segment.parts();
  std::size_t batch = 0;
  for (std::size_t at = 0; at < parts.size() && status_.ok(); ++at) {
    const auto& part = parts[at];
    if (part.careful) {
      take_record(segment, part, line + part.line);
    } else if (const std::size_t whole = take_whole(segment, at, slot, batch, line + part.line); whole > 0) {
      at += whole - 1;
      batch += whole;
    } else {
      take_batch(segment, part, slot, batch++, line + part.line);
    }
  }
}

/// Takes the batches from part `first` on that belong to the file's one session and lack nothing; says how many.
std::size_t SessionFrames::take_whole(const csv::Segment& segment, std::size_t first, const Slot& slot, std::size_t batch,
                                      std::int64_t line) {
  if (session_field_) return 0;
  const std::span<const csv::Segment::Part> parts(segment.parts());
  const auto whole = [&](std::size_t i) {
    const auto& part = parts[first + i];
    if (part.careful) return false;
    const BatchValues& values = slot.batches[batch + i];
    return values.problem.row == csv::batch_rows && values.used.count() == part.rows;
  };
  std::size_t count = 0;
  while (first + count < parts.size() && whole(count)) ++count;
  Building& session = building(first_.id);
  if (count > 0 && session.status) {
    session.builder.add_whole(segment, parts.subspan(first, count), std::span(slot.batches).subspan(batch, count), slot.numbers,
                              line);
  }
  return count;
}

void SessionFrames::take_batch(const csv::Segment& segment, const csv::Segment::Part& part, const Slot& slot, std::size_t batch,
                               std::int64_t line) {
  std::string buffer;
  for (std::uint32_t first = 0; first < part.rows;) {
    std::uint32_t last = part.rows;
    std::string_view id = first_.id;
    if (session_field_) {
      last = std::min(slot.new_session[batch].next(first + 1), part.rows);
      id = csv::unquote(segment.raw(part, first, *session_field_), buffer);
    }
    Building& session = building(id);
    if (session.status) session.status = session.builder.add(segment, part, slot.batches[batch], slot.numbers, first, last, line);
    first = last;
  }
}

void SessionFrames::take_record(const csv::Segment& segment, const csv::Segment::Part& part, std::int64_t line) {
  reader_.reset(segment.window(part), line);
  reader_.next(record_);
  Status wrong;
  if (!reader_.faults().empty()) {
    const auto& fault = reader_.faults().front();
    wrong = {StatusCode::data_not_ready, "line " + std::to_string(fault.line) + ": " + fault.message};
  } else if (record_.fields.size() != map_.width || reader_.blank()) {
    wrong = {StatusCode::data_not_ready,
             "line " + std::to_string(line) + " has " +
                 (reader_.blank() ? "nothing in it" : std::to_string(record_.fields.size()) + " fields") + ", the header " +
                 std::to_string(map_.width)};
  }
  if (!session_field_) {
    Building& session = building(first_.id);
    if (session.status) session.status = wrong.ok() ? session.builder.add(record_) : wrong;
  } else if (!wrong) {
    status_ = wrong;
  } else {
    Building& session = building(record_.fields[*session_field_].text);
    if (session.status) session.status = session.builder.add(record_);
  }
}

SessionFrames::Building& SessionFrames::building(std::string_view id) {
  auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    found = sessions_.try_emplace(std::string(id), Building{FrameBuilder(map_, selection_, missing_), {}}).first;
    // A row has two bytes at least; the record of the check may be of another file.
    const auto most = std::int64_t(first_.size / 2);
    if (id == first_.id) found->second.builder.reserve(std::size_t(std::clamp<std::int64_t>(first_.used_rows, 0, most)));
  }
  return found->second;
}

SessionFrames::Frames SessionFrames::finish() {
  Frames frames;
  for (auto& [id, session] : sessions_) {
    frames.try_emplace(id, session.status.ok() ? Result<std::shared_ptr<const Frame>>(session.builder.finish(id))
                                               : Result<std::shared_ptr<const Frame>>(session.status));
  }
  return frames;
}

}  // namespace retrain::data
