// CSV: an RFC 4180 reader over bytes in memory, row by row, that reports what breaks the format instead of guessing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::base {

/// One record. Views point into the reader's input or its own buffer and are valid until the next call.
struct CsvRow {
  std::vector<std::string_view> fields;   ///< unquoted
  std::vector<std::size_t> offsets;       ///< byte offset of each field in the file
  std::vector<bool> quoted;
  std::int64_t line = 0;                  ///< line on which the record starts; the header is line 1
};

/// A break of the format.
struct CsvFault {
  std::string rule;      ///< "stray_quote", "open_quote", "embedded_newline", "nul_byte", "bare_cr", "long_field"
  std::string message;
  std::int64_t line = 0;
  std::size_t byte = 0;
};

/// Reads `bytes`, which must outlive it. A UTF-8 byte order mark is skipped; CRLF and LF end records.
class CsvReader {
 public:
  CsvReader(std::string_view bytes, bool allow_embedded_newlines);
  /// The next record; false at the end. Faults of the record stand in faults() and its fields are as good as could be read.
  bool next(CsvRow& row);
  /// Faults found by the last call of next().
  const std::vector<CsvFault>& faults() const { return faults_; }
  /// Whether the last record lacked its line end.
  bool missing_final_newline() const { return missing_final_newline_; }
  /// Whether the last record was a line with nothing in it.
  bool blank() const { return blank_; }

 private:
  std::string_view bytes_;
  bool allow_embedded_newlines_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  bool missing_final_newline_ = false;
  bool blank_ = false;
  std::vector<CsvFault> faults_;
  std::vector<std::string> unescaped_;
};

}  // namespace retrain::base
