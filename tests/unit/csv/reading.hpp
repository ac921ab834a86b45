// A CSV file read to its end by the scanner or by the slow reader, in a form in which the two can be compared.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "csv/scanner.hpp"
#include "support/temporary_folder.hpp"

namespace retrain::test {

struct Reading {
  struct Record {
    std::int64_t line = 0;
    std::uint64_t byte = 0;
    std::vector<std::string> fields;
    std::vector<std::uint64_t> offsets;
    std::vector<std::string> faults;  ///< rule, line, offset and message
    bool blank = false, missing_final_newline = false;
    bool operator==(const Record&) const = default;
  };
  std::vector<Record> records;
  std::int64_t careful = 0;  ///< records that the fast lane left
  bool operator==(const Reading& other) const { return records == other.records; }
};

inline Reading::Record record_of(const base::CsvReader& reader, const base::CsvRecord& record, std::uint64_t base) {
  Reading::Record out{record.line, base + record.byte};
  for (const auto& field : record.fields) {
    out.fields.emplace_back(field.text);
    out.offsets.push_back(base + field.byte);
  }
  for (const auto& fault : reader.faults()) {
    out.faults.push_back(std::string(fault.rule) + " " + std::to_string(fault.line) + " " + std::to_string(base + fault.byte) +
                         " " + fault.message);
  }
  out.blank = reader.blank();
  out.missing_final_newline = reader.missing_final_newline();
  return out;
}

inline Reading read_slowly(std::string_view bytes, csv::Dialect dialect = {}) {
  Reading reading;
  base::CsvReader reader(bytes, dialect.allow_embedded_newlines, dialect.delimiter);
  base::CsvRecord record;
  while (reader.next(record)) reading.records.push_back(record_of(reader, record, 0));
  return reading;
}

class ReadingSink final : public csv::RowSink {
 public:
  explicit ReadingSink(csv::Dialect dialect) : dialect_(dialect) {}

  bool take_header(std::string_view, const base::CsvReader& reader, const base::CsvRecord* record) override {
    if (record != nullptr) reading.records.push_back(record_of(reader, *record, 0));
    return record != nullptr;
  }
  void prepare(const csv::Segment&, std::size_t) override {}
  void take(const csv::Segment& segment, std::size_t, std::int64_t line) override {
    base::CsvReader reader({}, dialect_.allow_embedded_newlines, dialect_.delimiter);
    base::CsvRecord record;
    for (const auto& part : segment.parts()) {
      if (part.careful) {
        ++reading.careful;
        const std::string_view view = segment.window(part);
        reader.reset(view, line + part.line);
        reader.next(record);
        reading.records.push_back(record_of(reader, record, segment.offset(view.data())));
        continue;
      }
      for (std::uint32_t row = 0; row < part.rows; ++row) take_row(segment, part, row, line + part.line + row);
    }
  }

  Reading reading;

 private:
  void take_row(const csv::Segment& segment, const csv::Segment::Part& part, std::uint32_t row, std::int64_t line) {
    Reading::Record out{line, segment.offset(segment.raw(part, row, 0).data())};
    std::string buffer;
    for (std::size_t field = 0; field < reading.records.front().fields.size(); ++field) {
      const std::string_view raw = segment.raw(part, row, field);
      out.fields.emplace_back(csv::unquote(raw, buffer));
      out.offsets.push_back(segment.offset(raw.data()));
    }
    reading.records.push_back(std::move(out));
  }

  csv::Dialect dialect_;
};

inline Reading scan(const TemporaryFolder& folder, const std::string& bytes, const csv::ScanOptions& options) {
  const auto source = csv::SourceFile::open(folder.write("scanned.csv", bytes)).value();
  ReadingSink sink(options.dialect);
  const auto hash = csv::scan_file(*source, options, sink);
  if (!hash) throw std::runtime_error(hash.status().message());
  return std::move(sink.reading);
}

}  // namespace retrain::test
