// RowTally: what is counted of each session while its rows pass in the order of the file, and what is wrong with them.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "column_check.hpp"
#include "finding_log.hpp"
#include "header.hpp"
#include "row_keys.hpp"

namespace retrain::readiness {

class RowTally {
 public:
  /// `stem` names the only session of a file when the schema has no session column. All must outlive it.
  RowTally(const Schema& schema, const TimeParser& times, FindingLog& log, std::string_view stem);

  /// What follows is told by this header; before the first row.
  void set_header(const Header& header);
  /// A batch of `segment` whose first row is on `line`.
  void take_batch(const csv::Segment& segment, const SegmentNotes& notes, const SegmentNotes::Batch& batch, std::int64_t line);
  /// A whole record as wide as the header; its offsets count from `base`.
  void take_record(const base::CsvRecord& record, std::uint64_t base);
  /// A row whose fields cannot be trusted.
  void take_broken_row();
  /// Judges what is known at the end. The sessions, in order of appearance; the tally is used up.
  std::vector<Session> finish(const Session& file);

 private:
  struct Missing {
    std::int64_t count = 0, first_line = 0;
  };
  struct Tally {
    Session session;
    std::vector<Missing> missing;  // by checked cell
    std::vector<KeyTable> keys;    // by key list of the header
    UniqueRows unique;
    std::vector<RisingValues> rising;
  };
  struct Batch;

  Tally& tally(std::string_view id);
  void fit(Tally& tally) const;
  bool check_id(std::string_view id, std::int64_t line, std::uint64_t byte);
  void take_rows(const Batch& batch, Tally& tally, std::uint32_t first, std::uint32_t last);
  void count_missing(const Batch& batch, Tally& tally, const csv::RowBits& rows);
  void log_faults(const Batch& batch, Tally& tally, const csv::RowBits& rows);
  void log_fault(const Batch& batch, const Tally& tally, const SegmentNotes::Fault& fault, std::uint32_t row);
  void take_time(Tally& tally, std::string_view text);
  void take_keys(const Batch& batch, Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_unique(const Batch& batch, Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_rising(const Batch& batch, Tally& tally, std::uint32_t first, std::uint32_t last);
  void take_record_cells(Tally& tally, const base::CsvRecord& record, std::uint64_t base);
  void take_record_keys(Tally& tally, const base::CsvRecord& record, std::uint64_t base);
  void take_record_sums(const Tally& tally, const base::CsvRecord& record, std::uint64_t base);
  std::optional<double> order_value(std::string_view cell);
  bool selects(const base::CsvRecord& record) const;
  bool labelled(const base::CsvRecord& record) const;
  void judge(const Tally& tally);

  const Schema& schema_;
  FindingLog& log_;
  std::string_view stem_;
  std::string unique_name_;
  RepeatedTime time_, cell_time_;
  const Header* header_ = nullptr;
  std::deque<Tally> tallies_;
  std::map<std::string, std::size_t, std::less<>> tally_of_;
  Tally* last_ = nullptr;
  std::string key_;
  std::vector<std::uint32_t> groups_;  // of the row at hand, by key list
};

}  // namespace retrain::readiness
