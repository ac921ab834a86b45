// Unique rows: which counts were seen in which group of rows, and on which line.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "blocks.hpp"

namespace retrain::readiness {

/// Counts that follow one another, 64 at most, and where their rows stand.
struct CountWindow {
  std::uint32_t number = 0;              ///< of the window: the first count / 64
  std::uint64_t bits = 0;                ///< by count % 64
  std::uint32_t line = 0;                ///< of the lowest count; the others follow line by line, if not
  const std::uint32_t* lines = nullptr;  ///< the line of each, by count
};

/// Rows of a group that count up line by line, as laps do, are one entry. Others take a bit and, where they come in no order,
/// four bytes each. Lines are below line_limit.
class UniqueRows {
 public:
  static constexpr std::uint32_t line_limit = std::uint32_t{1} << 26U;

  void prefetch(std::uint32_t group) const {
    if (group < groups_.size()) __builtin_prefetch(&groups_[group]);
  }
  void prefetch(std::uint32_t group, std::uint32_t count) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[place(group, count / 64)]);
  }
  /// Remembers `size` rows that count up from `count` on as many lines when that needs no search; false otherwise.
  bool extend(std::uint32_t group, std::uint32_t count, std::uint32_t size, std::uint32_t line) {
    groups_.reach(group, {});
    Group& known = groups_[group];
    if (known.size == 0) {
      known = {count, size, line};
      return true;
    }
    if (known.scattered || count != known.begin + known.size || line != known.line + known.size) return false;
    known.size += size;
    return true;
  }
  /// Remembers the row at `line`; the line of the earlier one with the same group and count, if any.
  std::optional<std::uint32_t> insert(std::uint32_t group, std::uint32_t count, std::uint32_t line);

  std::uint32_t size() const { return groups_.size(); }
  std::size_t bytes() const {
    return groups_.bytes() + windows_.bytes() + slots_.size() * sizeof(std::uint32_t) + lines_.bytes();
  }
  /// All that is known, as visit(group, CountWindow).
  template <class Visit>
  void for_each(Visit&& visit) const;
  void clear();

 private:
  /// The first rows, on as many lines, counting up by one.
  struct Group {
    std::uint32_t begin = 0, size = 0, line = 0;
    bool scattered = false;  // others stand in windows
  };
  struct Window {
    std::uint64_t bits = 0;
    std::uint32_t group = 0, number = 0;
    std::uint32_t lines = 0;  // straight: the line of the lowest count; else where those of all begin in lines_
    std::uint8_t room = 0;    // for so many lines, as a power of two; 0 = straight
    std::uint8_t size = 0;    // rows
  };

  std::size_t place(std::uint32_t group, std::uint32_t number) const {
    const std::uint64_t product = (std::uint64_t{group} << 32U | number) * 0x9E3779B97F4A7C15U;
    return std::size_t(product >> 32U) & (slots_.size() - 1);
  }
  std::uint32_t line_of(const Window& window, std::uint32_t count) const;
  Window* find(std::uint32_t group, std::uint32_t number);
  Window& make(std::uint32_t group, std::uint32_t number);
  void add(Window& window, std::uint32_t count, std::uint32_t line);
  void make_room(Window& window);
  std::uint32_t allocate(std::uint8_t room);
  void grow();

  Blocks<Group> groups_;
  Blocks<Window> windows_;
  std::vector<std::uint32_t> slots_;     // open addressing: window + 1, 0 = free
  Blocks<std::uint32_t> lines_;          // of rows as they came: line * 64 + count % 64
  std::array<std::uint32_t, 7> free_{};  // by room: a piece of lines_ that is not used any more, + 1; its first word is the next
};

template <class Visit>
void UniqueRows::for_each(Visit&& visit) const {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    for (std::uint32_t done = 0; done < group.size;) {
      const std::uint32_t count = group.begin + done, size = std::min(group.size - done, 64 - count % 64);
      visit(i, CountWindow{count / 64, (~std::uint64_t{0} >> (64 - size)) << (count % 64), group.line + done, nullptr});
      done += size;
    }
  }
  for (std::uint32_t i = 0; i < windows_.size(); ++i) {
    const Window& window = windows_[i];
    std::uint32_t by_count[64], lines[64], next = 0;
    for (std::uint32_t row = 0; window.room != 0 && row < window.size; ++row) {
      const std::uint32_t known = lines_[window.lines + row];
      by_count[known % 64] = known / 64;
    }
    for (std::uint64_t bits = window.room == 0 ? 0 : window.bits; bits != 0; bits &= bits - 1) {
      lines[next++] = by_count[std::countr_zero(bits)];
    }
    visit(window.group, CountWindow{window.number, window.bits, window.lines, window.room == 0 ? nullptr : lines});
  }
}

}  // namespace retrain::readiness
