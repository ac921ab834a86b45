// Frame: one session's rows in memory, column by column.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace retrain {

/// float32 values, NaN = missing. `owner` keeps the memory behind `values` alive.
struct NumericColumn {
  std::string name;
  std::span<const float> values;
  std::shared_ptr<const void> owner;
};

/// Codes into a dictionary of the frame's own; -1 = missing. A model maps the texts to its own dictionary when it predicts.
struct CategoryColumn {
  std::string name;
  std::span<const std::int32_t> codes;
  std::vector<std::string> dictionary;
  std::shared_ptr<const void> owner;
};

/// Immutable once built; all columns have `rows` values. Columns borrow, their owners keep them alive.
struct Frame {
  std::string session;
  std::size_t rows = 0;
  std::vector<NumericColumn> numeric;
  std::vector<CategoryColumn> categorical;
  std::vector<CategoryColumn> extra;      ///< segment columns: never features
  NumericColumn target;                   ///< empty values = unlabelled
  NumericColumn weight;                   ///< of each row, for training; empty values = all the same
  std::vector<std::int64_t> row_numbers;  ///< line of the file in which each row starts (header = 1)
};

}  // namespace retrain
