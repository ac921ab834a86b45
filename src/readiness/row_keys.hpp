// Row keys: whether rows of one session are named once, and whether a value rises within a key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/csv.hpp"

namespace retrain::readiness {

/// The texts of `fields` in `record`, joined so that two records have one key exactly when all texts are equal.
void write_key(const base::CsvRecord& record, const std::vector<std::size_t>& fields, std::string& key);
/// For messages: "'HAM', '3'".
std::string readable_key(const base::CsvRecord& record, const std::vector<std::size_t>& fields);

class UniqueRows {
 public:
  /// Remembers the record; the line of the earlier one with the same key, if any.
  std::optional<std::int64_t> insert(const base::CsvRecord& record, const std::vector<std::size_t>& fields);

 private:
  std::string key_;
  std::unordered_map<std::string, std::int64_t> line_of_;
};

class RisingValues {
 public:
  struct Last {
    double value = 0;
    std::int64_t line = 0;
  };
  /// Remembers `value` for the record's key; the one before it, when `value` does not rise above that.
  std::optional<Last> insert(const base::CsvRecord& record, const std::vector<std::size_t>& keys, double value);

 private:
  std::string key_;
  std::unordered_map<std::string, Last> last_of_;
};

}  // namespace retrain::readiness
