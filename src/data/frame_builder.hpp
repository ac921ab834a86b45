// FrameBuilder: turns the records of one session into a Frame, column by column.
#pragma once

#include <memory>
#include <retrain/frame.hpp>
#include <retrain/session.hpp>
#include <retrain/status.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/csv.hpp"
#include "base/csv_value.hpp"

namespace retrain::data {

/// Where the columns of a selection stand in the records of one file.
struct ColumnMap {
  struct Condition {
    std::size_t field = 0;
    base::ValueSet values;
  };
  std::size_t width = 0;  ///< fields of a record
  std::vector<std::size_t> numeric, categorical, extra;
  std::optional<std::size_t> target;
  std::vector<Condition> where;

  /// Fails with data_not_ready when a column is missing or stands twice.
  static Result<ColumnMap> create(const std::vector<std::string>& header, const RowSelection& selection);
};

/// The field called `column`. Fails with data_not_ready when `header` has none or two.
Result<std::size_t> find_column(const std::vector<std::string>& header, const std::string& column);

/// Collects one frame; `map` and `selection` must outlive it.
class FrameBuilder {
 public:
  FrameBuilder(const ColumnMap& map, const RowSelection& selection);

  /// Takes the record when it passes `where` and has a target. Fails with data_not_ready, naming line and column, when a cell
  /// that is asked for as a number is none.
  Status add(const base::CsvRecord& record);
  /// The frame of everything added; the builder is used up.
  std::shared_ptr<const Frame> finish(std::string session);

 private:
  struct Texts {
    std::vector<std::int32_t> codes;
    std::vector<std::string> dictionary;
    std::unordered_map<std::string, std::int32_t> code_of;
    void add(std::string_view text);
  };

  const ColumnMap& map_;
  const RowSelection& selection_;
  std::vector<std::vector<float>> numeric_;
  std::vector<Texts> categorical_, extra_;
  std::vector<float> target_;
  std::vector<std::int64_t> row_numbers_;
};

}  // namespace retrain::data
