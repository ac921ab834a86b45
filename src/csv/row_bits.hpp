// RowBits: a claim about each row of a batch.
#pragma once

#include <bit>
#include <cstdint>

#include "segment.hpp"

namespace retrain::csv {

struct RowBits {
  static_assert(batch_rows == 128);
  std::uint64_t words[2] = {0, 0};

  /// The rows from `first` up to `last`.
  static RowBits range(std::uint32_t first, std::uint32_t last) {
    const auto below = [](std::uint32_t row, std::uint32_t word) {
      if (row <= 64 * word) return std::uint64_t{0};
      return row >= 64 * word + 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (row % 64)) - 1;
    };
    return {{below(last, 0) & ~below(first, 0), below(last, 1) & ~below(first, 1)}};
  }

  void set(std::uint32_t row) { words[row / 64] |= std::uint64_t{1} << (row % 64); }
  bool test(std::uint32_t row) const { return (words[row / 64] >> (row % 64) & 1U) != 0; }
  bool any() const { return (words[0] | words[1]) != 0; }
  std::uint32_t count() const { return std::uint32_t(std::popcount(words[0]) + std::popcount(words[1])); }
  /// The first row from `row` on, or batch_rows.
  std::uint32_t next(std::uint32_t row) const {
    for (; row < batch_rows; row = (row / 64 + 1) * 64) {
      if (const std::uint64_t rest = words[row / 64] >> (row % 64); rest != 0) return row + std::uint32_t(std::countr_zero(rest));
    }
    return batch_rows;
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t word = 0; word < 2; ++word) {
      for (std::uint64_t bits = words[word]; bits != 0; bits &= bits - 1)
        visit(64 * word + std::uint32_t(std::countr_zero(bits)));
    }
  }

  friend RowBits operator&(RowBits a, RowBits b) { return {{a.words[0] & b.words[0], a.words[1] & b.words[1]}}; }
  friend RowBits operator|(RowBits a, RowBits b) { return {{a.words[0] | b.words[0], a.words[1] | b.words[1]}}; }
  friend RowBits operator~(RowBits a) { return {{~a.words[0], ~a.words[1]}}; }
};

}  // namespace retrain::csv
