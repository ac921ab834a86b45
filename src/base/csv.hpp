// CSV: an RFC 4180 reader over bytes in memory, record by record, that reports what breaks the format instead of guessing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::base {

/// One field, without its quotes. It points into the reader's input or buffer and is valid until the next call of next().
struct CsvField {
  std::string_view text;
  std::size_t byte = 0;  ///< offset of its first byte, an opening quote included
};

struct CsvRecord {
  std::vector<CsvField> fields;
  std::int64_t line = 0;  ///< line on which the record starts; the header is line 1
  std::size_t byte = 0;   ///< offset of its first byte
};

/// A break of the format. Rules: "stray_quote", "text_after_quote", "open_quote", "embedded_newline", "nul_byte", "bare_cr",
/// "long_field", "long_line", "many_fields"; each at most once a field.
struct CsvFault {
  std::string_view rule;
  std::string message;
  std::int64_t line = 0;
  std::size_t byte = 0;
};

constexpr std::size_t csv_max_field_bytes = std::size_t{64} << 10U;
constexpr std::size_t csv_max_record_bytes = std::size_t{1} << 20U;
constexpr std::size_t csv_max_fields = 4096;
constexpr std::size_t csv_max_quoted_bytes = std::size_t{2} << 20U;  ///< a quote that is not closed within them never is

/// Reads `bytes`, which must outlive it. A UTF-8 byte order mark is skipped. LF and CRLF end records; lines are counted by LF.
///
/// It goes on after a fault: a quote that is not closed on its line ends with that line, unless a well-formed quoted field with
/// line breaks begins there. Time is linear in the input. Threads: one at a time.
class CsvReader {
 public:
  CsvReader(std::string_view bytes, bool allow_embedded_newlines, char delimiter = ',');

  /// The next record into `record`; false at the end. Its faults stand in faults() and its fields are as good as could be read.
  bool next(CsvRecord& record);
  /// Goes on at offset `byte`, where a record starts, which is line `line`.
  void seek(std::size_t byte, std::int64_t line);
  /// Reads `bytes` from now on, which start with a record, on line `line`.
  void reset(std::string_view bytes, std::int64_t line);
  /// Whether the last record can be other than it would be if more bytes followed the last ones.
  bool at_edge() const { return examined_ + 2 > bytes_.size(); }
  /// Where the next record starts.
  std::size_t byte() const { return at_; }
  std::int64_t line() const { return line_; }

  const std::vector<CsvFault>& faults() const { return faults_; }
  /// Whether the last record lacked its line end.
  bool missing_final_newline() const { return missing_final_newline_; }
  /// Whether the last record was a line with nothing in it.
  bool blank() const { return blank_; }

 private:
  struct Quoted;

  bool plain_field(CsvRecord& record);
  bool quoted_field(CsvRecord& record);
  Quoted scan_quoted();
  bool end_of_field();
  void add(CsvRecord& record, std::string_view text, std::size_t begin);
  void fault(std::string_view rule, std::string message, std::size_t byte);
  std::string_view unescape(std::string_view text);

  std::string_view bytes_;
  bool allow_embedded_newlines_;
  char delimiter_;
  std::size_t at_ = 0;
  std::size_t examined_ = 0;  // behind the last byte that the last record's reading looked at
  std::int64_t line_ = 1;
  bool missing_final_newline_ = false;
  bool blank_ = false;
  std::vector<CsvFault> faults_;
  std::deque<std::string> unescaped_;  // its strings stay in place while it grows
  std::size_t unescaped_used_ = 0;
};

}  // namespace retrain::base
