// Inferring columns: a first `data.columns` from a file that is known to be good, to be tightened by hand.
#pragma once

#include <retrain/data_settings.hpp>
#include <retrain/status.hpp>
#include <string>
#include <vector>

namespace retrain {

struct InferredColumns {
  /// In the order of the file. Ranges and missing shares leave some room beyond what was seen; texts of which few are distinct
  /// are listed.
  std::vector<ColumnRule> columns;
  std::int64_t rows = 0;
};

/// Reads `path` as `data` says (delimiter, missing values, zone). The file itself satisfies what is inferred. Fails with
/// invalid_argument when it is no CSV file with a header, or not well formed, naming the line.
Result<InferredColumns> infer_columns(const std::string& path, const DataSettings& data);

/// `columns` as YAML: what `retrain check --infer` prints, with `data:` and `columns:` above.
std::string columns_yaml(const std::vector<ColumnRule>& columns);

/// {"name", "type", "min", "max", "missing", "values"}.
std::string to_json(const ColumnRule& rule);

std::string_view to_string(ColumnType type);  ///< "float", "integer", "text", "date"

}  // namespace retrain
