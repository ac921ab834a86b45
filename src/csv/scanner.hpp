// Scanner: a CSV file from its first byte to its last, in segments that several threads index and one at a time takes.
#pragma once

#include <cstdint>
#include <retrain/status.hpp>
#include <string>

#include "segment.hpp"

namespace retrain::csv {

struct ScanOptions {
  Dialect dialect;
  unsigned threads = 1;
  InstructionSet instructions = best_set();
  std::uint32_t chunk = std::uint32_t{256} << 10U;  ///< bytes of a segment
  bool hash = true;
};

/// What is done with the rows. The outcome must not depend on where segments end.
class RowSink {
 public:
  RowSink() = default;
  RowSink(const RowSink&) = delete;
  RowSink& operator=(const RowSink&) = delete;
  virtual ~RowSink() = default;

  /// The first record, just read by `reader`; a file without one has no bytes but a byte order mark. `head` begins the file.
  /// False when no row is wanted.
  virtual bool take_header(std::string_view head, const base::CsvReader& reader, const base::CsvRecord* record) = 0;
  /// Work on a segment that needs no other; many at once, each in a slot of its own below slots().
  virtual void prepare(const Segment& segment, std::size_t slot) = 0;
  /// The same segments in the order of the file, one at a time. `line` is that of the first row.
  virtual void take(const Segment& segment, std::size_t slot, std::int64_t line) = 0;
};

/// Slots that scan_file uses for so many threads.
std::size_t slots_of(unsigned threads);

/// Reads `source` whole. The SHA-256 of its bytes, or "" when no hash is wanted. Fails as SourceFile does.
Result<std::string> scan_file(const SourceFile& source, const ScanOptions& options, RowSink& sink);

}  // namespace retrain::csv
