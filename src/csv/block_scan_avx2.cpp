// x86-64 with AVX2, BMI2: 32 bytes, four numbers at a time.
#include "block_scan_forms.hpp"

#if defined(__AVX2__)
#include <immintrin.h>

#include "block_scan_loop.hpp"
#include "number_lanes_avx2.hpp"

namespace {

class AvxBlock {
 public:
  explicit AvxBlock(const char* text)
      : low_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(text))),
        high_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32))) {}

  Bits equal(char c) const {
    const __m256i pattern = _mm256_set1_epi8(c);
    return join(_mm256_cmpeq_epi8(low_, pattern), _mm256_cmpeq_epi8(high_, pattern));
  }
  Bits high() const { return join(low_, high_); }
  Bits special() const { return join(special(low_), special(high_)); }

 private:
  static __m256i special(__m256i part) {
    const __m256i quote = _mm256_set1_epi8('"'), cr = _mm256_set1_epi8('\r'), nul = _mm256_setzero_si256();
    return _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(part, quote), _mm256_cmpeq_epi8(part, cr)),
                           _mm256_or_si256(_mm256_cmpeq_epi8(part, nul), part));
  }
  static Bits join(__m256i low, __m256i high) {
    return Bits{static_cast<unsigned>(_mm256_movemask_epi8(low))} | Bits{static_cast<unsigned>(_mm256_movemask_epi8(high))}
                                                                        << 32U;
  }

  __m256i low_, high_;
};

void scan(BlockScan& work) {
  scan_blocks<AvxBlock, BitLoop>(work);
}

void numbers(const NumberCells& cells, double* values, std::uint64_t* hard) {
  hard[0] = hard[1] = 0;
  numbers_by_four(cells, values, hard);
}

}  // namespace

const retrain::csv::Kernels retrain::csv::avx2_kernels = {scan, numbers};
#else
const retrain::csv::Kernels retrain::csv::avx2_kernels = {nullptr, nullptr};
#endif
