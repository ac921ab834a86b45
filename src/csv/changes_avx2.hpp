// Where texts change, for the forms that have AVX2: up to 64 bytes of a cell at once. Included in their sources only, as
// block_scan_loop.hpp is.
#pragma once

#include <immintrin.h>

#include "block_scan_loop.hpp"

namespace {

#if defined(__AVX512BW__)
class LongEnding {
 public:
  explicit LongEnding(const char* end) : bytes_(_mm512_loadu_si512(end - 64)) {}
  Bits differing(const LongEnding& other) const { return _mm512_cmpneq_epi8_mask(bytes_, other.bytes_); }

 private:
  __m512i bytes_;
};
#else
class LongEnding {
 public:
  explicit LongEnding(const char* end)
      : low_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(end - 64))),
        high_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(end - 32))) {}
  Bits differing(const LongEnding& other) const {
    const auto low = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low_, other.low_)));
    const auto high = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high_, other.high_)));
    return ~(Bits{high} << 32U | low);
  }

 private:
  __m256i low_, high_;
};
#endif

inline void changes_by_64(const TextCells& cells, std::uint64_t* words) {
  std::uint32_t last_length = ~std::uint32_t{0};
  const char* last_end = cells.text + cells.ends[0];  // any place that may be read: no cell is so long
  LongEnding last(last_end);
  const std::uint32_t* begins = cells.begins;
  const std::uint32_t* ends = cells.ends;
  for (unsigned word = 0; word < 2; ++word) {
    const std::uint32_t count = cells.count < 64 * word ? 0 : cells.count - 64 * word;
    Bits bits = 0;
    for (std::uint32_t i = 0; i < (count < 64 ? count : 64); ++i, begins += cells.begin_stride, ends += cells.end_stride) {
      const std::uint32_t length = *ends - *begins - cells.begin_offset;
      const char* const end = cells.text + *ends;
      const LongEnding ending(end);
      const std::uint32_t compared = length < 64 ? length : 64;
      const Bits differing = compared == 0 ? 0 : ending.differing(last) >> (64 - compared);
      bool changed = (differing != 0) | (length != last_length);
      if (length > 64 && !changed) changed = __builtin_memcmp(end - length, last_end - length, length - 64) != 0;
      bits |= Bits{changed} << i;
      last_length = length;
      last = ending;
      last_end = end;
    }
    words[word] = bits;
  }
}

}  // namespace
