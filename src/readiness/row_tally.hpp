// RowTally: what is counted of each session while its rows pass in the order of the file, and what is wrong with them.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "column_check.hpp"
#include "finding_log.hpp"
#include "header.hpp"
#include "row_finder.hpp"
#include "row_memory.hpp"

namespace retrain::readiness {

class RowTally {
 public:
  /// `stem` names the only session of a file when the schema has no session column. All must outlive it. About `memory` bytes are
  /// kept of the rows, the rest goes to a temporary file.
  RowTally(const Schema& schema, const TimeParser& times, FindingLog& log, std::string_view stem,
           std::size_t memory = row_memory_bytes);

  /// What follows is told by this header; before the first row.
  void set_header(const Header& header);
  /// A batch of `segment` whose first row is on `line`.
  void take_batch(const csv::Segment& segment, const SegmentNotes& notes, const SegmentNotes::Batch& batch, std::int64_t line);
  /// A whole record as wide as the header; its offsets count from `base`.
  void take_record(const base::CsvRecord& record, std::uint64_t base);
  /// A row whose fields cannot be trusted.
  void take_broken_row();
  /// Judges what is known at the end, reading rows of `source`, the same file, again where they are told of only now. The
  /// sessions, in order of appearance; the tally is used up. Fails as SourceFile and Spill do.
  Result<std::vector<Session>> finish(const Session& file, const csv::SourceFile& source);

 private:
  struct Missing {
    std::size_t cell = 0;
    std::int64_t count = 0, first_line = 0;
  };
  /// A file may hold many sessions: nothing is here that not every one needs.
  struct Tally {
    Session session;
    std::uint32_t number = 0;
    std::vector<Missing> missing;  // of the checked cells that are missing somewhere, by cell
  };
  struct Batch;

  Tally& tally(std::string_view id);
  bool check_id(std::string_view id, std::int64_t line, std::uint64_t byte);
  void take_rows(const Batch& batch, Tally& tally, std::uint32_t first, std::uint32_t last);
  static void count_missing(Tally& tally, std::size_t cell, std::int64_t count, std::int64_t first_line);
  void count_missing(const Batch& batch, Tally& tally, const csv::RowBits& rows);
  void log_faults(const Batch& batch, Tally& tally, const csv::RowBits& rows);
  void log_fault(const Batch& batch, const Tally& tally, const SegmentNotes::Fault& fault, std::uint32_t row);
  void take_time(Tally& tally, std::string_view text);
  void number_keys(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_keys(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_unique(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_rising(const Batch& batch, const Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_record_cells(Tally& tally, const base::CsvRecord& record, std::uint64_t base);
  void take_record_keys(const Tally& tally, const base::CsvRecord& record, std::uint64_t base);
  void take_record_sums(const Tally& tally, const base::CsvRecord& record, std::uint64_t base);
  std::optional<double> order_value(std::string_view cell);
  bool selects(const base::CsvRecord& record) const;
  bool labelled(const base::CsvRecord& record) const;
  Status log_late(const csv::SourceFile& source);
  void judge(const Tally& tally);

  const Schema& schema_;
  FindingLog& log_;
  std::string_view stem_;
  std::string unique_name_;
  RepeatedTime time_, cell_time_;
  const Header* header_ = nullptr;
  std::deque<Tally> tallies_;
  std::unordered_map<std::string_view, std::uint32_t> tally_of_;  // by the id in it
  Tally* last_ = nullptr;
  RowMemory memory_;
  RowFinder finder_;
  std::vector<std::array<KeyPrint, csv::batch_rows>> prints_;        // of the rows of a batch, by key list
  std::vector<std::array<std::uint32_t, csv::batch_rows>> numbers_;  // of those
  std::vector<std::uint32_t> groups_;                                // of the row at hand, by key list
};

}  // namespace retrain::readiness
