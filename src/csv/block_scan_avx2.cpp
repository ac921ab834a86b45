// x86-64 with AVX2, BMI2: 32 bytes, four numbers at a time.
#include "block_scan_forms.hpp"

#if defined(__AVX2__)
#include <immintrin.h>

#include "block_scan_loop.hpp"
#include "changes_avx2.hpp"
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
  /// The highest bit of each byte that is a quote, CR, NUL or over 127: the table gives the one of them with the same low half.
  static __m256i special(__m256i part) {
    const __m256i table = _mm256_setr_epi8(0, -1, '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, '\r', -1, 0,  //
                                           0, -1, '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, '\r', -1, 0);
    return _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, part), part), part);
  }
  static Bits join(__m256i low, __m256i high) {
    return Bits{static_cast<unsigned>(_mm256_movemask_epi8(low))} | Bits{static_cast<unsigned>(_mm256_movemask_epi8(high))}
                                                                        << 32U;
  }

  __m256i low_, high_;
};

struct CountedLowest {
  static unsigned of(Bits bits) { return static_cast<unsigned>(_tzcnt_u64(bits)); }
};

void changes(const TextCells& cells, std::uint64_t* words) {
  changes_by_64(cells, words);
}

void scan(BlockScan& work) {
  scan_blocks<AvxBlock, BitLoop<CountedLowest>>(work);
}

void numbers(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  numbers_by_four(cells, decimals, out);
}

}  // namespace

const retrain::csv::Kernels retrain::csv::avx2_kernels = {scan, numbers, changes};
#else
const retrain::csv::Kernels retrain::csv::avx2_kernels = {nullptr, nullptr, nullptr};
#endif
