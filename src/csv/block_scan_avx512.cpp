// x86-64 with AVX-512 up to VBMI2: 64 bytes, eight numbers at a time, offsets written by compression.
#include "block_scan_forms.hpp"

#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)
#include <immintrin.h>

#include "block_scan_loop.hpp"
#include "changes_avx2.hpp"
#include "number_lanes_avx512.hpp"

namespace {

class WideBlock {
 public:
  explicit WideBlock(const char* text) : bytes_(_mm512_loadu_si512(text)) {}

  Bits equal(char c) const { return _mm512_cmpeq_epi8_mask(bytes_, _mm512_set1_epi8(c)); }
  Bits high() const { return _mm512_movepi8_mask(bytes_); }
  Bits special() const { return equal('"') | equal('\r') | equal('\0') | high(); }

 private:
  __m512i bytes_;
};

struct CompressedWrite {
  static void write(std::uint32_t* out, std::uint32_t at, Bits bits) {
    alignas(64) static const std::uint8_t places[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                                        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                                        48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i packed = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(places));
    const __m512i base = _mm512_set1_epi32(static_cast<int>(at));
    const unsigned count = count_of(bits);
    _mm512_storeu_si512(out, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    if (count <= 16) return;
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1))));
    if (count <= 32) return;
    _mm512_storeu_si512(out + 32, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 2))));
    _mm512_storeu_si512(out + 48, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 3))));
  }
};

void changes(const TextCells& cells, std::uint64_t* words) {
  changes_by_64(cells, words);
}

void scan(BlockScan& work) {
  scan_blocks<WideBlock, CompressedWrite>(work);
}

void numbers(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  numbers_by_eight(cells, decimals, out);
}

}  // namespace

const retrain::csv::Kernels retrain::csv::avx512_kernels = {scan, numbers, changes};
#else
const retrain::csv::Kernels retrain::csv::avx512_kernels = {nullptr, nullptr, nullptr};
#endif
