#include "csv.hpp"

#include <algorithm>
#include <array>

namespace retrain::base {
namespace {

constexpr std::size_t none = std::string_view::npos;

constexpr std::array<bool, 256> table_of(std::string_view characters) {
  std::array<bool, 256> table{};
  for (const char c : characters) table[static_cast<unsigned char>(c)] = true;
  return table;
}

// What can end a quoted field, or needs notice in any; a plain field ends at a delimiter too.
constexpr auto marks = table_of({"\n\r\"\0", 4});

}  // namespace

/// What lies behind an opening quote.
struct CsvReader::Quoted {
  std::size_t close = none;        // offset of the closing quote
  std::size_t first_break = none;  // of the first CR or LF inside
  std::size_t nul = none;
  std::size_t limit = 0;   // where the search for the closing quote ended
  std::int64_t lines = 0;  // LFs inside
  bool escapes = false;
};

CsvReader::CsvReader(std::string_view bytes, bool allow_embedded_newlines, char delimiter)
    : bytes_(bytes), allow_embedded_newlines_(allow_embedded_newlines), delimiter_(delimiter) {
  if (bytes_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

void CsvReader::seek(std::size_t byte, std::int64_t line) {
  at_ = byte;
  line_ = line;
}

void CsvReader::reset(std::string_view bytes, std::int64_t line) {
  bytes_ = bytes;
  seek(0, line);
}

bool CsvReader::next(CsvRecord& record) {
  record.fields.clear();
  faults_.clear();
  unescaped_used_ = 0;
  missing_final_newline_ = blank_ = false;
  if (at_ >= bytes_.size()) return false;

  record.line = line_;
  record.byte = at_;
  examined_ = at_;
  blank_ = bytes_[at_] == '\n' || bytes_.substr(at_, 2) == "\r\n";
  std::size_t fields = 0;
  for (bool more = true; more; ++fields) {
    more = at_ < bytes_.size() && bytes_[at_] == '"' ? quoted_field(record) : plain_field(record);
  }
  if (fields > csv_max_fields) {
    fault("many_fields", std::to_string(fields) + " fields, over the limit of " + std::to_string(csv_max_fields), record.byte);
    faults_.back().line = record.line;
  }
  if (const std::size_t size = at_ - record.byte; size > csv_max_record_bytes) {
    fault("long_line", "record of " + std::to_string(size) + " bytes, over the limit of " + std::to_string(csv_max_record_bytes),
          record.byte);
    faults_.back().line = record.line;
  }
  return true;
}

bool CsvReader::plain_field(CsvRecord& record) {
  const std::size_t begin = at_;
  bool quote = false, nul = false, bare_cr = false;
  for (;; ++at_) {
    while (at_ < bytes_.size() && bytes_[at_] != delimiter_ && !marks[static_cast<unsigned char>(bytes_[at_])]) ++at_;
    if (at_ == bytes_.size()) break;
    const char mark = bytes_[at_];
    if (mark == delimiter_ || mark == '\n') break;
    if (mark == '\r') {
      if (at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '\n') break;
      if (!bare_cr) fault("bare_cr", "carriage return without line feed", at_);
      bare_cr = true;
    } else if (mark == '"') {
      if (!quote) fault("stray_quote", "quote inside a field that does not begin with one", at_);
      quote = true;
    } else {
      if (!nul) fault("nul_byte", "NUL byte", at_);
      nul = true;
    }
  }
  add(record, bytes_.substr(begin, at_ - begin), begin);
  return end_of_field();
}

CsvReader::Quoted CsvReader::scan_quoted() {
  Quoted quoted;
  quoted.limit = std::min(bytes_.size(), at_ + csv_max_quoted_bytes);
  for (std::size_t at = at_ + 1;; ++at) {
    while (at < quoted.limit && !marks[static_cast<unsigned char>(bytes_[at])]) ++at;
    examined_ = std::max(examined_, at + 2);
    if (at >= quoted.limit) return quoted;
    const char mark = bytes_[at];
    if (mark == '"') {
      if (at + 1 == bytes_.size() || bytes_[at + 1] != '"') {
        quoted.close = at;
        return quoted;
      }
      quoted.escapes = true;
      ++at;
    } else if (mark == '\0') {
      if (quoted.nul == none) quoted.nul = at;
    } else {
      if (quoted.first_break == none) quoted.first_break = at;
      if (mark == '\n') ++quoted.lines;
    }
  }
}

bool CsvReader::quoted_field(CsvRecord& record) {
  const std::size_t open = at_;
  const Quoted quoted = scan_quoted();
  const std::string_view behind = quoted.close == none ? std::string_view{} : bytes_.substr(quoted.close + 1, 2);
  const bool closes =
      quoted.close != none && (behind.empty() || behind[0] == delimiter_ || behind[0] == '\n' || behind == "\r\n");
  const bool broken_line = quoted.first_break != none && !allow_embedded_newlines_;

  // Text behind a quote on a later line: that quote opens another field, so the one here was never closed.
  const bool never_closed = quoted.close == none || (!closes && broken_line);
  std::size_t end = never_closed ? std::min(quoted.first_break, quoted.limit) : quoted.close;
  if (never_closed) {
    fault("open_quote", "quote is opened and not closed on its line", open);
  } else if (broken_line) {
    fault("embedded_newline",
          quoted.lines == 0
              ? "line break inside quotes"
              : "quoted field runs over lines " + std::to_string(line_) + " to " + std::to_string(line_ + quoted.lines),
          quoted.first_break);
  }
  if (quoted.nul < end) {
    fault("nul_byte", "NUL byte", quoted.nul);
    faults_.back().line += std::count(bytes_.begin() + open, bytes_.begin() + quoted.nul, '\n');
  }

  const std::string_view content = bytes_.substr(open + 1, end - open - 1);
  add(record, quoted.escapes ? unescape(content) : content, open);
  at_ = end;
  if (!never_closed) {
    line_ += quoted.lines;
    ++at_;
    if (!closes) fault("text_after_quote", "text behind a closing quote", at_);
  }
  // What stands between the quote and the next separator belongs to no field.
  while (at_ < bytes_.size() && bytes_[at_] != delimiter_ && bytes_[at_] != '\n') ++at_;
  return end_of_field();
}

/// Steps over what ends a field; true when another one follows.
bool CsvReader::end_of_field() {
  examined_ = std::max(examined_, at_);
  if (at_ == bytes_.size()) {
    missing_final_newline_ = true;
    return false;
  }
  const char mark = bytes_[at_];
  at_ += mark == '\r' ? 2 : 1;
  if (mark == delimiter_) return true;
  ++line_;
  return false;
}

void CsvReader::add(CsvRecord& record, std::string_view text, std::size_t begin) {
  if (text.size() > csv_max_field_bytes) {
    fault("long_field",
          "field of " + std::to_string(text.size()) + " bytes, over the limit of " + std::to_string(csv_max_field_bytes), begin);
  }
  if (record.fields.size() < csv_max_fields) record.fields.push_back({text, begin});
}

void CsvReader::fault(std::string_view rule, std::string message, std::size_t byte) {
  faults_.push_back({rule, std::move(message), line_, byte});
}

std::string_view CsvReader::unescape(std::string_view text) {
  if (unescaped_used_ == unescaped_.size()) unescaped_.emplace_back();
  std::string& out = unescaped_[unescaped_used_++];
  out.clear();
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '"') ++at;
  }
  return out;
}

}  // namespace retrain::base
