#include "file_check.hpp"

#include "base/text.hpp"
#include "column_check.hpp"
#include "header.hpp"
#include "row_tally.hpp"

namespace retrain::readiness {
namespace {

class FileCheck final : public csv::RowSink {
 public:
  FileCheck(const SessionFile& file, const Schema& schema, const TimeParser& times, const CheckOptions& options)
      : file_(file),
        schema_(schema),
        times_(times),
        log_(file.path, file.name),
        tally_(schema, times, log_, file.stem, options.memory),
        slots_(csv::slots_of(options.threads)),
        also_(options.also),
        reader_({}, schema.dialect.allow_embedded_newlines, schema.dialect.delimiter) {}

  bool take_header(std::string_view head, const base::CsvReader& reader, const base::CsvRecord* record) override {
    if (const char* encoding = foreign_encoding(head)) {
      log_.error("encoding", {file_session()}, [&] { return std::string("is ") + encoding + ", not UTF-8"; });
      return false;
    }
    if (record == nullptr) {
      log_.error("empty_file", {file_session()}, [] { return "is empty: it has no header"; });
      return false;
    }
    check_format(reader, *record, 0);
    header_ = resolve_header(*record, schema_, log_, file_session());
    if (!schema_.session_column.empty() && !header_.session) return false;
    tally_.set_header(header_);
    for (auto& slot : slots_) slot.check.emplace(schema_, header_, times_);
    judged_ = true;
    also_wanted_ = also_ != nullptr && also_->take_header(head, reader, record);
    return true;
  }

  void prepare(const csv::Segment& segment, std::size_t slot) override {
    ColumnCheck& check = *slots_[slot].check;
    SegmentNotes& notes = slots_[slot].notes;
    notes.clear();
    if (also_wanted_) also_->begin(segment, slot);
    for (std::uint32_t i = 0; i < segment.parts().size(); ++i) {
      if (segment.parts()[i].careful) continue;
      // The other sink first: where it asks for changes of a column, the check need not look at its cells one by one.
      csv::BatchColumns& columns = check.bind(segment, i);
      if (also_wanted_) also_->prepare_batch(columns, slot);
      check.check(notes);
    }
  }

  void take(const csv::Segment& segment, std::size_t slot, std::int64_t line) override {
    const SegmentNotes& notes = slots_[slot].notes;
    auto batch = notes.batches.begin();
    for (const auto& part : segment.parts()) {
      if (part.careful) {
        take_record(segment, part, line + part.line);
      } else {
        tally_.take_batch(segment, notes, *batch++, line + part.line);
      }
    }
    if (also_wanted_) also_->take(segment, slot, line);
  }

  Result<CheckedFile> finish(std::string sha256, const csv::SourceFile& source) {
    Session read;
    read.path = file_.path;
    read.sha256 = std::move(sha256);
    read.size = source.size();
    auto sessions = tally_.finish(read, source);
    if (!sessions) return sessions.status();
    CheckedFile result{std::move(*sessions), FindingLog({}, {})};
    if (judged_ && result.sessions.empty() && schema_.min_rows > 0) {
      log_.error("min_rows", {}, [] { return "has no row, and so no session"; });
    }
    result.log = std::move(log_);
    return result;
  }

 private:
  struct Slot {
    std::optional<ColumnCheck> check;
    SegmentNotes notes;
  };

  /// The session to which what concerns the whole file belongs.
  std::string_view file_session() const {
    return schema_.session_column.empty() ? std::string_view(file_.stem) : std::string_view();
  }

  /// Faults of the format in one record, whose offsets count from `base`; true when its fields can be trusted.
  bool check_format(const base::CsvReader& reader, const base::CsvRecord& record, std::uint64_t base) {
    const auto text_at = [&](std::size_t byte) {
      std::string_view text;
      for (const auto& field : record.fields) {
        if (field.byte <= byte) text = field.text;
      }
      return text;
    };
    for (const auto& fault : reader.faults()) {
      log_.error(fault.rule, {file_session(), fault.line, {}, std::int64_t(base + fault.byte), text_at(fault.byte)},
                 [&] { return fault.message; });
    }
    if (reader.missing_final_newline()) {
      log_.warning("missing_final_newline", {file_session(), record.line}, [] { return "the last line has no line end"; });
    }
    for (const auto& field : record.fields) {
      if (base::valid_utf8(field.text)) continue;
      log_.error("utf8", {file_session(), record.line, {}, std::int64_t(base + field.byte), field.text},
                 [&] { return "'" + base::printable(field.text) + "' is not UTF-8"; });
    }
    return reader.faults().empty();
  }

  void take_record(const csv::Segment& segment, const csv::Segment::Part& part, std::int64_t line) {
    const std::string_view bytes = segment.window(part);
    const std::uint64_t base = segment.offset(bytes.data());
    const Place here{file_session(), line, {}, std::int64_t(base)};
    if (part.cut) {
      log_.error("long_line", here, [&] {
        return "record of more than " + std::to_string(csv::record_window) + " bytes, over the limit of " +
               std::to_string(base::csv_max_record_bytes);
      });
      return tally_.take_broken_row();
    }
    reader_.reset(bytes, line);
    reader_.next(record_);
    const bool trusted = check_format(reader_, record_, base);
    if (reader_.blank()) {
      log_.error("blank_line", here, [] { return "blank line"; });
      return;
    }
    const bool ragged = trusted && record_.fields.size() != header_.width;
    if (ragged) {
      log_.error("ragged_row", here, [&] {
        return std::to_string(record_.fields.size()) + " fields, the header has " + std::to_string(header_.width);
      });
    }
    if (!trusted || ragged) return tally_.take_broken_row();
    tally_.take_record(record_, base);
  }

  const SessionFile& file_;
  const Schema& schema_;
  const TimeParser& times_;
  FindingLog log_;
  RowTally tally_;
  Header header_;
  bool judged_ = false;  // whether the rows were looked at
  std::vector<Slot> slots_;
  csv::BatchSink* const also_;
  bool also_wanted_ = false;
  base::CsvReader reader_;
  base::CsvRecord record_;
};

}  // namespace

Result<CheckedFile> check_file(const SessionFile& file, const Schema& schema, const TimeParser& times,
                               const CheckOptions& options) {
  const auto source = csv::SourceFile::open(file.path);
  if (!source) return source.status();
  FileCheck check(file, schema, times, options);
  const csv::ScanOptions scan{schema.dialect, options.threads, options.instructions, options.chunk, options.hash};
  auto sha256 = csv::scan_file(**source, scan, check);
  if (!sha256) return sha256.status();
  return check.finish(std::move(*sha256), **source);
}

}  // namespace retrain::readiness
