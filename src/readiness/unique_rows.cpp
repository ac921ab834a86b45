#include "unique_rows.hpp"

#include <algorithm>

namespace retrain::readiness {
namespace {

/// The set bits below that of `count`.
std::uint32_t rank_of(std::uint64_t bits, std::uint32_t count) {
  return std::uint32_t(std::popcount(bits & ((std::uint64_t{1} << (count % 64)) - 1)));
}

}  // namespace

std::optional<std::uint32_t> UniqueRows::insert(std::uint32_t group, std::uint32_t count, std::uint32_t line) {
  if (extend(group, count, 1, line)) return std::nullopt;
  Group& known = groups_[group];
  const std::uint32_t past = count - known.begin;
  if (past < known.size) return known.line + past;
  Window* window = known.scattered ? find(group, count / 64) : nullptr;
  if (window != nullptr && (window->bits >> (count % 64) & 1U) != 0) {
    const std::uint32_t rank = rank_of(window->bits, count);
    return window->room == 0 ? window->lines + rank : lines_[window->lines + rank];
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

std::size_t UniqueRows::place(std::uint32_t group, std::uint32_t number) const {
  const std::uint64_t product = (std::uint64_t{group} << 32U | number) * 0x9E3779B97F4A7C15U;
  return std::size_t(product >> 32U) & (slots_.size() - 1);
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
  const auto size = std::uint32_t(std::popcount(window.bits));
  const std::uint32_t rank = rank_of(window.bits, count);
  if (size == 0) window.lines = line;
  const bool straight = window.room == 0 && rank == size && line == window.lines + rank;
  if (!straight) {
    if (window.room == 0 || size == 1U << window.room) make_room(window);
    std::uint32_t* const lines = &lines_[window.lines];
    std::copy_backward(lines + rank, lines + size, lines + size + 1);
    lines[rank] = line;
  }
  window.bits |= std::uint64_t{1} << (count % 64);
}

/// Room for the lines of all rows of the window and one more.
void UniqueRows::make_room(Window& window) {
  const auto size = std::uint32_t(std::popcount(window.bits));
  const auto room = std::uint8_t(std::max(unsigned(std::bit_width(size)), 2U));
  const std::uint32_t lines = allocate(room);
  for (std::uint32_t i = 0; i < size; ++i) lines_[lines + i] = window.room == 0 ? window.lines + i : lines_[window.lines + i];
  if (window.room != 0) {
    lines_[window.lines] = free_[window.room];
    free_[window.room] = window.lines + 1;
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
