// FrameBuilder: turns the records of one session into a Frame, column by column.
#pragma once

#include <memory>
#include <retrain/frame.hpp>
#include <retrain/session.hpp>
#include <retrain/status.hpp>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/csv.hpp"
#include "base/csv_value.hpp"
#include "csv/batch_columns.hpp"

namespace retrain::data {

/// Where the columns of a selection stand in the records of one file.
struct ColumnMap {
  struct Condition {
    std::size_t field = 0;
    base::ValueSet values;
  };
  std::size_t width = 0;  ///< fields of a record
  std::vector<std::size_t> numeric, categorical, extra;
  std::vector<std::string> number_names;  ///< of `numeric`: those selected, and last the weight when there is one
  bool weighted = false;
  std::optional<std::size_t> target;
  std::vector<Condition> where;

  /// Fails with data_not_ready when a column is missing or stands twice.
  static Result<ColumnMap> create(const std::vector<std::string>& header, const RowSelection& selection);
};

/// The field called `column`. Fails with data_not_ready when `header` has none or two.
Result<std::size_t> find_column(const std::vector<std::string>& header, const std::string& column);

/// The numbers of a segment's batches, one behind the other, column by column: target first when there is one.
class SegmentNumbers {
 public:
  /// Forgets what it holds; room for so many.
  void reset(std::size_t columns, std::size_t rows) {
    stride_ = rows;
    if (values_.size() < columns * rows) values_.resize(columns * rows);
  }
  float* column(std::size_t index) { return values_.data() + index * stride_; }
  const float* column(std::size_t index) const { return values_.data() + index * stride_; }

 private:
  std::size_t stride_ = 0;
  std::vector<float> values_;
};

/// One batch of rows as a frame needs them. Worked out without looking at other rows.
struct BatchValues {
  struct Problem {
    std::uint32_t row = csv::batch_rows;
    std::size_t field = 0;
    const std::string* column = nullptr;
    bool number = false;  ///< it is one, but no float32
  };
  std::uint32_t first = 0;            ///< its first row in SegmentNumbers
  std::vector<csv::RowBits> changed;  ///< of categorical, then extra: rows whose text is not that of the row above
  csv::RowBits used;                  ///< rows that pass `where` and have a target
  Problem problem;                    ///< the first one, by row, then column
};

/// Fills BatchValues. Threads: one at a time; each thread has its own.
class BatchReader {
 public:
  /// All must outlive it.
  BatchReader(const ColumnMap& map, const RowSelection& selection, const base::MissingValues& missing);
  /// The batch stands behind `first` rows of the segment.
  void read(csv::BatchColumns& columns, std::uint32_t first, BatchValues& values, SegmentNumbers& numbers) const;
  /// Columns of SegmentNumbers.
  std::size_t number_columns() const { return map_.numeric.size() + (map_.target ? 1 : 0); }
  csv::BatchColumns& columns() { return own_; }

 private:
  static csv::RowBits passing(csv::BatchColumns& columns, const ColumnMap::Condition& condition);
  static void add_numbers(csv::BatchColumns& columns, std::size_t field, const std::string& column, float* out,
                          BatchValues& values);

  const ColumnMap& map_;
  const RowSelection& selection_;
  csv::BatchColumns own_;
};

/// Collects one frame; all given must outlive it.
class FrameBuilder {
 public:
  FrameBuilder(const ColumnMap& map, const RowSelection& selection, const base::MissingValues& missing);
  /// Makes room for so many rows at once.
  void reserve(std::size_t rows);

  /// Takes the record when it passes `where` and has a target. Fails with data_not_ready, naming line and column, when a cell
  /// that is asked for as a number is none.
  Status add(const base::CsvRecord& record);
  /// The same for rows `first` up to `last` of a batch whose first row is on `line`.
  Status add(const csv::Segment& segment, const csv::Segment::Part& part, const BatchValues& values,
             const SegmentNumbers& numbers, std::uint32_t first, std::uint32_t last, std::int64_t line);
  /// The same for whole batches that follow each other, without a row that is left out and without a problem.
  void add_whole(const csv::Segment& segment, std::span<const csv::Segment::Part> parts, std::span<const BatchValues> values,
                 const SegmentNumbers& numbers, std::int64_t line);
  /// The frame of everything added; the builder is used up.
  std::shared_ptr<const Frame> finish(std::string session);

 private:
  struct Texts {
    std::vector<std::int32_t> codes;
    std::vector<std::string> dictionary;
    std::unordered_map<std::string, std::int32_t> code_of;
    std::int32_t code(std::string_view text);
  };

  const ColumnMap& map_;
  const RowSelection& selection_;
  const base::MissingValues& missing_;
  std::vector<std::vector<float>> numeric_;
  std::vector<Texts> categorical_, extra_;
  std::vector<float> target_;
  std::vector<std::int64_t> row_numbers_;
};

}  // namespace retrain::data
