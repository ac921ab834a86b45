// Four cells at a time as numbers, for the forms that have AVX2. Included in their sources only, as block_scan_loop.hpp is.
#pragma once

#include <immintrin.h>

#include "block_scan_loop.hpp"

namespace {

inline long long eight_bytes(const char* text) {
  long long bytes = 0;
  __builtin_memcpy(&bytes, text, 8);
  return bytes;
}

/// Begin and end of a cell as one word: begin - 1 below, end above.
template <bool Adjacent>
inline Bits place_of(const TextCells& cells, std::uint32_t i) {
  const std::uint32_t* const begin = cells.begins + i * cells.begin_stride;
  if (Adjacent) return static_cast<Bits>(eight_bytes(reinterpret_cast<const char*>(begin)));
  return Bits{cells.ends[i * cells.end_stride]} << 32U | (begin[0] + cells.begin_offset - 1U);
}

/// easy_number for four cells a step. In most columns a cell begins where the one before ended, in the next entry.
template <bool Adjacent, bool Decimals>
inline std::uint32_t whole_steps(const TextCells& cells, std::uint32_t expected, NumberValues& out) {
  const unsigned decimals = Decimals ? expected : 0;
  const unsigned point = 8 * (7 - decimals);
  const __m256i zero_digit = _mm256_set1_epi8('0'), nine = _mm256_set1_epi8(9);
  const __m256i point_byte = _mm256_set1_epi64x(static_cast<long long>(Bits{'.' ^ '0'} << point));
  const __m256i point_mask = _mm256_set1_epi64x(static_cast<long long>(Bits{0xFF} << point));
  const __m256i before = _mm256_set1_epi64x(static_cast<long long>(below(point)));
  const __m256i behind = _mm256_set1_epi64x(static_cast<long long>(~below(point) & ~(Bits{0xFF} << point)));
  const __m256i tens = _mm256_set1_epi16(0x010A), hundreds = _mm256_set1_epi32(0x00010064);
  const __m256i myriads = _mm256_set1_epi64x(10000), magic = _mm256_set1_epi64x(0x4330000000000000);
  const __m256d two_52 = _mm256_set1_pd(4503599627370496.0), scale = _mm256_set1_pd(powers_of_ten[decimals]);
  const __m256d inverse = _mm256_set1_pd(1 / powers_of_ten[decimals]);
  const __m256i low_half = _mm256_set1_epi64x(0xFFFFFFFF), zero = _mm256_setzero_si256(), ones = _mm256_set1_epi64x(-1);
  __m256d least = _mm256_set1_pd(out.least), most = _mm256_set1_pd(out.most);

  const std::uint32_t whole = cells.count & ~3U;
  for (std::uint32_t i = 0; i < whole; i += 4) {
    const Bits p0 = place_of<Adjacent>(cells, i), p1 = place_of<Adjacent>(cells, i + 1), p2 = place_of<Adjacent>(cells, i + 2),
               p3 = place_of<Adjacent>(cells, i + 3);
    const __m256i places = _mm256_setr_epi64x(static_cast<long long>(p0), static_cast<long long>(p1), static_cast<long long>(p2),
                                              static_cast<long long>(p3));
    __m256i x = _mm256_setr_epi64x(eight_bytes(cells.text + (p0 >> 32U) - 8), eight_bytes(cells.text + (p1 >> 32U) - 8),
                                   eight_bytes(cells.text + (p2 >> 32U) - 8), eight_bytes(cells.text + (p3 >> 32U) - 8));
    // One more than the length; the bytes of eight that it leaves unused are 0 to 7 for cells that fit.
    const __m256i past = _mm256_sub_epi64(_mm256_srli_epi64(places, 32), _mm256_and_si256(places, low_half));
    const __m256i unused = _mm256_sub_epi64(_mm256_set1_epi64x(9), past);
    const __m256i fits = _mm256_cmpeq_epi64(_mm256_and_si256(unused, _mm256_set1_epi64x(~7LL)), zero);
    const __m256i shift = _mm256_slli_epi64(unused, 3);
    x = _mm256_sllv_epi64(_mm256_srlv_epi64(_mm256_xor_si256(x, zero_digit), shift), shift);
    __m256i easy = fits;
    if (Decimals) {
      easy = _mm256_and_si256(easy, _mm256_cmpeq_epi64(_mm256_and_si256(x, point_mask), point_byte));
      x = _mm256_or_si256(_mm256_slli_epi64(_mm256_and_si256(x, before), 8), _mm256_and_si256(x, behind));
    }
    easy = _mm256_and_si256(easy, _mm256_cmpeq_epi64(_mm256_subs_epu8(x, nine), zero));
    x = _mm256_madd_epi16(_mm256_maddubs_epi16(x, tens), hundreds);
    x = _mm256_add_epi64(_mm256_mul_epu32(x, myriads), _mm256_srli_epi64(x, 32));
    __m256d value = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(x, magic)), two_52);
    if (Decimals) {
      // A division in two products and a remainder. That it rounds as a division does was checked for every mantissa below 10^8
      // and every number of decimals; tests repeat it for some.
      const __m256d near = _mm256_mul_pd(value, inverse);
      value = _mm256_fmadd_pd(_mm256_fnmadd_pd(near, scale, value), inverse, near);
    }
    // All bits set is a NaN, which min and max pass over when it comes first.
    value = _mm256_or_pd(value, _mm256_castsi256_pd(_mm256_xor_si256(easy, ones)));
    least = _mm256_min_pd(value, least);
    most = _mm256_max_pd(value, most);
    _mm256_storeu_pd(out.values + i, value);
    out.hard[i / 64] |= Bits{static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(easy))) ^ 15U} << (i % 64);
  }
  double lows[4], highs[4];
  _mm256_storeu_pd(lows, least);
  _mm256_storeu_pd(highs, most);
  for (unsigned lane = 0; lane < 4; ++lane) {
    out.least = lows[lane] < out.least ? lows[lane] : out.least;
    out.most = highs[lane] > out.most ? highs[lane] : out.most;
  }
  return whole;
}

inline void numbers_by_four(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  out.hard[0] = out.hard[1] = 0;
  out.least = __builtin_inf();
  out.most = -__builtin_inf();
  const bool adjacent = cells.begins + 1 == cells.ends && cells.begin_stride == cells.end_stride && cells.begin_offset == 1;
  std::uint32_t done = 0;
  if (adjacent) {
    done = decimals > 0 ? whole_steps<true, true>(cells, decimals, out) : whole_steps<true, false>(cells, decimals, out);
  } else {
    done = decimals > 0 ? whole_steps<false, true>(cells, decimals, out) : whole_steps<false, false>(cells, decimals, out);
  }
  numbers_from(cells, decimals, done, out);
}

}  // namespace
