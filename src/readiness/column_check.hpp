// Column check: the cells of a segment's batches against the rules that need no other row, column at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "cell_check.hpp"
#include "csv/batch_columns.hpp"
#include "header.hpp"
#include "token_memo.hpp"

namespace retrain::readiness {

/// What was found in the batches of one segment, in their order.
struct SegmentNotes {
  enum class Kind { cell, rising, sum };
  struct Missing {
    std::uint32_t cell = 0;
    csv::RowBits rows;
  };
  struct Fault {
    Kind kind = Kind::cell;
    std::uint32_t index = 0;         ///< of the cell, rising column or sum in the header
    CellRule rule = CellRule::none;  ///< of a cell
    csv::RowBits rows;
  };
  struct Batch {
    std::uint32_t part = 0;
    std::uint32_t first_row = 0;                       ///< rows of the batches before
    std::uint32_t missing_begin = 0, missing_end = 0;  ///< in `missing`
    std::uint32_t fault_begin = 0, fault_end = 0;      ///< in `faults`
    csv::RowBits new_session, new_time;                ///< rows whose text is not that of the row above
    csv::RowBits selected, used;                       ///< rows that pass data.where; of those, rows with a target
  };

  std::vector<Batch> batches;
  std::vector<Missing> missing;
  std::vector<Fault> faults;
  std::vector<csv::RowBits> new_keys;  ///< per batch and key list
  std::vector<double> orders;          ///< per batch, rising column and row; NaN = none
  std::vector<std::uint32_t> counts;   ///< per batch and row: the counting column of `unique`, no_count = written otherwise

  static constexpr std::uint32_t no_count = UINT32_MAX;
  std::uint32_t rows = 0;  ///< of all batches
  void clear();
};

/// The rule that a fault breaks, as findings name it.
std::string_view rule_of(const SegmentNotes::Fault& fault);

/// Threads: one at a time; each thread has its own.
class ColumnCheck {
 public:
  /// All must outlive it.
  ColumnCheck(const Schema& schema, const Header& header, const TimeParser& times);

  /// Turns to the batch that is part `part` of the segment; its columns may be looked at before check().
  csv::BatchColumns& bind(const csv::Segment& segment, std::uint32_t part);
  /// Adds what is found in it.
  void check(SegmentNotes& notes);

 private:
  using Rows = csv::RowBits;

  void check_cells(SegmentNotes& notes);
  void check_number(const Header::Cell& cell, std::uint32_t index, SegmentNotes& notes, Rows& faulted);
  Rows missing_rows(const Header::Cell& cell);
  void check_rising(SegmentNotes& notes);
  void check_sums(SegmentNotes& notes);
  void read_keys(SegmentNotes& notes);
  Rows selected_rows();
  Rows labelled_rows();
  /// Rows of which `claim(row)` holds, asked once for rows of one text in `field`.
  template <class Claim>
  Rows rows_where(std::size_t field, Claim&& claim);

  const Schema& schema_;
  const Header& header_;
  csv::BatchColumns columns_;
  std::uint32_t part_ = 0;
  RepeatedTime cell_time_;
  std::vector<TokenMemo> value_memos_, where_memos_;
};

}  // namespace retrain::readiness
