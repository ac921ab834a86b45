// Segment: a stretch of a CSV file as an index of fields and rows. Rows that need care are told apart and read by
// base::CsvReader.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.hpp"
#include "block_scan.hpp"
#include "instruction_set.hpp"
#include "source_file.hpp"

namespace retrain::csv {

/// How the fields of a file are written. Stated, never guessed; else RFC 4180.
struct Dialect {
  char delimiter = ',';
  bool allow_embedded_newlines = false;
};

constexpr std::uint32_t batch_rows = 128;
/// A record is cut when this many bytes do not hold it.
constexpr std::size_t record_window = std::size_t{4} << 20U;

class Segment {
 public:
  /// Up to batch_rows whole rows as wide as the header, well formed and UTF-8; or one record that may be anything.
  struct Part {
    bool careful = false;
    bool cut = false;             ///< the record is longer than record_window: what lies behind, up to its line's end, is lost
    std::uint32_t first_row = 0;  ///< of a batch
    std::uint32_t rows = 1;
    std::uint32_t begin = 0;  ///< of a careful record, in the text
    std::int64_t line = 0;    ///< from the segment's first, which is 0
  };

  /// `width` = fields of the header.
  void layout(const Kernels& kernels, Dialect dialect, std::size_t width);
  /// Reads the bytes from `begin` to `end`, and some more.
  Status read(const SourceFile& source, std::uint64_t begin, std::uint64_t end);
  /// Indexes the records that start below `end`: from `start`, or from the first line end, where one is assumed to begin.
  Status index(const SourceFile& source, std::optional<std::uint64_t> start);

  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  std::string_view bytes() const { return {text() + (begin_ - base_), std::size_t(end_ - begin_)}; }
  /// Where the first record was assumed to start; nullopt when no line ends here.
  std::optional<std::uint64_t> start() const { return start_; }
  /// Where the record behind the last one starts, and how many lines lie between.
  std::uint64_t next() const { return next_; }
  std::int64_t lines() const { return lines_; }
  const std::vector<Part>& parts() const { return parts_; }

  /// Of a batch. A field's bytes are raw: quotes are still around it.
  const char* text() const { return text_.get() + scan_padding; }
  TextCells cells(const Part& part, std::size_t field) const;
  std::string_view raw(const Part& part, std::uint32_t row, std::size_t field) const {
    const Row& place = rows_[part.first_row + row];
    const std::uint32_t from = field == 0 ? place.begin : ends_[place.first + field - 1] + 1;
    return {text() + from, ends_[place.first + field] - from};
  }
  /// Offset in the file of a place in the text.
  std::uint64_t offset(const char* at) const { return base_ + std::uint64_t(at - text()); }
  /// The bytes that a reader of a careful record may see.
  std::string_view window(const Part& part) const;
  const Kernels& kernels() const { return *kernels_; }

 private:
  Status extend(const SourceFile& source, std::size_t size);
  void reserve(std::size_t size);
  BlockScan scan_rows(std::uint32_t at);
  Status take_rows(const SourceFile& source, std::uint32_t end, const std::vector<std::uint32_t>& faulty);
  bool regular(std::uint32_t row) const;
  Status careful(const SourceFile& source, std::uint32_t at);
  Status skip_line(const SourceFile& source, Part& part);
  std::vector<std::uint32_t> faulty_rows(const BlockScan& scan) const;

  const Kernels* kernels_ = nullptr;
  Dialect dialect_;
  std::size_t width_ = 0;
  struct AlignedDelete {
    void operator()(char* bytes) const { ::operator delete[](bytes, std::align_val_t(scan_padding)); }
  };
  std::unique_ptr<char[], AlignedDelete> text_;
  std::unique_ptr<std::uint32_t[]> ends_, high_blocks_;
  std::unique_ptr<Row[]> rows_;
  std::uint32_t row_count_ = 0;
  std::size_t capacity_ = 0, size_ = 0;  // of the text
  std::uint64_t base_ = 0;               // offset of the text in the file
  std::uint64_t begin_ = 0, end_ = 0, next_ = 0;
  std::optional<std::uint64_t> start_;
  std::int64_t lines_ = 0;
  std::vector<Part> parts_;
  base::CsvReader reader_{{}, false};
  base::CsvRecord record_;
};

/// The text of a raw field: without its quotes; `buffer` holds it when quotes were doubled.
std::string_view unquote(std::string_view raw, std::string& buffer);

}  // namespace retrain::csv
