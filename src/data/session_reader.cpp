#include "session_reader.hpp"

#include "base/files.hpp"
#include "base/sha256.hpp"

namespace retrain::data {

Result<std::unique_ptr<SessionReader>> SessionReader::open(const Session& session, const DataSettings& settings,
                                                           const RowSelection& selection) {
  auto bytes = base::read_file(session.path);
  if (!bytes) return bytes.status();
  std::unique_ptr<SessionReader> reader(new SessionReader(settings, selection));
  reader->path_ = session.path;
  reader->bytes_ = std::move(*bytes);
  reader->sha256_ = base::sha256(reader->bytes_);
  if (reader->sha256_ != session.sha256) {
    return Status{StatusCode::corrupt, session.path + " is not the file that was checked: its sha256 is " + reader->sha256_ +
                                           ", not " + base::printable(session.sha256)};
  }
  if (const Status status = reader->read_header(); !status) return status.within(session.path);
  return reader;
}

Status SessionReader::read_header() {
  base::CsvReader csv(bytes_, settings_.allow_embedded_newlines);
  base::CsvRecord record;
  if (!csv.next(record)) return {StatusCode::data_not_ready, "no header"};
  std::vector<std::string> header;
  for (const auto& field : record.fields) header.emplace_back(field.text);
  auto map = ColumnMap::create(header, selection_);
  if (!map) return map.status();
  map_ = std::move(*map);
  first_ = {csv.byte(), csv.line()};
  if (settings_.session_column.empty()) return {};
  const auto field = find_column(header, settings_.session_column);
  return field ? index_sessions(*field) : field.status();
}

/// One pass finds where the records of every session start, so that each session is parsed once however many share the file.
Status SessionReader::index_sessions(std::size_t session_field) {
  base::CsvReader csv(bytes_, settings_.allow_embedded_newlines);
  csv.seek(first_.byte, first_.line);
  base::CsvRecord record;
  std::vector<RecordStart>* records = nullptr;
  std::string last;
  while (csv.next(record)) {
    if (Status status = check(csv, record); !status) return status;
    const std::string_view id = record.fields[session_field].text;
    if (records == nullptr || id != last) {
      last = id;
      records = &sessions_[last];
    }
    records->push_back({record.byte, record.line});
  }
  return {};
}

Status SessionReader::check(const base::CsvReader& reader, const base::CsvRecord& record) const {
  if (!reader.faults().empty()) {
    const auto& fault = reader.faults().front();
    return {StatusCode::data_not_ready, "line " + std::to_string(fault.line) + ": " + fault.message};
  }
  if (record.fields.size() != map_.width || reader.blank()) {
    return {StatusCode::data_not_ready,
            "line " + std::to_string(record.line) + " has " +
                (reader.blank() ? "nothing in it" : std::to_string(record.fields.size()) + " fields") + ", the header " +
                std::to_string(map_.width)};
  }
  return {};
}

Result<std::shared_ptr<const Frame>> SessionReader::frame(const std::string& id) const {
  FrameBuilder builder(map_, selection_);
  base::CsvReader csv(bytes_, settings_.allow_embedded_newlines);
  base::CsvRecord record;
  if (settings_.session_column.empty()) {
    csv.seek(first_.byte, first_.line);
    while (csv.next(record)) {
      Status status = check(csv, record);
      if (status) status = builder.add(record);
      if (!status) return status.within(path_);
    }
    return builder.finish(id);
  }
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    return Status{StatusCode::data_not_ready, path_ + " has no row of session " + base::printable(id)};
  }
  for (const RecordStart& start : found->second) {
    csv.seek(start.byte, start.line);
    csv.next(record);
    if (Status status = builder.add(record); !status) return status.within(path_);
  }
  return builder.finish(id);
}

}  // namespace retrain::data
