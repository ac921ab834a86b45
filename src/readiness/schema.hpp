// Schema: what the configuration demands of every session file, in the order in which a file is checked.
#pragma once

#include <optional>
#include <retrain/config.hpp>
#include <string>
#include <vector>

#include "base/csv_value.hpp"
#include "csv/segment.hpp"

namespace retrain::readiness {

/// The rules for the cells of one column.
struct CheckedColumn {
  std::string name;
  bool number = false;  ///< finite, unpadded, fits float32
  bool integer = false;
  bool date = false;
  std::optional<double> min, max, missing;
  base::ValueSet values;
};

struct Schema {
  struct Needed {
    std::string column;
    std::string why;  ///< "the target", "data.unique", …
  };
  struct Rising {
    std::string column;
    std::vector<std::string> keys;
  };
  struct Sum {
    std::vector<std::string> columns;
    std::string equals;
    double tolerance = 0;
  };
  struct Condition {
    std::string column;
    base::ValueSet values;
  };

  Schema(const DataSettings& data, const ModelSettings& model);

  std::vector<CheckedColumn> columns;
  std::vector<Needed> needed;  ///< each column once
  std::string session_column, time_column, target;
  std::vector<std::string> unique;
  std::vector<Rising> rising;
  std::vector<Sum> sums;
  std::vector<Condition> where;
  std::int64_t min_rows = 1;
  bool exact_header = false;
  base::MissingValues missing_values;
  csv::Dialect dialect;
};

}  // namespace retrain::readiness
