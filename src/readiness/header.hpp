// Header: where the columns that a check needs stand in one file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.hpp"
#include "finding_log.hpp"
#include "schema.hpp"

namespace retrain::readiness {

/// Fields by what they are needed for; what points, points into the schema. A column that is missing is left out.
struct Header {
  struct Cell {
    const CheckedColumn* column = nullptr;
    std::size_t field = 0;
  };
  struct Rising {
    const std::string* column = nullptr;
    std::size_t field = 0;
    std::vector<std::size_t> keys;
    bool checked = false;  ///< whether its cells must be numbers or dates by another rule
  };
  struct Condition {
    const base::ValueSet* values = nullptr;
    std::size_t field = 0;
  };

  std::size_t width = 0;
  std::vector<Cell> cells;
  std::optional<std::size_t> session, time, target;
  std::vector<std::size_t> unique;
  std::vector<Rising> rising;
  std::vector<Condition> where;
};

/// Reads the first record of a file, and logs names that are empty, doubled or missing under `session`.
Header resolve_header(const base::CsvRecord& record, const Schema& schema, FindingLog& log, std::string_view session);

/// The encoding that the byte order mark of `bytes` announces, when it is not UTF-8; else null.
const char* foreign_encoding(std::string_view bytes);

}  // namespace retrain::readiness
