// Row keys: the texts that name a row as a fixed-size print, and a table that numbers such prints in little memory.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "blocks.hpp"

namespace retrain::readiness {

/// The number that a text writes in the one plain way (no sign, no zero in front), below 2^32 - 1: then texts are equal when
/// their numbers are.
std::optional<std::uint32_t> plain_count(std::string_view text);

/// Stands for a key of one session. Keys of the same texts have the same print, so none that stands twice is missed; of a hundred
/// million others, two have the same with a chance of 10^-13.
struct KeyPrint {
  std::uint64_t low = 0, high = 0;

  std::uint32_t session() const { return std::uint32_t(high); }
  friend auto operator<=>(const KeyPrint&, const KeyPrint&) = default;
};

constexpr std::uint32_t whole_key_kind = UINT32_MAX;  ///< other kinds are numbers of key lists

/// Makes a print of the texts that are added, each with its length: "a","bc" is not "ab","c".
class KeyHash {
 public:
  /// Keys of another `kind` differ in any case.
  KeyHash(std::uint32_t session, std::uint32_t kind) : session_(session) { high_ += kind * 0x9E3779B97F4A7C15U; }

  void add(std::string_view text);
  KeyPrint print() const;

 private:
  void mix(std::uint64_t a, std::uint64_t b);

  std::uint32_t session_;
  std::uint64_t low_ = 0x243F6A8885A308D3U, high_ = 0x13198A2E03707344U;
};

/// Numbers prints in the order in which they come.
class KeyTable {
 public:
  void prefetch(const KeyPrint& print) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[place(print)]);
  }
  /// The number of `print`, which may be a new one.
  std::uint32_t number_of(const KeyPrint& print) {
    if (3 * (std::size_t{prints_.size()} + 1) > 2 * slots_.size()) grow();
    std::size_t at = place(print);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (prints_[slots_[at] - 1] == print) return slots_[at] - 1;
    }
    prints_.push_back(print);
    slots_[at] = prints_.size();
    return slots_[at] - 1;
  }
  const KeyPrint& operator[](std::uint32_t number) const { return prints_[number]; }
  std::uint32_t size() const { return prints_.size(); }
  std::size_t bytes() const { return prints_.bytes() + slots_.size() * sizeof(std::uint32_t); }
  void clear();

 private:
  std::size_t place(const KeyPrint& print) const { return print.low & (slots_.size() - 1); }
  void grow();

  Blocks<KeyPrint> prints_;
  std::vector<std::uint32_t> slots_;  // open addressing: number + 1, 0 = free
};

}  // namespace retrain::readiness
