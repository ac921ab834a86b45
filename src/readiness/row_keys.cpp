#include "row_keys.hpp"

#include <algorithm>
#include <cstring>

namespace retrain::readiness {
namespace {

constexpr std::size_t most_runs = 512;  // of one group; more are kept line by line
constexpr std::uint32_t by_line = UINT32_MAX;

/// Eight bytes a step, mixed by a product; the table takes the low bits.
std::uint32_t hash_of(std::string_view text) {
  std::uint64_t hash = 0x9E3779B97F4A7C15U ^ text.size();
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0xD6E8FEB86659FD93U;
    hash ^= hash >> 32U;
  };
  for (; text.size() > 8; text.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    mix(word);
  }
  std::uint64_t word = 0;
  std::memcpy(&word, text.data(), text.size());
  mix(word);
  mix(0);
  return std::uint32_t(hash >> 32U) ^ std::uint32_t(hash);
}

}  // namespace

void add_to_key(std::string& key, std::string_view text) {
  const auto size = std::uint32_t(text.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);  // lengths first: "a","bc" is not "ab","c"
  key.append(text);
}

std::optional<std::uint32_t> plain_count(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text.front() == '0' && text.size() > 1)) return std::nullopt;
  std::uint32_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + std::uint32_t(c - '0');
  }
  return count;
}

std::uint32_t KeyTable::number_of(std::string_view text) {
  if (2 * (keys_.size() + 1) > slots_.size()) grow();
  const std::uint32_t hash = hash_of(text);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const Key& key = keys_[slots_[at] - 1];
    if (key.hash == hash && std::string_view(key.text, key.size) == text) return slots_[at] - 1;
  }
  keys_.push_back({keep(text), std::uint32_t(text.size()), hash});
  slots_[at] = std::uint32_t(keys_.size());
  return slots_[at] - 1;
}

const char* KeyTable::keep(std::string_view key) {
  constexpr std::size_t smallest = 256, largest = std::size_t{64} << 10U;
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < key.size()) {
    const std::size_t next = blocks_.empty() ? smallest : std::min(largest, 2 * blocks_.back().capacity());
    blocks_.emplace_back().reserve(std::max(next, key.size()));
  }
  std::string& block = blocks_.back();
  block.append(key);
  return block.data() + block.size() - key.size();
}

void KeyTable::grow() {
  slots_.assign(std::max<std::size_t>(16, 2 * slots_.size()), 0);
  for (std::uint32_t number = 0; number < keys_.size(); ++number) {
    std::size_t at = keys_[number].hash & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = number + 1;
  }
}

std::optional<std::int64_t> UniqueRows::insert(const std::string& key, std::int64_t line) {
  const auto [entry, inserted] = line_of_.try_emplace(key, line);
  if (inserted) return std::nullopt;
  return entry->second;
}

std::optional<std::int64_t> UniqueRows::insert_slowly(std::uint32_t group, std::uint32_t count, std::int64_t line) {
  Group& known = groups_[group];
  if (known.last.begin == by_line) {
    const auto [entry, inserted] = lines_.try_emplace(std::uint64_t{group} << 32U | count, line);
    return inserted ? std::nullopt : std::optional(entry->second);
  }
  if (known.more == 0) {
    runs_.emplace_back().reserve(16);
    runs_.back().push_back(known.last);
    known.more = std::uint32_t(runs_.size());
  }
  auto& runs = runs_[known.more - 1];
  const auto behind =
      std::upper_bound(runs.begin(), runs.end(), count, [](std::uint32_t value, const Run& run) { return value < run.begin; });
  if (behind != runs.begin()) {
    Run& before = *(behind - 1);
    const std::uint32_t past = count - before.begin;
    if (past < before.size) return before.line + past;
    if (past == before.size && line == before.line + past) {
      ++before.size;
      return std::nullopt;
    }
  }
  runs.insert(behind, {count, 1, line});
  if (runs.size() > most_runs) {
    for (const Run& run : runs) {
      for (std::uint32_t i = 0; i < run.size; ++i)
        lines_.try_emplace(std::uint64_t{group} << 32U | (run.begin + i), run.line + i);
    }
    known.last.begin = by_line;
    runs = {};
  }
  return std::nullopt;
}

}  // namespace retrain::readiness
