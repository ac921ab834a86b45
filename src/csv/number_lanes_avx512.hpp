// Eight cells at a time as numbers, for the form that has AVX-512. Included in its source only, as block_scan_loop.hpp is.
#pragma once

#include <immintrin.h>

#include "number_lanes_avx2.hpp"

namespace {

/// easy_number for eight cells a step, as whole_steps does for four.
template <bool Adjacent, bool Decimals>
inline std::uint32_t wide_steps(const TextCells& cells, std::uint32_t expected, NumberValues& out) {
  const unsigned decimals = Decimals ? expected : 0;
  const unsigned point = 8 * (7 - decimals);
  const auto word = [](Bits bits) { return _mm512_set1_epi64(static_cast<long long>(bits)); };
  const __m512i zero_digit = word(bytes_of('0')), nine = word(bytes_of(9));
  const __m512i point_byte = word(Bits{'.' ^ '0'} << point), point_mask = word(Bits{0xFF} << point);
  const __m512i before = word(below(point)), behind = word(~below(point) & ~(Bits{0xFF} << point));
  const __m512i tens = word(0x010A010A010A010A), hundreds = word(0x0001006400010064), myriads = word(10000);
  const __m512i low_half = word(0xFFFFFFFF), nine_bytes = word(9), eight = word(8);
  const __m512d scale = _mm512_set1_pd(powers_of_ten[decimals]), inverse = _mm512_set1_pd(1 / powers_of_ten[decimals]);
  const __m512d nan = _mm512_castsi512_pd(word(~Bits{0}));
  __m512d least = _mm512_set1_pd(out.least), most = _mm512_set1_pd(out.most);

  const std::uint32_t whole = cells.count & ~7U;
  for (std::uint32_t i = 0; i < whole; i += 8) {
    long long places[8], bytes[8];
    for (unsigned lane = 0; lane < 8; ++lane) {
      const Bits place = place_of<Adjacent>(cells, i + lane);
      places[lane] = static_cast<long long>(place);
      bytes[lane] = eight_bytes(cells.text + (place >> 32U) - 8);
    }
    const __m512i where =
        _mm512_setr_epi64(places[0], places[1], places[2], places[3], places[4], places[5], places[6], places[7]);
    __m512i x = _mm512_setr_epi64(bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
    const __m512i past = _mm512_sub_epi64(_mm512_srli_epi64(where, 32), _mm512_and_si512(where, low_half));
    const __m512i unused = _mm512_sub_epi64(nine_bytes, past);
    __mmask8 easy = _mm512_cmplt_epu64_mask(unused, eight);
    const __m512i shift = _mm512_slli_epi64(unused, 3);
    x = _mm512_sllv_epi64(_mm512_srlv_epi64(_mm512_xor_si512(x, zero_digit), shift), shift);
    if (Decimals) {
      easy = _mm512_mask_cmpeq_epi64_mask(easy, _mm512_and_si512(x, point_mask), point_byte);
      x = _mm512_or_si512(_mm512_slli_epi64(_mm512_and_si512(x, before), 8), _mm512_and_si512(x, behind));
    }
    const __m512i beyond = _mm512_subs_epu8(x, nine);
    easy = _mm512_mask_testn_epi64_mask(easy, beyond, beyond);
    x = _mm512_madd_epi16(_mm512_maddubs_epi16(x, tens), hundreds);
    x = _mm512_add_epi64(_mm512_mul_epu32(x, myriads), _mm512_srli_epi64(x, 32));
    __m512d value = _mm512_cvtepu64_pd(x);
    if (Decimals) {
      const __m512d near = _mm512_mul_pd(value, inverse);
      value = _mm512_fmadd_pd(_mm512_fnmadd_pd(near, scale, value), inverse, near);
    }
    least = _mm512_mask_min_pd(least, easy, least, value);
    most = _mm512_mask_max_pd(most, easy, most, value);
    _mm512_storeu_pd(out.values + i, _mm512_mask_mov_pd(nan, easy, value));
    out.hard[i / 64] |= Bits{static_cast<unsigned>(easy) ^ 0xFFU} << (i % 64);
  }
  out.least = _mm512_reduce_min_pd(least);
  out.most = _mm512_reduce_max_pd(most);
  return whole;
}

inline void numbers_by_eight(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  out.hard[0] = out.hard[1] = 0;
  out.least = __builtin_inf();
  out.most = -__builtin_inf();
  const bool adjacent = cells.begins + 1 == cells.ends && cells.begin_stride == cells.end_stride && cells.begin_offset == 1;
  std::uint32_t done = 0;
  if (adjacent) {
    done = decimals > 0 ? wide_steps<true, true>(cells, decimals, out) : wide_steps<true, false>(cells, decimals, out);
  } else {
    done = decimals > 0 ? wide_steps<false, true>(cells, decimals, out) : wide_steps<false, false>(cells, decimals, out);
  }
  numbers_from(cells, decimals, done, out);
}

}  // namespace
