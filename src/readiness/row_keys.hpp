// Row keys: whether rows of one session are named once, and whether a value rises within a key.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/csv.hpp"

namespace retrain::readiness {

/// Adds one text to a key. Two keys are equal exactly when all their texts are.
void add_to_key(std::string& key, std::string_view text);
/// The number that a text writes in the one plain way (no sign, no zero in front), below 2^32 - 1: then texts are equal when
/// their numbers are.
std::optional<std::uint32_t> plain_count(std::string_view text);

/// Numbers keys in the order in which they come, in little memory.
class KeyTable {
 public:
  /// The number of `key`, which may be a new one.
  std::uint32_t number_of(std::string_view key);

 private:
  struct Key {
    const char* text = nullptr;
    std::uint32_t size = 0, hash = 0;
  };

  const char* keep(std::string_view key);
  void grow();

  // What grows by blocks is never copied, and holds little that is not used.
  std::deque<std::string> blocks_;  // of texts
  std::deque<Key> keys_;
  std::vector<std::uint32_t> slots_;  // open addressing: number + 1, 0 = free
};

/// Rows of which all key columns but one give the group, and that one counts. Rows that count up within their group, as laps do,
/// cost next to nothing.
class UniqueRows {
 public:
  /// Remembers `size` rows that count up from `count` on as many lines when that needs no search; false otherwise.
  bool extend(std::uint32_t group, std::uint32_t count, std::uint32_t size, std::int64_t line) {
    if (group >= groups_.size()) groups_.resize(std::size_t{group} + 1);
    Group& known = groups_[group];
    if (known.last.size == 0) {
      known.last = {count, size, line};
      return true;
    }
    if (known.more != 0 || count != known.last.begin + known.last.size || line != known.last.line + known.last.size) return false;
    known.last.size += size;
    return true;
  }
  /// Remembers the row at `line`; the line of the earlier one with the same group and count, if any.
  std::optional<std::int64_t> insert(std::uint32_t group, std::uint32_t count, std::int64_t line) {
    return extend(group, count, 1, line) ? std::nullopt : insert_slowly(group, count, line);
  }
  /// The same for a row whose key is no such pair: `key` is all of it.
  std::optional<std::int64_t> insert(const std::string& key, std::int64_t line);

 private:
  /// `size` rows on as many lines, counting up by one.
  struct Run {
    std::uint32_t begin = 0, size = 0;
    std::int64_t line = 0;
  };
  struct Group {
    Run last;
    std::uint32_t more = 0;  // where its runs stand in runs_, from 1, when it has several
  };

  std::optional<std::int64_t> insert_slowly(std::uint32_t group, std::uint32_t count, std::int64_t line);

  std::deque<Group> groups_;
  std::deque<std::vector<Run>> runs_;                      // of groups with several, by begin; without overlap
  std::unordered_map<std::uint64_t, std::int64_t> lines_;  // of groups with too many runs, by group and count
  std::unordered_map<std::string, std::int64_t> line_of_;
};

class RisingValues {
 public:
  struct Last {
    double value = 0;
    std::int64_t line = 0;  ///< 0 = none yet
  };
  /// Remembers `count` values that all rise, on as many lines; false when one does not, or might not.
  bool extend(std::uint32_t key, const double* values, std::uint32_t count, std::int64_t line) {
    if (key >= last_of_.size()) last_of_.resize(std::size_t{key} + 1);
    const Last before = last_of_[key];
    bool rises = before.line == 0 ? values[0] == values[0] : values[0] > before.value;
    for (std::uint32_t i = 1; i < count; ++i) rises &= values[i] > values[i - 1];
    if (rises) last_of_[key] = {values[count - 1], line + count - 1};
    return rises;
  }
  /// Remembers `value` for the key; the one before it, when `value` does not rise above that.
  std::optional<Last> insert(std::uint32_t key, double value, std::int64_t line) {
    if (key >= last_of_.size()) last_of_.resize(std::size_t{key} + 1);
    const Last before = last_of_[key];
    last_of_[key] = {value, line};
    if (before.line == 0 || value > before.value) return std::nullopt;
    return before;
  }

 private:
  std::deque<Last> last_of_;
};

}  // namespace retrain::readiness
