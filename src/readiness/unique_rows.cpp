#include "unique_rows.hpp"

#include <algorithm>

namespace retrain::readiness {

std::optional<std::uint32_t> UniqueRows::insert(std::uint32_t group, std::uint32_t count, std::uint32_t line) {
  if (extend(group, count, 1, line)) return std::nullopt;
  Group& known = groups_[group];
  const std::uint32_t past = count - known.begin;
  if (past < known.size) return known.line + past;
  Window* window = known.scattered ? find(group, count / 64) : nullptr;
  if (window != nullptr && (window->bits >> (count % 64) & 1U) != 0) {
    return line_of(*window, count);
  }
  if (past == known.size && line == known.line + known.size) {
    ++known.size;
  } else if (!known.scattered && known.size == 1) {
    // The first row is the odd one as often as the second, and what follows the second may count up from it.
    add(make(group, known.begin / 64), known.begin, known.line);
    known = {count, 1, line, true};
  } else {
    known.scattered = true;
    add(window != nullptr ? *window : make(group, count / 64), count, line);
  }
  return std::nullopt;
}

std::uint32_t UniqueRows::line_of(const Window& window, std::uint32_t count) const {
  if (window.room == 0) {
    const std::uint64_t below = window.bits & ((std::uint64_t{1} << (count % 64)) - 1);
    return window.lines + std::uint32_t(std::popcount(below));
  }
  const std::uint32_t* lines = &lines_[window.lines];
  while (*lines % 64 != count % 64) ++lines;
  return *lines / 64;
}

UniqueRows::Window* UniqueRows::find(std::uint32_t group, std::uint32_t number) {
  if (slots_.empty()) return nullptr;
  for (std::size_t at = place(group, number); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    Window& window = windows_[slots_[at] - 1];
    if (window.group == group && window.number == number) return &window;
  }
  return nullptr;
}

/// A window that is not there yet.
UniqueRows::Window& UniqueRows::make(std::uint32_t group, std::uint32_t number) {
  if (3 * (std::size_t{windows_.size()} + 1) > 2 * slots_.size()) grow();
  std::size_t at = place(group, number);
  while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
  windows_.push_back({0, group, number});
  slots_[at] = windows_.size();
  return windows_[windows_.size() - 1];
}

void UniqueRows::add(Window& window, std::uint32_t count, std::uint32_t line) {
  if (window.size == 0) window.lines = line;
  const bool straight = window.room == 0 && window.bits >> (count % 64) == 0 && line == window.lines + window.size;
  if (!straight) {
    if (window.room == 0 || window.size == 1U << window.room) make_room(window);
    lines_[window.lines + window.size] = line * 64 + count % 64;
  }
  ++window.size;
  window.bits |= std::uint64_t{1} << (count % 64);
}

/// Room for the lines of all rows of the window and one more.
void UniqueRows::make_room(Window& window) {
  const auto room = std::uint8_t(std::max(unsigned(std::bit_width(std::uint32_t{window.size})), 2U));
  const std::uint32_t before = window.lines, lines = allocate(room);
  if (window.room == 0) {
    std::uint32_t row = 0;
    for (std::uint64_t bits = window.bits; bits != 0; bits &= bits - 1, ++row) {
      lines_[lines + row] = (before + row) * 64 + std::uint32_t(std::countr_zero(bits));
    }
  } else {
    std::copy_n(&lines_[before], window.size, &lines_[lines]);
    lines_[before] = free_[window.room];
    free_[window.room] = before + 1;
  }
  window.lines = lines;
  window.room = room;
}

std::uint32_t UniqueRows::allocate(std::uint8_t room) {
  if (free_[room] == 0) return lines_.add_run(1U << room);
  const std::uint32_t first = free_[room] - 1;
  free_[room] = lines_[first];
  return first;
}

void UniqueRows::grow() {
  slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), 0);
  for (std::uint32_t i = 0; i < windows_.size(); ++i) {
    std::size_t at = place(windows_[i].group, windows_[i].number);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = i + 1;
  }
}

void UniqueRows::clear() {
  groups_.clear();
  windows_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
  lines_.clear();
  free_.fill(0);
}

}  // namespace retrain::readiness
