// BlockScan and TextCells: what the inner loops read and write, in plain memory, so that each form of them can be compiled
// alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace retrain::csv {

constexpr std::uint32_t scan_padding = 64;  ///< bytes that may be read before and behind the text

/// A record: fields `first` up to the next row's `first` in the index of field ends.
struct Row {
  std::uint32_t begin;
  std::uint32_t first;
};

/// Finds field ends and rows from `begin`, where a record starts, as far as the text keeps RFC 4180 without line breaks in
/// quotes. The arrays must hold an entry for each byte of the text, and two more.
struct BlockScan {
  const char* text = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t limit = 0;  ///< bytes behind it are not known
  char delimiter = ',';

  std::uint32_t* ends = nullptr;  ///< where each field ends; before the CR in CRLF
  std::uint32_t end_count = 0;
  Row* rows = nullptr;  ///< `row_count` whole rows, and one more that says where the next begins
  std::uint32_t row_count = 0;
  std::uint32_t* high_blocks = nullptr;  ///< starts of 64 bytes that hold bytes over 127
  std::uint32_t high_count = 0;
  std::uint32_t stop = 0;  ///< the first byte that breaks the format; `limit` when none does
};

/// Cells of one column: cell i lies between begins[i * begin_stride] + begin_offset and ends[i * end_stride].
struct TextCells {
  const char* text = nullptr;
  const std::uint32_t* begins = nullptr;
  const std::uint32_t* ends = nullptr;
  std::uint32_t begin_stride = 0, begin_offset = 0, end_stride = 0;
  std::uint32_t count = 0;  ///< 1 to 128
};

/// What easy cells hold; the others are hard, and NaN.
struct NumberValues {
  double* values = nullptr;
  std::uint64_t hard[2] = {0, 0};
  double least = 0, most = 0;  ///< of the easy ones; an empty range when there is none
};

}  // namespace retrain::csv
