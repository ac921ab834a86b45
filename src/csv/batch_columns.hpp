// BatchColumns: the rows of a batch column at a time: as numbers, and where a column's text changes. Each is worked out once.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/csv_value.hpp"
#include "row_bits.hpp"
#include "scanner.hpp"

namespace retrain::csv {

class BatchColumns {
 public:
  struct Numbers {
    double values[batch_rows];  ///< NaN where missing or bad
    RowBits missing;
    RowBits bad;                 ///< neither a number nor missing
    RowBits hard;                ///< written otherwise than with up to eight digits and the column's usual decimals
    double least = 0, most = 0;  ///< of all values; an empty range when there is none
  };

  /// `missing`, which must outlive it, says what a number's cell may hold instead.
  BatchColumns(std::size_t width, const base::MissingValues& missing);

  /// Cells of `field` are whole numbers: none with a point is easy.
  void expect_integers(std::size_t field) { columns_[field].integer = true; }
  void bind(const Segment& segment, const Segment::Part& part);

  std::uint32_t rows() const { return part_->rows; }
  const Numbers& numbers(std::size_t field);
  /// Rows whose bytes differ from the row above; the first always does. Neighbouring columns that hardly change are compared as
  /// one text.
  RowBits changed(std::size_t field);
  /// Rows without text: nothing, or two quotes.
  RowBits empty(std::size_t field);
  TextCells cells(std::size_t field) const { return segment_->cells(*part_, field); }
  std::string_view raw(std::uint32_t row, std::size_t field) const { return segment_->raw(*part_, row, field); }
  std::string_view text(std::uint32_t row, std::size_t field) { return unquote(raw(row, field), buffer_); }
  std::uint64_t offset(std::uint32_t row, std::size_t field) const { return segment_->offset(raw(row, field).data()); }

 private:
  struct Column {
    std::unique_ptr<Numbers> numbers;
    RowBits changed;
    std::uint64_t numbers_of = 0, changed_of = 0;  // the batch they are of
    std::uint32_t decimals = 0;
    bool integer = false;
    bool steady = false;  // hardly changed in the batch before
    bool asked = false;   // where it changes was asked for
  };

  void compare_steady(std::size_t first, std::size_t last);
  void set_changed(Column& column, RowBits rows);
  bool read_repeated(Column& column, std::size_t field);
  void read_hard(Column& column, std::size_t field);

  const base::MissingValues* missing_;
  std::vector<double> missing_numbers_;  // what is missing and looks like a number
  std::vector<Column> columns_;
  const Segment* segment_ = nullptr;
  const Segment::Part* part_ = nullptr;
  std::uint64_t batch_ = 0;
  std::string buffer_;
};

/// A sink that can share the columns of batches with another: their numbers are then read once.
class BatchSink : public RowSink {
 public:
  /// Instead of prepare(): `segment`, in `slot`, begins, then its batches follow in order.
  virtual void begin(const Segment& segment, std::size_t slot) = 0;
  virtual void prepare_batch(BatchColumns& columns, std::size_t slot) = 0;
};

}  // namespace retrain::csv
