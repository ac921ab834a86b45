// Row memory: what is remembered of the rows of a file so that later rows can be compared with them, in bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <retrain/status.hpp>
#include <utility>
#include <vector>

#include "spill.hpp"
#include "unique_rows.hpp"

namespace retrain::readiness {

constexpr std::size_t row_memory_bytes = std::size_t{3} << 20U;  ///< kept of the rows of a file

/// Found only when the whole file was read.
struct LateFindings {
  struct Row {
    std::int64_t line = 0, earlier = 0;
    std::uint32_t rising = 0;  ///< index of the rising column
    friend auto operator<=>(const Row& a, const Row& b) { return std::pair(a.line, a.rising) <=> std::pair(b.line, b.rising); }
  };
  /// Of one session: how many, and the first of them.
  struct Rows {
    std::int64_t count = 0;
    std::vector<Row> first;
    void add(const Row& row);
  };
  std::map<std::uint32_t, Rows> duplicates, falls;  ///< by session
  std::map<std::uint32_t, std::vector<Row>> told;   ///< duplicates that insert() found, of which an earlier row is known now
};

class RowMemory {
 public:
  struct Last {
    double value = 0;
    std::uint32_t line = 0;  // from the first of the stretch, 0 = none yet
  };
  /// Remembers about `bytes` of a stretch of the file; what goes beyond is written to a temporary file.
  explicit RowMemory(std::size_t bytes) : budget_(bytes) {}

  /// Rows have keys of so many kinds; that of a rising column is one of them, and `unique_list` names the groups of unique rows.
  void begin(std::size_t key_lists, std::size_t unique_list, std::vector<std::size_t> rising_lists);
  /// A stretch may end here: no number of a key is used any more. `line` is that of the next row.
  void settle(std::int64_t line) {
    if (used() > budget_ || std::uint64_t(line - first_line_) >= UniqueRows::line_limit / 2) end_stretch(line);
  }

  void prefetch(std::size_t list, const KeyPrint& key) const { keys_[list].prefetch(key); }
  /// Numbers keys until the stretch ends.
  std::uint32_t number_of(std::size_t list, const KeyPrint& key) { return keys_[list].number_of(key); }
  /// A row of this group and count will be inserted soon.
  void prefetch(std::uint32_t group, std::uint32_t count) const {
    rows_.prefetch(group);
    rows_.prefetch(group, count);
  }

  /// UniqueRows of the file.
  bool extend(std::uint32_t group, std::uint32_t count, std::uint32_t size, std::int64_t line) {
    return rows_.extend(group, count, size, std::uint32_t(line - first_line_));
  }
  std::optional<std::int64_t> insert(std::uint32_t group, std::uint32_t count, std::int64_t line);
  /// The same for a row without a count: `key` is all of it.
  std::optional<std::int64_t> insert(const KeyPrint& key, std::int64_t line);
  /// The duplicate at `line` was told as one of the row at `earlier`.
  void told(std::uint32_t group, std::uint32_t count, std::int64_t line, std::int64_t earlier);
  void told(const KeyPrint& key, std::int64_t line, std::int64_t earlier);

  /// Remembers `count` values of a rising column that all rise, on as many lines; false when one does not, or might not.
  bool extend_rising(std::size_t index, std::uint32_t number, const double* values, std::uint32_t count, std::int64_t line);
  /// Remembers `value`; the line of the one before it, when `value` does not rise above that.
  std::optional<std::int64_t> insert_rising(std::size_t index, std::uint32_t number, double value, std::int64_t line);

  /// What only rows of different stretches show. Uses up what is remembered; fails with io_error as Spill does.
  Result<LateFindings> finish();

 private:
  struct Rising {
    std::size_t list = 0;
    Blocks<Last> last_of;
  };

  std::size_t used() const;
  void end_stretch(std::int64_t line);
  void write_rows();
  void write(const KeyPrint& key, const CountWindow& window);
  void write(const SpillRecord& record, const std::uint32_t* lines = nullptr);
  void write_value(SpillRecord::Kind kind, std::size_t index, std::uint32_t number, double value, std::int64_t line);

  const std::size_t budget_;
  std::int64_t first_line_ = 0;  // of the stretch
  std::vector<KeyTable> keys_;   // by key list
  std::size_t unique_list_ = 0;
  UniqueRows rows_;
  KeyTable whole_keys_;
  Blocks<std::uint32_t> whole_lines_;
  std::vector<Rising> rising_;
  std::optional<Spill> spill_;
  Status status_;
};

}  // namespace retrain::readiness
