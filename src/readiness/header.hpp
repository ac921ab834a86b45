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
    std::size_t key_list = 0;  ///< the same as an entry of key_lists
    bool checked = false;      ///< whether its cells must be numbers or dates by another rule
  };
  struct Sum {
    const Schema::Sum* rule = nullptr;
    std::vector<std::size_t> fields;
    std::size_t equals = 0;
  };
  struct Condition {
    const base::ValueSet* values = nullptr;
    std::size_t field = 0;
  };

  std::size_t width = 0;
  std::vector<Cell> cells;
  std::optional<std::size_t> session, time, target;
  std::vector<std::size_t> unique;
  std::optional<std::size_t> count;                 ///< the one of `unique` that counts within the others
  std::size_t unique_list = 0;                      ///< those others, as an entry of key_lists
  std::vector<std::vector<std::size_t>> key_lists;  ///< each once
  std::vector<Rising> rising;
  std::vector<Sum> sums;
  std::vector<Condition> where;
};

/// Whether `sum` is `expected` within the rule's tolerance and what is lost by writing numbers as doubles; NaN = not known.
bool adds_up(const Schema::Sum& rule, double sum, double expected);

/// Reads the first record of a file, and logs names that are empty, doubled or missing under `session`.
Header resolve_header(const base::CsvRecord& record, const Schema& schema, FindingLog& log, std::string_view session);

/// The encoding that the byte order mark of `bytes` announces, when it is not UTF-8; else null.
const char* foreign_encoding(std::string_view bytes);

}  // namespace retrain::readiness
