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

/// easy_number for four cells a step.
inline void numbers_by_four(const NumberCells& cells, double* values, std::uint64_t* hard) {
  const unsigned decimals = cells.decimals;
  const unsigned point = 8 * (7 - decimals);
  const __m256i zero_digit = _mm256_set1_epi8('0'), nine = _mm256_set1_epi8(9);
  const __m256i point_byte = _mm256_set1_epi64x(decimals > 0 ? static_cast<long long>(Bits{'.' ^ '0'} << point) : 0);
  const __m256i point_mask = _mm256_set1_epi64x(decimals > 0 ? static_cast<long long>(Bits{0xFF} << point) : 0);
  const __m256i before = _mm256_set1_epi64x(static_cast<long long>(decimals > 0 ? below(point) : 0));
  const __m256i behind =
      _mm256_set1_epi64x(static_cast<long long>(decimals == 0 ? ~Bits{0} : ~below(point) & ~(Bits{0xFF} << point)));
  const __m256i tens = _mm256_set1_epi16(0x010A), hundreds = _mm256_set1_epi32(0x00010064);
  const __m256i myriads = _mm256_set1_epi64x(10000), magic = _mm256_set1_epi64x(0x4330000000000000);
  const __m256d two_52 = _mm256_set1_pd(4503599627370496.0), scale = _mm256_set1_pd(powers_of_ten[decimals]);

  const std::uint32_t whole = cells.count & ~3U;
  for (std::uint32_t i = 0; i < whole; i += 4) {
    const std::uint32_t* e = cells.ends + i * cells.end_stride;
    const std::uint32_t* b = cells.begins + i * cells.begin_stride;
    const std::uint32_t e0 = e[0], e1 = e[cells.end_stride], e2 = e[2 * cells.end_stride], e3 = e[3 * cells.end_stride];
    const __m128i begins =
        _mm_setr_epi32(static_cast<int>(b[0]), static_cast<int>(b[cells.begin_stride]),
                       static_cast<int>(b[2 * cells.begin_stride]), static_cast<int>(b[3 * cells.begin_stride]));
    const __m128i ends = _mm_setr_epi32(static_cast<int>(e0), static_cast<int>(e1), static_cast<int>(e2), static_cast<int>(e3));
    const __m128i length = _mm_sub_epi32(_mm_sub_epi32(ends, begins), _mm_set1_epi32(static_cast<int>(cells.begin_offset)));
    // One to eight bytes: unsigned length - 1 is at most 7.
    const __m128i rest = _mm_sub_epi32(length, _mm_set1_epi32(1));
    const __m128i fits = _mm_cmpeq_epi32(_mm_min_epu32(rest, _mm_set1_epi32(7)), rest);
    const __m256i shift = _mm256_cvtepi32_epi64(_mm_sub_epi32(_mm_set1_epi32(64), _mm_slli_epi32(length, 3)));
    __m256i x = _mm256_setr_epi64x(eight_bytes(cells.text + e0 - 8), eight_bytes(cells.text + e1 - 8),
                                   eight_bytes(cells.text + e2 - 8), eight_bytes(cells.text + e3 - 8));
    x = _mm256_sllv_epi64(_mm256_srlv_epi64(_mm256_xor_si256(x, zero_digit), shift), shift);
    const __m256i pointed = _mm256_cmpeq_epi64(_mm256_and_si256(x, point_mask), point_byte);
    x = _mm256_or_si256(_mm256_slli_epi64(_mm256_and_si256(x, before), 8), _mm256_and_si256(x, behind));
    const __m256i digits = _mm256_cmpeq_epi64(_mm256_subs_epu8(x, nine), _mm256_setzero_si256());
    x = _mm256_madd_epi16(_mm256_maddubs_epi16(x, tens), hundreds);
    x = _mm256_add_epi64(_mm256_mul_epu32(x, myriads), _mm256_srli_epi64(x, 32));
    const __m256d value = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(x, magic)), two_52);
    _mm256_storeu_pd(values + i, _mm256_div_pd(value, scale));
    const __m256i easy = _mm256_and_si256(_mm256_and_si256(pointed, digits), _mm256_cvtepi32_epi64(fits));
    hard[i / 64] |= Bits{static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(easy))) ^ 15U} << (i % 64);
  }
  numbers_from(cells, whole, values, hard);
}

}  // namespace
